import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.conversation import Form, Refusal, Seal, Text, Thought, ToolCall
from narrowgate.model.reply import Broke, Ended, Event, Finish, Incomplete, LogprobsTold, PartBegan, fold
from narrowgate.providers.openai_responses.stream import StreamDecoder
from narrowgate.wire.errors import WireError

OWN = Form.OPENAI_RESPONSES
HEAD = {"id": "resp_1", "object": "response", "created_at": 7, "model": "m", "status": "in_progress", "output": []}


def sse(*events: dict[str, object]) -> bytes:
    return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in events)


def decode(*pieces: bytes) -> list[Event]:
    decoder = StreamDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return [*events, *decoder.end()]


def told(kind: str, **members: object) -> dict[str, object]:
    return {"type": f"response.{kind}", **members}


def item(kind: str, place: int, **members: object) -> dict[str, object]:
    return told(f"output_item.{kind}", output_index=place, item=members)


def completed(**members: object) -> dict[str, object]:
    return told("completed", response={**HEAD, "status": "completed", **members})


CREATED = told("created", response=HEAD)
THINKING = (
    item("added", 0, type="reasoning", id="rs_1", summary=[], encrypted_content="early"),
    told("reasoning_summary_part.added", output_index=0, summary_index=0, part={"type": "summary_text", "text": ""}),
    told("reasoning_summary_text.delta", output_index=0, summary_index=0, delta="why "),
    told("reasoning_summary_text.delta", output_index=0, summary_index=1, delta="so"),
    item(
        "done",
        0,
        type="reasoning",
        id="rs_1",
        summary=[{"type": "summary_text", "text": "why "}, {"type": "summary_text", "text": "so"}],
        encrypted_content="E",
    ),
)
SAYING = (
    item("added", 1, type="message", id="msg_1", role="assistant", content=[]),
    told("content_part.added", output_index=1, content_index=0, part={"type": "output_text", "text": ""}),
    told("output_text.delta", output_index=1, content_index=0, delta="Grüße", logprobs=[]),
    told("output_text.delta", output_index=1, content_index=0, delta=" 👋"),
    told("output_text.annotation.added", output_index=1, content_index=0, annotation={"type": "file_citation"}),
    told(
        "content_part.done",
        output_index=1,
        content_index=0,
        part={"type": "output_text", "text": "Grüße 👋", "annotations": [{"type": "file_citation"}]},
    ),
    item("done", 1, type="message", content=[{"type": "output_text", "text": "Grüße 👋"}]),
)
CALLING = (
    item("added", 2, type="function_call", id="fc_1", call_id="call_a", name="f", arguments=""),
    told("function_call_arguments.delta", output_index=2, delta='{"x"'),
    told("function_call_arguments.delta", output_index=2, delta=":1}"),
    told("function_call_arguments.done", output_index=2, arguments='{"x":1}'),
    item("done", 2, type="function_call", id="fc_1", call_id="call_a", name="f", arguments='{"x":1}'),
)
USAGE = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
STREAM = sse(CREATED, *THINKING, *SAYING, *CALLING, completed(usage=USAGE))


def test_a_stream_adds_up_to_its_parts() -> None:
    reply = fold(decode(STREAM))
    first, second, text, call = reply.choices[0].parts
    assert first == Thought("why ", Seal(OWN, "", "rs_1"), is_summary=True)
    assert second == Thought("so", Seal(OWN, "E", "rs_1"), is_summary=True)
    assert isinstance(text, Text)
    assert (text.text, len(text.citations)) == ("Grüße 👋", 1)
    assert call == ToolCall("call_a", "f", '{"x":1}')
    assert (reply.id, reply.model, reply.choices[0].finish) == ("resp_1", "m", Finish.TOOL_CALLS)
    assert reply.usage is not None
    assert reply.usage.output_total == 4


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    assert decode(*(STREAM[a:b] for a, b in pairwise(places))) == decode(STREAM)


