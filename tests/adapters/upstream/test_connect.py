import asyncio
import socket

import pytest

from narrowgate.adapters.upstream import connect as module
from narrowgate.adapters.upstream.connect import PrivateAddress, connect
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


Found = list[tuple[int, tuple[str, int]]]


def resolving_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name lead to `addresses`; return where connections are tried."""
    tried: list[str] = []

    async def resolve(host: str, port: int) -> Found:
        return [(int(socket.AF_INET), (address, port)) for address in addresses]

    async def connect_to(family: int, where: tuple[str, int]) -> socket.socket:
        tried.append(where[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(module, "_resolve", resolve)
    monkeypatch.setattr(module, "_connect_to", connect_to)
    return tried


@pytest.mark.parametrize("address", ["169.254.169.254", "127.0.0.1", "10.0.0.1", "fd00:ec2::254"])
def test_a_name_that_leads_into_this_network_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    tried = resolving_to(monkeypatch, address)
    with pytest.raises(PrivateAddress, match="allow_private"):
        asyncio.run(connect("rebound.example", 80))
    assert tried == []


def test_of_a_name_with_both_only_the_public_addresses_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = resolving_to(monkeypatch, "10.0.0.1", "1.1.1.1")
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(connect("both.example", 80))
    assert tried == ["1.1.1.1"]


@pytest.mark.parametrize(("host", "allow_private"), [("inside", True), ("localhost", False), ("10.0.0.1", False)])
def test_private_addresses_are_for_those_who_wrote_them_down(
    monkeypatch: pytest.MonkeyPatch, host: str, *, allow_private: bool
) -> None:
    tried = resolving_to(monkeypatch, "10.0.0.1")
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(connect(host, 80, allow_private=allow_private))
    assert tried == ["10.0.0.1"]
