import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.dialects.bedrock_converse.encoder import ConverseEncoder, event_frame
from narrowgate.model.conversation import (
    Citation,
    Foreign,
    Form,
    Image,
    Part,
    Refusal,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
)
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import (
    Began,
    Broke,
    Choice,
    Delta,
    Ended,
    Event,
    Finish,
    Finished,
    PartBegan,
    PartEnded,
    Reply,
    UsageTold,
    fold,
    unfold,
)
from narrowgate.model.usage import Usage
from narrowgate.providers.bedrock_converse.stream import ConverseDecoder
from narrowgate.schemas.bedrock_blocks import OWN
from narrowgate.wire.event_stream import EventStreamReader

_FAULT = Fault(FaultKind.UPSTREAM_BROKEN, "it broke")


def _frames(*events: Event) -> list[tuple[str, object]]:
    encoder = ConverseEncoder()
    frames = EventStreamReader().feed(b"".join(encoder.encode(event) for event in events))
    assert all(frame.headers[":content-type"] == "application/json" for frame in frames)
    return [(frame.headers[":event-type"], msgspec.json.decode(frame.payload)) for frame in frames]


def _blocks(*parts: Part, form: Form = Form.OPENAI_CHAT) -> list[tuple[str, object]]:
    """The events of the blocks alone, start and deltas as they are, stops left out."""
    told = _frames(*unfold(Reply(form, "", "", (Choice(parts, Finish.STOP),))))
    return [
        (kind, payload.get("start") or payload.get("delta"))
        for kind, payload in told
        if isinstance(payload, dict) and kind in {"contentBlockStart", "contentBlockDelta"}
    ]


def test_a_stream_is_written_in_awss_order() -> None:
    reply = Reply(
        Form.OPENAI_CHAT,
        "id",
        "m",
        (Choice((Text("hi"), ToolCall("c", "f", '{"a":1}')), Finish.TOOL_CALLS),),
        Usage(1, output_text=2),
    )
    usage = {
        "inputTokens": 1,
        "outputTokens": 2,
        "totalTokens": 3,
        "cacheReadInputTokens": 0,
        "cacheWriteInputTokens": 0,
    }
    assert _frames(*unfold(reply)) == [
        ("messageStart", {"role": "assistant"}),
        ("contentBlockDelta", {"delta": {"text": "hi"}, "contentBlockIndex": 0}),
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("contentBlockStart", {"start": {"toolUse": {"toolUseId": "c", "name": "f"}}, "contentBlockIndex": 1}),
        ("contentBlockDelta", {"delta": {"toolUse": {"input": '{"a":1}'}}, "contentBlockIndex": 1}),
        ("contentBlockStop", {"contentBlockIndex": 1}),
        ("messageStop", {"stopReason": "tool_use"}),
        ("metadata", {"usage": usage, "metrics": {"latencyMs": 0}}),
    ]


@pytest.mark.parametrize(
    ("part", "deltas"),
    [
        (
            Thought("hm", Seal(OWN, "s")),
            [{"reasoningContent": {"text": "hm"}}, {"reasoningContent": {"signature": "s"}}],
        ),
        (
            Thought("", Seal(OWN, "cmVk"), is_redacted=True),
            [{"reasoningContent": {"redactedContent": "cmVk"}}],
        ),
        (Refusal("no"), [{"text": "no"}]),
        (
            Text("x", citations=(Citation(OWN, Raw(b'{"title":"T"}')),)),
            [{"text": "x"}, {"citation": {"title": "T"}}],
        ),
        (Text(""), []),
        (Foreign(Form.OPENAI_RESPONSES, "web", Raw(b"{}")), []),
    ],
)
def test_words_and_thoughts_have_no_start(part: Part, deltas: list[object]) -> None:
    assert _blocks(part) == [("contentBlockDelta", delta) for delta in deltas]


def test_an_empty_part_takes_no_number() -> None:
    told = _frames(*unfold(Reply(Form.OPENAI_CHAT, "", "", (Choice((Text(""), Text("x"))),))))
    assert told[1] == ("contentBlockDelta", {"delta": {"text": "x"}, "contentBlockIndex": 0})


def test_a_call_without_arguments_has_an_empty_object() -> None:
    assert _blocks(ToolCall("c", "f", ""))[1] == ("contentBlockDelta", {"toolUse": {"input": "{}"}})


def test_free_text_is_put_into_an_object() -> None:
    assert _blocks(ToolCall("c", "f", "free", is_custom=True))[1] == (
        "contentBlockDelta",
        {"toolUse": {"input": '{"input":"free"}'}},
    )


def test_a_seal_of_geminis_goes_into_the_id() -> None:
    call = ToolCall("c", "f", '{"a":1}', seal=Seal(Form.GEMINI_GENERATE, "s"))
    assert _blocks(call, form=Form.GEMINI_GENERATE) == [
        ("contentBlockStart", {"toolUse": {"toolUseId": "c__seal_gemini_generate_73", "name": "f"}}),
        ("contentBlockDelta", {"toolUse": {"input": '{"a":1}'}}),
    ]


