import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.cohere_chat.encoder import StreamEncoder
from narrowgate.model.conversation import Citation, Foreign, Form, Image, Refusal, Seal, Source, Text, Thought, ToolCall
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import (
    Began,
    Broke,
    Choice,
    Cited,
    Delta,
    Ended,
    Event,
    Finish,
    Finished,
    LogprobsTold,
    PartBegan,
    PartEnded,
    Reply,
    Sealed,
    UsageTold,
    fold,
    unfold,
)
from narrowgate.model.usage import Usage
from narrowgate.providers.cohere_chat import FAMILY
from narrowgate.providers.family import Quirks
from narrowgate.wire.sse_reader import SseReader

COHERE = Form.COHERE_CHAT
PLAN = Seal(COHERE, "tool_plan")


def written(*events: Event) -> bytes:
    encoder = StreamEncoder("made-up")
    return b"".join(encoder.encode(event) for event in events)


def kinds(stream: bytes) -> list[str]:
    return [name.decode() for name, data in SseReader().feed(stream) if data != b"[DONE]"]


def heard(stream: bytes) -> list[Event]:
    decoder = FAMILY.decoder(Quirks())
    return [*decoder.feed(stream), *decoder.end()]


def test_a_stream_has_coheres_events_in_their_order() -> None:
    stream = written(
        Began(Form.OPENAI_CHAT, "", "m"),
        PartBegan(0, 0, Thought("", PLAN)),
        Delta(0, 0, "Look."),
        PartEnded(0, 0),
        PartBegan(0, 1, Text("")),
        Delta(0, 1, "Hi"),
        PartEnded(0, 1),
        PartBegan(0, 2, ToolCall("c", "f", "")),
        Delta(0, 2, "{}"),
        PartEnded(0, 2),
        UsageTold(Usage(3, output_text=2)),
        Finished(0, Finish.STOP),
        Ended(),
    )
    assert kinds(stream) == [
        "message-start",
        "tool-plan-delta",
        "content-start",
        "content-delta",
        "content-end",
        "tool-call-start",
        "tool-call-delta",
        "tool-call-end",
        "message-end",
    ]
    assert stream.endswith(b"data: [DONE]\n\n")
    assert b'"id":"made-up"' in stream
    assert b'"finish_reason":"TOOL_CALL"' in stream


PARTS = st.one_of(
    st.builds(Text, st.text(min_size=1, max_size=5)),
    st.builds(Thought, st.text(min_size=1, max_size=5)),
    st.builds(ToolCall, st.uuids().map(str), st.text(min_size=1, max_size=5), st.just('{"a":1}')),
)
USAGES = st.builds(Usage, *[st.integers(0, 99)] * 2, output_text=st.integers(0, 99), reasoning=st.integers(0, 9))


@given(st.lists(PARTS, max_size=4), USAGES, st.sampled_from(["COMPLETE", "MAX_TOKENS", "NEW"]))
def test_what_is_written_is_heard_again(parts: list[Text | Thought | ToolCall], usage: Usage, word: str) -> None:
    finish = {"COMPLETE": Finish.STOP, "MAX_TOKENS": Finish.LENGTH, "NEW": Finish.OTHER}[word]
    charged = Usage(usage.input_text, output_text=usage.output_total)
    choice = Choice(tuple(parts), finish, finish_word=word)
    reply = Reply(COHERE, "i", "", (choice,), usage, charged=charged)
    assert fold(heard(written(*unfold(reply)))) == reply


def test_parts_that_overlap_come_one_behind_the_other() -> None:
    stream = written(
        Began(Form.OPENAI_CHAT, "i"),
        PartBegan(0, 0, ToolCall("a", "f", "")),
        PartBegan(0, 1, ToolCall("b", "g", "")),
        Delta(0, 1, "2"),
        Delta(0, 0, "1"),
        PartEnded(0, 0),
        PartEnded(0, 1),
        Finished(0, Finish.TOOL_CALLS),
        Ended(),
    )
    assert fold(heard(stream)).choices[0].parts == (ToolCall("a", "f", "1"), ToolCall("b", "g", "2"))


def test_citations_come_inside_their_content() -> None:
    own = Citation(COHERE, msgspec.Raw(b'{"start":0,\n"end":2}'), start=0, end=2)
    other = Citation(Form.GEMINI_GENERATE, msgspec.Raw(b"{}"), "u", start=0, end=2)
    stream = written(
        Began(COHERE, "i"),
        PartBegan(0, 0, Text("")),
        Delta(0, 0, "Hi!"),
        Cited(0, 0, own),
        Cited(0, 0, other),
        PartEnded(0, 0),
    )
    assert kinds(stream)[-5:] == ["citation-start", "citation-end", "citation-start", "citation-end", "content-end"]
    assert b'"index":0,"delta":{"message":{"citations":{"start":0, "end":2}}}' in stream
    assert b'"text":"Hi","sources":[{"type":"document","id":"u"' in stream


def test_seals_ride_along_to_come_back_with_the_message() -> None:
    stream = written(
        Began(Form.GEMINI_GENERATE, "i"),
        PartBegan(0, 0, Thought()),
        Sealed(0, 0, Seal(Form.ANTHROPIC_MESSAGES, "sig")),
        PartEnded(0, 0),
        PartBegan(0, 1, ToolCall("c", "f", "")),
        Delta(0, 1, "{}"),
        Sealed(0, 1, Seal(Form.GEMINI_GENERATE, "si")),
        PartEnded(0, 1),
    )
    assert b'"signature":"ng1.anthropic_messages..sig"' in stream
    assert b'"id":"c__seal_gemini_generate_7369"' in stream
    assert b'"arguments":"{}"' in stream


def test_only_the_first_choice_and_what_cohere_knows_is_written() -> None:
    stream = written(
        Began(COHERE, "i"),
        PartBegan(1, 0, Text("")),
        Delta(1, 0, "other"),
        PartEnded(1, 0),
        Finished(1, Finish.STOP),
        PartBegan(0, 0, Image(Source(data="x"))),
        PartEnded(0, 0),
        PartBegan(0, 1, Foreign(COHERE, "x", msgspec.Raw(b'{"type":"x"}'))),
        PartEnded(0, 1),
        PartBegan(0, 2, Refusal("")),
        Delta(0, 2, "no"),
        LogprobsTold(0, msgspec.Raw(b'{"content":[{"token":"no","logprob":-1}]}')),
        PartEnded(0, 2),
    )
    assert b"other" not in stream
    assert kinds(stream)[1:3] == ["content-start", "content-end"]
    assert b'"logprobs":{"text":"no","token_ids":[],"logprobs":[-1.0]}' in stream


@pytest.mark.parametrize("is_event", [True, False])
def test_a_failure_is_told_and_is_no_success(*, is_event: bool) -> None:
    fault = Fault(FaultKind.UPSTREAM_BROKEN, "it broke", code="cut")
    encoder = StreamEncoder("i")
    encoder.encode(Began(COHERE, "i"))
    told = encoder.encode(Broke(fault)) if is_event else encoder.fail(fault)
    assert b'"finish_reason":"ERROR","usage":{},"error":"it broke","error_type":"cut"' in told
    assert b"[DONE]" not in told
    assert isinstance(heard(told)[-1], Broke)
