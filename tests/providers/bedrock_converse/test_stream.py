import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.model.conversation import Foreign, Image, Seal, Source, Text, Thought, ToolCall
from narrowgate.model.reply import Began, Broke, Choice, Ended, Event, Finish, Incomplete, PartBegan, UsageTold, fold
from narrowgate.model.usage import Usage
from narrowgate.providers.bedrock_converse.stream import ConverseDecoder
from narrowgate.schemas.bedrock_blocks import OWN
from narrowgate.wire.errors import WireError
from narrowgate.wire.event_stream import frame


def _frame(kind: str, **payload: object) -> bytes:
    return frame({":event-type": kind, ":message-type": "event"}, json.dumps(payload).encode())


def _delta(index: int, **delta: object) -> bytes:
    return _frame("contentBlockDelta", contentBlockIndex=index, delta=delta, p="abc")


def _start(index: int, **start: object) -> bytes:
    return _frame("contentBlockStart", contentBlockIndex=index, start=start)


def _stop(index: int) -> bytes:
    return _frame("contentBlockStop", contentBlockIndex=index)


_BEGIN = _frame("messageStart", role="assistant")
_END = _frame("messageStop", stopReason="end_turn")
_USAGE = _frame("metadata", usage={"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, metrics={"latencyMs": 9})
_WHOLE = b"".join(
    (
        _BEGIN,
        _delta(0, reasoningContent={"text": "h"}),
        _delta(0, reasoningContent={"text": "m"}),
        _delta(0, reasoningContent={"signature": "si"}),
        _delta(0, reasoningContent={"signature": "g"}),
        _stop(0),
        _delta(1, text="wo"),
        _delta(1, text="rds"),
        _stop(1),
        _start(2, toolUse={"toolUseId": "t", "name": "f"}),
        _delta(2, toolUse={"input": ""}),
        _delta(2, toolUse={"input": '{"a"'}),
        _delta(2, toolUse={"input": ":1}"}),
        _stop(2),
        _start(3, toolUse={"name": "g"}),
        _stop(3),
        _frame("messageStop", stopReason="tool_use"),
        _USAGE,
    )
)


def _events(*stream: bytes) -> list[Event]:
    decoder = ConverseDecoder()
    return [event for data in stream for event in decoder.feed(data)] + decoder.end()


def test_a_stream_adds_up_to_its_answer() -> None:
    reply = fold(_events(_WHOLE))
    parts = (
        Thought("hm", Seal(OWN, "sig")),
        Text("words"),
        ToolCall("t", "f", '{"a":1}'),
        ToolCall("call_3", "g", "{}"),
    )
    assert reply.choices == (Choice(parts, Finish.TOOL_CALLS, finish_word="tool_use"),)
    assert reply.usage == Usage(1, output_text=2)


@given(st.sets(st.integers(0, len(_WHOLE)), max_size=20))
def test_cuts_do_not_matter(cuts: set[int]) -> None:
    places = [0, *sorted(cuts), len(_WHOLE)]
    assert _events(*(_WHOLE[a:b] for a, b in pairwise(places))) == _events(_WHOLE)


@given(st.integers(0, len(_WHOLE) - 1))
def test_a_truncated_stream_does_not_end(length: int) -> None:
    events = _events(_WHOLE[:length])
    whole = len(_WHOLE) - len(_USAGE)
    assert (Ended() in events) is (length == whole)


def test_an_answer_without_usage_is_whole() -> None:
    events = _events(_BEGIN, _delta(0, text="x"), _END)
    assert events[-1] == Ended()
    assert not any(isinstance(event, UsageTold) for event in events)


def test_usage_before_the_end_is_no_end() -> None:
    with pytest.raises(Incomplete):
        fold(_events(_BEGIN, _USAGE, _delta(0, text="x")))


def test_a_missing_start_and_missing_stops_are_made_up_for() -> None:
    events = _events(_delta(0, text="x"), _delta(1, text="y"), _END, _USAGE)
    assert events[0] == Began(OWN)
    assert fold(events).choices[0].parts == (Text("x"), Text("y"))


def test_a_block_that_changes_its_kind_is_two_parts() -> None:
    events = _events(_BEGIN, _delta(0, reasoningContent={"text": "hm"}), _delta(0, text="x"), _stop(0), _END, _USAGE)
    assert fold(events).choices[0].parts == (Thought("hm"), Text("x"))


def test_redacted_reasoning_is_sealed_at_its_end() -> None:
    one, two = {"redactedContent": "cmU="}, {"redactedContent": "ZA=="}
    events = _events(_BEGIN, _delta(0, reasoningContent=one), _delta(0, reasoningContent=two), _stop(0), _END)
    assert fold(events).choices[0].parts == (Thought("", Seal(OWN, "cmVk"), is_redacted=True),)


def test_citations_belong_to_their_text() -> None:
    cited = {"title": "T", "location": {"web": {"url": "http://a"}}}
    events = _events(_BEGIN, _delta(0, text="x"), _delta(0, citation=cited), _stop(0), _END)
    (part,) = fold(events).choices[0].parts
    assert isinstance(part, Text)
    assert [(one.title, one.url) for one in part.citations] == [("T", "http://a")]


def test_pictures_come_whole() -> None:
    events = _events(
        _BEGIN,
        _start(0, image={"format": "png"}),
        _delta(0, image={"source": {"bytes": "AAA="}}),
        _delta(0, image={"source": {"bytes": "AQ=="}}),
        _stop(0),
        _END,
    )
    assert fold(events).choices[0].parts == (Image(Source(data="AAAB", media_type="image/png")),)


def test_what_bedrock_ran_itself_is_kept_whole() -> None:
    events = _events(
        _BEGIN,
        _start(0, toolUse={"toolUseId": "t", "name": "web", "type": "server_tool_use"}),
        _delta(0, toolUse={"input": '{"q":1}'}),
        _stop(0),
        _start(1, toolResult={"toolUseId": "t", "type": "web_result", "status": "success"}),
        _delta(1, toolResult=[{"text": "found"}]),
        _stop(1),
        _END,
    )
    use = '{"toolUse":{"toolUseId":"t","name":"web","type":"server_tool_use","input":{"q":1}}}'
    result = '{"toolResult":{"toolUseId":"t","status":"success","type":"web_result","content":[{"text": "found"}]}}'
    assert fold(events).choices[0].parts == (
        Foreign(OWN, "toolUse", Raw(use.encode())),
        Foreign(OWN, "toolResult", Raw(result.encode())),
    )


def test_an_exception_breaks_the_answer_off() -> None:
    exception = frame({":message-type": "exception", ":exception-type": "throttlingException"}, b'{"message":"slow"}')
    events = _events(_BEGIN + _delta(0, text="x") + exception + _END + _USAGE)
    assert isinstance(events[-1], Broke)
    assert events[-1].fault.message == "slow"
    assert events[-1].fault.upstream_status == 429


def test_what_is_not_known_is_passed_over() -> None:
    news = frame({":event-type": "news", ":message-type": "event"}, b"no JSON")
    assert _events(_BEGIN, news, _frame("contentBlockStart", new=1), _stop(7), _END, _USAGE, _BEGIN)[-1] == Ended()


@pytest.mark.parametrize(
    "stream",
    [
        frame({":event-type": "messageStop"}, b"no JSON"),
        frame({":event-type": "messageStop"}, b'{"p":"\xff"}'),
        frame({":event-type": "contentBlockDelta"}, b'{"delta":{"text":1}}'),
        _delta(0, toolUse={"input": "{}"}),
        _start(0, toolUse={"toolUseId": "t"}),
        b"HTTP/1.1 500 no frame at all",
    ],
)
def test_what_is_no_stream_is_a_wire_error(stream: bytes) -> None:
    with pytest.raises(WireError):
        _events(stream)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"]),
            st.recursive(
                st.none() | st.integers(0, 2) | st.text(max_size=3),
                lambda inner: st.dictionaries(
                    st.sampled_from(
                        [
                            "contentBlockIndex",
                            "start",
                            "delta",
                            "toolUse",
                            "text",
                            "image",
                            "name",
                            "input",
                            "type",
                            "toolResult",
                        ]
                    ),
                    inner,
                    max_size=3,
                ),
                max_leaves=6,
            ),
        ),
        max_size=6,
    )
)
def test_any_events_are_events_or_a_wire_error(told: list[tuple[str, object]]) -> None:
    try:
        events = _events(*(frame({":event-type": kind}, json.dumps(payload).encode()) for kind, payload in told))
    except WireError:
        return
    if Ended() in events:
        fold(events)
    assert [event for event in events if isinstance(event, PartBegan)] == sorted(
        (event for event in events if isinstance(event, PartBegan)), key=lambda event: event.part
    )
