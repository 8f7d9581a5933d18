import asyncio
import socket

import pytest

from narrowgate.adapters.upstream import connect as module
from narrowgate.adapters.upstream.connect import connect
from tests.adapters.upstream.fakes import closed_port, echo, ended, listen


def test_a_host_that_refuses_is_told() -> None:
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(connect("127.0.0.1", closed_port()))


def test_a_name_is_resolved_and_the_family_that_answers_is_taken() -> None:
    async def run() -> None:
        server, where = await listen(echo)  # on IPv4 alone, while a name may have both
        sock = await connect("localhost", where.port)
        assert sock.family is socket.AF_INET
        sock.close()
        await ended(server)

    asyncio.run(run())


def test_families_take_turns() -> None:
    places = [(10, ("a", 1)), (10, ("b", 1)), (10, ("c", 1)), (2, ("d", 1))]
    assert [where[0] for _, where in module._interleaved(places)] == ["a", "d", "b", "c"]  # type: ignore[arg-type] # shorter addresses


def test_an_attempt_given_up_leaves_no_socket() -> None:
    async def run() -> None:
        task = asyncio.create_task(connect("127.0.0.1", closed_port()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises((asyncio.CancelledError, ConnectionRefusedError)):
            await task

    asyncio.run(run())
