import contextlib
import itertools
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.model.conversation import Citation, Foreign, Form, Seal, Text, Thought, ToolCall
from narrowgate.model.reply import Broke, Choice, Ended, Event, Finish, Reply, fold
from narrowgate.model.usage import Usage
from narrowgate.providers.anthropic_messages.stream import MessagesDecoder
from narrowgate.wire.errors import WireError

OWN = Form.ANTHROPIC_MESSAGES


def sse(*events: dict[str, object]) -> bytes:
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)


def block(index: int, start: object, *deltas: object) -> list[dict[str, object]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def begin(**usage: object) -> dict[str, object]:
    return {"type": "message_start", "message": {"id": "msg_1", "model": "claude", "usage": usage}}


def end(reason: str, **usage: object) -> list[dict[str, object]]:
    delta = {"stop_reason": reason, "stop_sequence": None}
    return [{"type": "message_delta", "delta": delta, "usage": usage}, {"type": "message_stop"}]


def read(body: bytes) -> list[Event]:
    decoder = MessagesDecoder()
    return [*decoder.feed(body), *decoder.end()]


WHOLE = sse(
    begin(input_tokens=3, cache_read_input_tokens=4, output_tokens=1, service_tier="standard"),
    *block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "hm"},
        {"type": "signature_delta", "signature": "s"},
    ),
    {"type": "ping"},
    *block(1, {"type": "redacted_thinking", "data": "e"}),
    *block(
        2,
        {"type": "text", "text": ""},
        {"type": "text_delta", "text": "é\n"},
        {"type": "citations_delta", "citation": {"type": "page_location", "cited_text": "q"}},
        {"type": "new_delta", "new": 1},
    ),
    *block(
        3,
        {"type": "tool_use", "id": "t", "name": "look", "input": {}},
        {"type": "input_json_delta", "partial_json": ""},
        {"type": "input_json_delta", "partial_json": '{"a"'},
        {"type": "input_json_delta", "partial_json": ": 1}"},
    ),
    *block(4, {"type": "tool_use", "name": "rest", "input": {}}),
    *block(
        5,
        {"type": "server_tool_use", "id": "x", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"q": '},
        {"type": "input_json_delta", "partial_json": "1}"},
    ),
    *block(6, {"type": "compaction", "content": None}, {"type": "compaction_delta", "content": "so far"}),
    {"type": "something_new"},
    *end("tool_use", output_tokens=20, output_tokens_details={"thinking_tokens": 8}),
)

CITATION = Citation(OWN, Raw(b'{"type": "page_location", "cited_text": "q"}'), quote="q")
REPLY = Reply(
    OWN,
    "msg_1",
    "claude",
    (
        Choice(
            (
                Thought("hm", Seal(OWN, "s")),
                Thought("", Seal(OWN, "e"), is_redacted=True),
                Text("é\n", citations=(CITATION,)),
                ToolCall("t", "look", '{"a": 1}'),
                ToolCall("call_4", "rest", "{}"),
                Foreign(OWN, "server_tool_use", Raw(b'{"type":"server_tool_use","id":"x","input":{"q": 1}}')),
                Foreign(OWN, "compaction", Raw(b'{"type":"compaction","content":"so far"}')),
            ),
            Finish.TOOL_CALLS,
            finish_word="tool_use",
        ),
    ),
    Usage(3, 4, output_text=12, reasoning=8),
    service_tier="standard",
)


def compact(reply: Reply) -> Reply:
    """`reply` with its raw JSON written in one way."""
    parts = tuple(
        msgspec.structs.replace(part, raw=Raw(msgspec.json.encode(msgspec.json.decode(part.raw))))
        if isinstance(part, Foreign)
        else part
        for part in reply.choices[0].parts
    )
    return msgspec.structs.replace(reply, choices=(msgspec.structs.replace(reply.choices[0], parts=parts),))


