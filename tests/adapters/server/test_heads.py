import asyncio

import pytest

from narrowgate.adapters.server.contract import Request
from narrowgate.adapters.server.heads import KnownCall, split_head
from narrowgate.dialects.registry import Route
from narrowgate.model.operation import Operation
from narrowgate.pipeline.principal import Principal
from tests.pipeline.fakes import FakeClient, World, key

HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nContent-Length: %d\r\nx: content-length: 9"


def test_a_request_in_one_piece_is_split() -> None:
    assert split_head(HEAD % 4 + b"\r\n\r\nbody", 1_000) == (HEAD.replace(b"%d", b""), b"body")


def test_heads_that_differ_in_length_alone_have_one_template() -> None:
    one, other = split_head(HEAD % 1 + b"\r\n\r\n1", 1_000), split_head(HEAD % 12 + b"\r\n\r\n" + b"2" * 12, 1_000)
    assert one is not None
    assert other is not None
    assert one[0] == other[0]


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
