import asyncio

import pytest

from narrowgate.adapters.server.contract import Request
from narrowgate.adapters.server.heads import KnownCall, LastHead, Split, split_head
from narrowgate.dialects.registry import Route
from narrowgate.model.operation import Operation
from narrowgate.pipeline.principal import Principal, Principals
from tests.pipeline.fakes import FakeClient, World, key

HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nContent-Length: %d\r\nx: content-length: 9"


def test_a_request_in_one_piece_is_split() -> None:
    at = HEAD.index(b"%d")
    assert split_head(HEAD % 4 + b"\r\n\r\nbody", 1_000) == Split(
        HEAD.replace(b"%d", b"") + b"\r\n\r\n", b"body", at, at + 1
    )


def test_heads_that_differ_in_length_alone_have_one_template() -> None:
    one, other = split_head(HEAD % 1 + b"\r\n\r\n1", 1_000), split_head(HEAD % 12 + b"\r\n\r\n" + b"2" * 12, 1_000)
    assert one is not None
    assert other is not None
    assert one[0] == other[0]


def last_head(length: int = 4) -> LastHead:
    world = World()
    known = KnownCall(world.edge, Request(), Principal(key()), Route(Operation.CHAT))
    data = HEAD % length + b"\r\n\r\n" + b"x" * length
    split = split_head(data, 1_000)
    assert split is not None
    return LastHead(known, data, split)


@pytest.mark.parametrize("length", [0, 1, 4, 99, 123_456])
def test_the_head_that_a_connection_sent_last_is_known_again_by_any_length(length: int) -> None:
    body = b"y" * length
    assert last_head().body_of(HEAD % length + b"\r\n\r\n" + body) == body


@pytest.mark.parametrize(
    "data",
    [
        HEAD % 4 + b"\r\n\r\nbod",  # half of it
        HEAD % 4 + b"\r\n\r\nbody+",  # and the beginning of the next
        (HEAD % 4).replace(b"host: h", b"host: i") + b"\r\n\r\nbody",
        HEAD % 4 + b"9\r\n\r\nbody",
        HEAD.replace(b"%d", b"+4") + b"\r\n\r\nbody",
        HEAD.replace(b"%d", b"0000000004") + b"\r\n\r\nbody",
        HEAD.replace(b"%d", b"") + b"\r\n\r\nbody",
        HEAD[:20],
        b"",
    ],
)
def test_another_head_is_not_taken_for_the_last(data: bytes) -> None:
    assert last_head().body_of(data) is None


def test_the_last_head_holds_as_long_as_keys_are_what_they_were() -> None:
    world = World()
    data = HEAD % 4 + b"\r\n\r\nbody"
    split = split_head(data, 1_000)
    assert split is not None
    last = LastHead(KnownCall(world.edge, Request(), Principal(key()), Route(Operation.CHAT)), data, split)
    assert last.body_of(data) == b"body"
    world.edge.principals = Principals(())
    assert last.body_of(data) is None


@pytest.mark.parametrize(
    "data",
    [
        HEAD % 4 + b"\r\n\r\nbod",  # half of it
        HEAD % 4 + b"\r\n\r\nbody+",  # and the beginning of the next
        HEAD.replace(b"%d", b"4 ") + b"\r\n\r\nbody",
        HEAD.replace(b"%d", b"+4") + b"\r\n\r\nbody",
        b"GET / HTTP/1.1\r\nhost: h\r\n\r\n",
        b"\r\n\r\n",
        b"",
    ],
)
def test_anything_else_is_left_to_the_parser(data: bytes) -> None:
    assert split_head(data, 1_000) is None


def test_a_long_head_is_left_to_the_parser() -> None:
    assert split_head(HEAD % 4 + b"\r\n\r\nbody", 50) is None


def test_a_bug_is_answered_and_reported() -> None:
    world, client = World(), FakeClient()
    world.transport.open = None  # type: ignore[assignment, method-assign] # whatever may go wrong
    known = KnownCall(world.edge, Request(), Principal(key()), Route(Operation.CHAT))

    async def run() -> list[str]:
        reported: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context["message"]))
        known.begin(known.open(client), b'{"model":"openai/m"}')
        return reported

    assert asyncio.run(run()) == ["a call could not begin"]
    assert client.status == 500
    assert world.record.fault == "internal"