def test_a_stream_adds_up_to_the_answer() -> None:
    assert compact(fold(read(WHOLE))) == compact(REPLY)


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(WHOLE)]
    decoder = MessagesDecoder()
    events = [event for a, b in itertools.pairwise(places) for event in decoder.feed(WHOLE[a:b])]
    assert [*events, *decoder.end()] == read(WHOLE)


@pytest.mark.slow
def test_single_bytes_give_the_same_events() -> None:
    decoder = MessagesDecoder()
    assert [event for byte in WHOLE for event in decoder.feed(bytes([byte]))] == read(WHOLE)


@given(st.integers(0, len(WHOLE) - 3))
def test_a_truncated_stream_is_never_whole(length: int) -> None:
    decoder = MessagesDecoder()
    events = list(decoder.feed(WHOLE[:length]))
    with contextlib.suppress(WireError):
        events += decoder.end()
    assert not any(isinstance(event, Ended) for event in events)


def test_an_error_breaks_the_stream_off() -> None:
    error: dict[str, object] = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    events = read(sse(begin(), error, *end("end_turn")))
    assert isinstance(events[-1], Broke)
    assert events[-1].fault.upstream_status == 529


def test_what_a_block_begins_with_is_not_lost() -> None:
    events = read(
        sse(
            begin(),
            *block(0, {"type": "text", "text": "a", "citations": [{"type": "page_location"}]}),
            *block(1, {"type": "thinking", "thinking": "b", "signature": "s"}),
            *block(2, {"type": "tool_use", "id": "t", "name": "n", "input": {"x": 1}}),
            *end("end_turn"),
        )
    )
    text, thought, call = fold(events).choices[0].parts
    assert isinstance(text, Text)
    assert (text.text, len(text.citations)) == ("a", 1)
    assert thought == Thought("b", Seal(OWN, "s"))
    assert call == ToolCall("t", "n", '{"x": 1}')


def test_blocks_nobody_ends_are_ended_and_usage_that_is_not_repeated_is_kept() -> None:
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "a"}}
    reply = fold(read(sse(begin(input_tokens=5), start, start, *end("end_turn", input_tokens=None, output_tokens=2))))
    assert reply.choices[0].parts == (Text("a"), Text("a"))
    assert reply.usage == Usage(5, output_text=2)


def test_an_answer_may_begin_with_its_first_block_and_end_like_chat() -> None:
    body = sse(*block(0, {"type": "text", "text": "a"}), *end("end_turn")) + b"data: [DONE]\n\n"
    assert fold(read(body)).choices[0].parts == (Text("a"),)


def test_a_call_broken_off_keeps_its_text() -> None:
    pieces = block(0, {"type": "server_tool_use", "input": {}}, {"type": "input_json_delta", "partial_json": '{"q'})
    (part,) = fold(read(sse(begin(), *pieces, *end("max_tokens")))).choices[0].parts
    assert isinstance(part, Foreign)
    assert msgspec.json.decode(part.raw, type=dict[str, object])["input"] == '{"q'


JUNK = st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=4)
NAMES = st.sampled_from(["index", "message", "content_block", "delta", "usage", "error"])
TYPES = st.sampled_from(
    ["message_start", "content_block_start", "content_block_delta", "message_delta", "message_stop", "x"]
)
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "tool_use", "odd"])}, optional={"text": JUNK, "input": JUNK}
)


@pytest.mark.slow
@given(st.lists(st.tuples(TYPES, st.dictionaries(NAMES, JUNK | BLOCKS, max_size=3)), max_size=4))
def test_junk_is_a_wire_error(events: list[tuple[str, dict[str, object]]]) -> None:
    with contextlib.suppress(WireError):
        read(sse(*({"type": kind, **members} for kind, members in events)))


@pytest.mark.slow
@given(st.binary(max_size=80))
def test_bytes_of_any_kind_are_a_wire_error_or_nothing(junk: bytes) -> None:
    for body in (junk, b"data: " + junk + b"\n\n", b"data: " + b"[" * 100_000 + b"\n\n"):
        with contextlib.suppress(WireError):
            assert not any(isinstance(event, Ended) for event in read(body))
