import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pipeline.fakes import World

BODY = b'{"model":"openai/m"}'
STREAM = b'{"model":"openai/m","stream":true}'
BEGIN = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
    b"set-cookie: a\r\nx-id: 1\r\n\r\n"
)
EVENTS = [
    b": comment\n\n",
    'data: {"choices":[{"delta":{"content":"é"},"finish_reason":null}]}\n\n'.encode(),
    b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n',
    b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n',
    b"data: [DONE]\n\n",
]


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


WHOLE = BEGIN + b"".join(map(chunked, EVENTS)) + b"0\r\n\r\n"
SHOWN = EVENTS[0] + EVENTS[1] + EVENTS[2] + EVENTS[4]


@given(st.lists(st.integers(min_value=0, max_value=700)))
def test_cuts_do_not_matter_and_usage_nobody_asked_for_is_hidden(cuts: list[int]) -> None:
    world = World()
    _, client = world.call(STREAM)
    at = 0
    for cut in [*sorted(cut % len(WHOLE) for cut in cuts), len(WHOLE)]:
        if cut > at:
            world.transport.answer(WHOLE[at:cut])
            at = cut
    assert client.sent == SHOWN + b"<end>"
    assert b"x-id: 1" in client.lines
    assert b"set-cookie" not in client.lines
    assert world.record.cost_usd_e9 == 7_000
    assert world.transport.exchange.said == ["release"]


@given(st.integers(min_value=len(BEGIN), max_value=len(WHOLE) - 1))
def test_a_stream_cut_anywhere_is_never_ended_as_if_whole(cut: int) -> None:
    world = World()
    _, client = world.call(STREAM)
    world.transport.answer(WHOLE[:cut])
    assert world.transport.receiver is not None
    world.transport.receiver.ended()
    assert b"<end>" not in client.sent
    assert world.record.fault == "upstream_broken"
    if client.status == 200:
        assert client.is_cut
        assert b'"error"' in client.sent


def test_an_error_as_first_event_becomes_a_status() -> None:
    world = World()
    _, client = world.call(STREAM)
    world.transport.answer(BEGIN + chunked(b'data: {"error":{"message":"no","code":429}}\n\n'))
    assert (client.status, json.loads(client.sent)["error"]["message"]) == (429, "no")
    assert world.transport.exchange.said == ["abort"]


def test_an_error_later_is_passed_on_and_recorded() -> None:
    world = World()
    _, client = world.call(STREAM)
    error = b'event: error\ndata: {"error":{"message":"no"}}\n\n'
    world.transport.answer(BEGIN + chunked(EVENTS[1]) + chunked(error) + b"0\r\n\r\n")
    assert error in client.sent
    assert world.record.fault == "upstream_broken"


def test_an_empty_stream_is_an_error() -> None:
    world = World()
    _, client = world.call(STREAM)
    world.transport.answer(BEGIN + b"0\r\n\r\n")
    assert client.status == 502


def test_gzip_is_undone_also_in_pieces() -> None:
    world = World()
    _, client = world.call(BODY)
    packed = gzip.compress(b'{"usage":{"prompt_tokens":1,"completion_tokens":1}}')
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n"
    data = head % len(packed) + packed
    for at in range(0, len(data), 9):
        world.transport.answer(data[at : at + 9])
    assert client.sent == b'{"usage":{"prompt_tokens":1,"completion_tokens":1}}'
    assert b"content-encoding" not in client.lines
    assert world.record.cost_usd_e9 == 3_000


def test_binary_answers_go_in_pieces_with_their_length() -> None:
    world = World()
    _, client = world.call(BODY)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: 2000000\r\n\r\n"
    world.transport.answer(head + b"x" * 10)
    assert (client.status, client.length, client.sent) == (200, 2_000_000, b"x" * 10)
    world.transport.answer(b"y" * 1_999_990)
    assert client.sent.endswith(b"y<end>")


@pytest.mark.parametrize("stage", ["connect", "tls", "busy", "egress", "broken"])
def test_a_connection_that_fails_is_told_with_its_stage(stage: str) -> None:
    world = World()
    _, client = world.call(BODY)
    assert world.transport.receiver is not None
    world.transport.receiver.failed(stage, "why")
    assert client.status in {502, 503}
    assert json.loads(client.sent)["error"]["code"] == f"upstream_{stage}"


def test_a_connection_that_must_close_is_not_used_again() -> None:
    world = World()
    world.call(BODY)
    world.transport.answer(
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\n{}"
    )
    assert world.transport.exchange.said == ["abort"]


def test_uploads_are_held_back_by_the_provider() -> None:
    world = World()
    _, client = world.call(BODY)
    assert world.transport.receiver is not None
    world.transport.receiver.pause_body()
    world.transport.receiver.resume_body()
    assert client.uploads == ["pause", "resume"]