def test_a_picture_has_a_start() -> None:
    assert _blocks(Image(Source(data="AA==", media_type="image/png"))) == [
        ("contentBlockStart", {"image": {"format": "png"}}),
        ("contentBlockDelta", {"image": {"source": {"bytes": "AA=="}}}),
    ]


def test_calls_that_overlap_come_one_behind_the_other() -> None:
    told = _frames(
        Began(Form.OPENAI_CHAT),
        PartBegan(0, 0, ToolCall("a", "f", "")),
        PartBegan(0, 1, ToolCall("b", "g", "")),
        Delta(0, 1, "{}"),
        Delta(0, 0, '{"x":1}'),
        PartEnded(0, 0),
        PartEnded(0, 1),
        Finished(0, Finish.TOOL_CALLS),
        Ended(),
    )
    assert [kind for kind, _ in told] == [
        "messageStart",
        *["contentBlockStart", "contentBlockDelta", "contentBlockStop"] * 2,
        "messageStop",
        "metadata",
    ]


def test_other_choices_are_left_out() -> None:
    told = _frames(PartBegan(1, 0, Text("")), PartBegan(0, 0, Text("")), Delta(1, 0, "no"), Delta(0, 0, "yes"))
    assert told[1:] == [("contentBlockDelta", {"delta": {"text": "yes"}, "contentBlockIndex": 0})]


def test_a_failure_is_an_exception_and_no_end() -> None:
    encoder = ConverseEncoder()
    encoder.encode(Began(Form.OPENAI_CHAT))
    (frame,) = EventStreamReader().feed(encoder.fail(_FAULT))
    assert frame.headers[":message-type"] == "exception"
    assert frame.headers[":exception-type"] == "internalServerException"
    assert frame.payload == b'{"message":"it broke"}'
    assert ConverseEncoder().encode(Broke(_FAULT)) == encoder.fail(_FAULT)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(FaultKind.RATE_LIMITED, "m"), "throttlingException"),
        (Fault(FaultKind.OVERLOADED, "m"), "serviceUnavailableException"),
        (Fault(FaultKind.BAD_REQUEST, "m"), "validationException"),
        (Fault(FaultKind.UPSTREAM_REFUSED, "m", upstream_status=424), "modelStreamErrorException"),
    ],
)
def test_an_exception_is_one_that_sdks_know(fault: Fault, kind: str) -> None:
    (frame,) = EventStreamReader().feed(ConverseEncoder().fail(fault))
    assert frame.headers[":exception-type"] == kind


_WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=9)
_SEALS = st.none() | st.builds(Seal, st.sampled_from(Form), st.from_regex(r"[a-z]{1,5}", fullmatch=True))
_PARTS = st.one_of(
    st.builds(Text, _WORDS),
    st.builds(Thought, _WORDS, _SEALS),
    st.builds(ToolCall, st.from_regex(r"[a-z]{1,5}", fullmatch=True), _WORDS, st.sampled_from(['{"a":1}', "{}"])),
    st.just(
        Foreign(
            OWN, "toolUse", Raw(b'{"toolUse":{"toolUseId":"t","name":"w","type":"server_tool_use","input":{"q":1}}}')
        )
    ),
    st.just(Image(Source(data="AA==", media_type="image/png"))),
)


@given(st.lists(_PARTS, max_size=5).map(tuple), st.sampled_from([*Finish]))
def test_what_is_written_reads_as_the_same(parts: tuple[Part, ...], finish: Finish) -> None:
    reply = Reply(OWN, "", "", (Choice(parts, finish, finish_word="end_turn"),), Usage(1, 2, 3, output_text=4))
    encoder, decoder = ConverseEncoder(), ConverseDecoder()
    events = decoder.feed(b"".join(encoder.encode(event) for event in unfold(reply)))
    again = fold(events)
    assert again.choices[0].parts == parts
    assert again.usage == reply.usage


def test_usage_told_twice_counts_once() -> None:
    told = _frames(UsageTold(Usage(9)), UsageTold(Usage(1)), Finished(0, None), Ended())
    assert told[-1][0] == "metadata"
    assert msgspec.json.encode(told[-1][1]).startswith(b'{"usage":{"inputTokens":1,')


def test_a_foreign_block_that_no_stream_has_is_left_out() -> None:
    assert _blocks(Foreign(OWN, "new", Raw(b'{"new":1}')), Foreign(OWN, "other", Raw(b'{"other":{}}'))) == []


def test_a_frame_names_its_event() -> None:
    (frame,) = EventStreamReader().feed(event_frame("chunk", {}))
    assert frame.headers == {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
