import asyncio
import socket
import ssl

import pytest

from narrowgate.adapters.upstream import dial as module
from narrowgate.adapters.upstream.connect import PrivateAddress
from narrowgate.adapters.upstream.connection import Connection, DirectExchange
from narrowgate.adapters.upstream.dial import DialFailed, dial, tls_context
from narrowgate.adapters.upstream.stream import Poller
from tests.adapters.upstream.fakes import address, closed_port, echo, ended, listen


class Home:
    """A pool that keeps nothing."""

    def dial(self, exchange: DirectExchange) -> None: ...

    def give_back(self, connection: Connection) -> None: ...

    def forget(self, connection: Connection) -> None: ...


def test_the_systems_authorities_are_asked_and_old_versions_refused() -> None:
    context = tls_context("")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_refusal_is_told_with_its_stage() -> None:
    with pytest.raises(DialFailed) as caught:
        asyncio.run(dial(address(closed_port()), Connection(Home()), Poller()))
    assert caught.value.stage == "connect"


def test_a_name_that_leads_into_this_network_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    async def connect(host: str, port: int, *, allow_private: bool) -> socket.socket:
        raise PrivateAddress("the name leads to a private address")

    monkeypatch.setattr(module, "connect", connect)
    with pytest.raises(DialFailed, match=r"127\.0\.0\.1:1: the name leads to a private address") as caught:
        asyncio.run(dial(address(1), Connection(Home()), Poller()))
    assert caught.value.stage == "connect"


@pytest.mark.parametrize(
    ("answer", "is_through"),
    [(b"HTTP/1.1 200 OK\r\n\r\n", True), (b"HTTP/1.1 407 Who\r\n\r\n", False), (b"junk\r\n\r\n", False), (b"", False)],
)
def test_a_proxy_is_asked_for_a_tunnel(answer: bytes, is_through: bool) -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if not answer:
            writer.close()
        await reader.read()

    async def run() -> None:
        server, where = await listen(proxy)
        through = address(1234, proxy=f"http://user:p%40ss@127.0.0.1:{where.port}")
        try:
            await dial(through, Connection(Home()), Poller())
        finally:
            await ended(server)

    if is_through:
        asyncio.run(run())
    else:
        with pytest.raises(DialFailed) as caught:
            asyncio.run(run())
        assert caught.value.stage == "proxy"
        assert "p@ss" not in str(caught.value)
    assert asked[0].startswith(b"CONNECT 127.0.0.1:1234 HTTP/1.1\r\n")
    assert b"proxy-authorization: Basic dXNlcjpwQHNz\r\n" in asked[0]


def test_a_connection_is_handed_to_its_protocol() -> None:
    async def run() -> bool:
        server, where = await listen(echo)
        connection = Connection(Home())
        await dial(where, connection, Poller())
        is_made = connection.transport is not None
        connection.abort()
        await ended(server)
        return is_made

    assert asyncio.run(run())
