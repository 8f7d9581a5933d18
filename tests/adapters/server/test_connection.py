import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.config.schema import Listen
from tests.adapters.server.fakes import Door, get, post
from tests.pipeline.fakes import settings

BODY = b'{"model":"openai/m"}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
S = 1_000_000_000


@given(st.lists(st.integers(min_value=0, max_value=400)))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    door = Door()
    connection, sock = door.connect()
    data, at = get("/health/live") + post(BODY), 0
    for cut in [*sorted(cut % len(data) for cut in cuts), len(data)]:
        connection.data_received(data[at:cut])
        at = cut
    door.world.transport.answer(ANSWER)
    assert sock.sent.count(b"HTTP/1.1 200 OK") == 2
    assert sock.sent.endswith(b"\r\n\r\n{}")


def test_answers_keep_the_order_of_requests() -> None:
    door = Door()
    connection, sock = door.connect()
    connection.data_received(post(BODY) + get("/health/live"))
    connection.data_received(get("/"))
    assert sock.sent == b""
    door.world.transport.answer(ANSWER)
    assert [sock.sent.index(part) for part in (b"{}", b'"live"', b'"narrowgate"')] == sorted(
        sock.sent.index(part) for part in (b"{}", b'"live"', b'"narrowgate"')
    )


def test_a_client_that_leaves_cancels_its_call() -> None:
    door = Door()
    connection, _ = door.connect()
    connection.data_received(post(BODY))
    connection.connection_lost(None)
    assert door.world.transport.exchange.said == ["abort"]
    assert door.world.record.fault == "client_gone"
    assert not door.gate.connections


def test_a_client_that_sends_ahead_is_not_read_without_end() -> None:
    door = Door()
    connection, sock = door.connect()
    connection.data_received(post(BODY))
    connection.data_received(b"x" * 70_000)
    assert "pause_reading" in sock.said


def test_a_slow_reader_holds_the_provider_back_and_is_let_go() -> None:
    door = Door()
    connection, sock = door.connect()
    connection.data_received(post(BODY))
    connection.pause_writing()
    assert door.world.transport.exchange.said == ["pause"]
    connection.check(door.world.clock.ns + 61 * S)
    assert "abort" in sock.said


@pytest.mark.parametrize("begun", [b"", b"GET /", post(BODY)[:-3]])
def test_a_slow_sender_is_let_go(begun: bytes) -> None:
    door = Door()
    connection, sock = door.connect()
    connection.data_received(begun)
    connection.check(door.world.clock.ns + 31 * S)
    assert b" 408 " in sock.sent or "close" in sock.said


def test_an_idle_connection_is_closed_and_a_drained_one_after_its_call() -> None:
    door = Door()
    connection, sock = door.connect()
    connection.data_received(get("/"))
    connection.check(door.world.clock.ns + 76 * S)
    assert "close" in sock.said
    busy, other = door.connect()
    busy.data_received(post(BODY))
    busy.drain()
    assert "close" not in other.said
    door.world.transport.answer(ANSWER)
    assert "close" in other.said


def test_a_fresh_connection_may_still_ask_while_draining() -> None:
    door = Door()
    connection, sock = door.connect()
    connection.drain()
    connection.data_received(get("/health/live"))
    assert b" 200 " in sock.sent
    assert "close" in sock.said


def test_too_many_connections_are_refused() -> None:
    door = Door(settings(listen=Listen(max_connections=1)))
    door.connect()
    assert b" 503 " in door.connect()[1].sent


def test_a_bug_is_a_500_and_is_not_hidden() -> None:
    door = Door()
    door.world.edge.principals = None  # type: ignore[assignment] # the bug
    connection, sock = door.connect()
    with pytest.raises(Exception, match="callback"):
        connection.data_received(post(BODY))
    assert b" 500 " in sock.sent


def test_small_requests_after_a_large_one_are_fine() -> None:
    door = Door()
    connection, sock = door.connect()
    large = post(b'{"model":"openai/m","x":"' + b"a" * 200_000 + b'"}')
    for at in range(0, len(large), 50_000):
        connection.data_received(large[at : at + 50_000])
    door.world.transport.answer(ANSWER)
    connection.data_received(get("/health/live"))
    assert sock.sent.count(b" 200 ") == 2


@given(st.binary(max_size=200))
def test_junk_is_refused_or_awaited_and_nothing_else(junk: bytes) -> None:
    sent = Door().ask(junk)
    assert not sent or sent.startswith(b"HTTP/1.1 4")