def test_single_bytes_give_the_same_events() -> None:
    assert decode(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == decode(STREAM)


@given(st.integers(0, STREAM.rindex(b"event:")))
def test_a_stream_cut_off_never_ends(at: int) -> None:
    decoder = StreamDecoder()
    events = decoder.feed(STREAM[:at])
    with suppress(WireError):  # cut in the middle of an event
        events += decoder.end()
    assert Ended() not in events
    with pytest.raises(Incomplete):
        fold(events)


def test_deltas_without_items_or_places_are_an_answer() -> None:
    delta = told("output_text.delta", delta="Hi")
    assert fold(decode(sse(delta, delta, completed()))).choices[0].parts == (Text("HiHi"),)


def test_items_only_told_at_the_end_are_read() -> None:
    output = [{"type": "function_call", "id": "call_1", "name": "f", "arguments": "{}"}]
    assert fold(decode(sse(completed(output=output)))).choices[0].parts == (ToolCall("call_1", "f", "{}"),)


def test_an_item_without_deltas_is_told_whole() -> None:
    done = item("done", 0, type="message", content=[{"type": "refusal", "refusal": "no"}])
    assert fold(decode(sse(CREATED, done, completed()))).choices[0].parts == (Refusal("no"),)


def test_parts_are_matched_by_order_where_they_are_numbered_in_two_ways() -> None:
    delta = told("output_text.delta", output_index=0, content_index=1, delta="Hi")
    done = item("done", 0, type="message", content=[{"type": "output_text", "text": "Hi"}])
    assert fold(decode(sse(CREATED, delta, done, completed()))).choices[0].parts == (Text("Hi"),)


def test_log_probabilities_follow_their_delta() -> None:
    delta = told("output_text.delta", output_index=0, delta="Hi", logprobs=[{"token": "Hi"}])
    events = decode(sse(CREATED, delta, completed()))
    assert [json.loads(bytes(event.value)) for event in events if isinstance(event, LogprobsTold)] == [
        {"content": [{"token": "Hi"}]}
    ]


def test_an_incomplete_answer_is_an_answer() -> None:
    end = told("incomplete", response={**HEAD, "incomplete_details": {"reason": "max_output_tokens"}})
    assert fold(decode(sse(CREATED, end))).choices[0].finish is Finish.LENGTH


@pytest.mark.parametrize(
    "error",
    [
        {"type": "error", "error": {"code": "insufficient_quota", "message": "empty"}},
        {"type": "error", "code": "insufficient_quota", "message": "empty", "param": None},
        told("failed", response={**HEAD, "error": {"code": "insufficient_quota", "message": "empty"}}),
    ],
)
def test_an_error_breaks_the_stream_and_nothing_follows(error: dict[str, object]) -> None:
    *_, last = decode(sse(CREATED, error, completed()))
    assert isinstance(last, Broke)
    assert (last.fault.message, last.fault.code, last.fault.upstream_status) == ("empty", "insufficient_quota", 429)


def test_unknown_events_comments_and_done_are_passed_over() -> None:
    odd = b'event: keepalive\ndata: {"type":"keepalive","delta":{},"message":[]}\n\n: x\n\ndata: [DONE]\n\n'
    assert decode(odd + STREAM + odd) == decode(STREAM)


def test_a_delta_for_a_call_that_never_began_is_nobodys() -> None:
    delta = told("function_call_arguments.delta", output_index=5, delta="{}")
    assert not [event for event in decode(sse(CREATED, delta)) if isinstance(event, PartBegan)]


@pytest.mark.parametrize(
    "junk",
    [
        b'data: "\xff"\n\n',
        b'data: {"type":"response.output_text.delta","delta":{}}\n\n',
        b'data: {"type":"response.output_item.done","item":3}\n\n',
        b'data: {"type":"response.completed"}\n\n',
        b'data: {"type":"response.created","response":[]}\n\n',
    ],
)
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        decode(junk)


@given(st.lists(st.sampled_from([*STREAM.split(b"\n\n"), b"data: {}", b"x", b"data: [1]", b"\xff"]), max_size=12))
def test_events_in_any_order_give_events_or_a_wire_error(blocks: list[bytes]) -> None:
    try:
        events = decode(b"\n\n".join([*blocks, b""]))
    except WireError:
        return
    if Ended() in events:
        fold(events)
