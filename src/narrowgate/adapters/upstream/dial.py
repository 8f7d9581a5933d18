"""Open a connection to an origin: TCP, optional HTTP proxy, TLS. Standard library only."""

import asyncio
import base64
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from narrowgate.adapters.upstream.connect import PrivateAddress, connect, shake_hands
from narrowgate.adapters.upstream.connection import Connection
from narrowgate.adapters.upstream.openings import proxy_end
from narrowgate.adapters.upstream.stream import Poller, Stream

_PROXY_HEAD_LIMIT_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Address:
    """Where an origin is and how it is reached. `tls` is None for plain HTTP."""

    name: str
    host: str
    port: int
    tls: ssl.SSLContext | None
    proxy: str
    connect_timeout_s: float
    allow_private: bool = False


class DialFailed(Exception):
    """No connection. `stage` is connect, tls or proxy; `message` holds no secret."""

    def __init__(self, stage: str, message: str) -> None:
        super().__init__(message)
        self.stage = stage
        self.message = message


async def dial(address: Address, protocol: Connection, poller: Poller) -> None:
    """Connect `protocol` to `address` within its connect timeout.

    Raises:
        DialFailed: names the stage; another try may help unless the stage is tls.
    """
    where = f"{address.host}:{address.port}"
    try:
        async with asyncio.timeout(address.connect_timeout_s):
            if address.proxy:
                await _through_proxy(address, protocol)
            else:
                await _direct(address, protocol, poller)
    except TimeoutError:
        raise DialFailed("connect", f"no connection to {where} within {address.connect_timeout_s:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise DialFailed("tls", f"the certificate of {where} is not trusted: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise DialFailed("tls", f"no TLS with {where}: {(error.reason or 'handshake failed').lower()}") from None
    except PrivateAddress as error:
        raise DialFailed("connect", f"no connection to {where}: {error}") from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise DialFailed("connect", f"no connection to {where}: {reason}") from None


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Return a verifying client context; `ca_file` replaces the system's authorities."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Python before 3.11.3 takes a connection that was cut for one that ended: half an answer for a whole one.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    # From Python 3.13 on strict by default; many a company's own authority, named here or among the system's, leaves
    # out what that asks for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.set_alpn_protocols(["http/1.1"])
    return context


async def _direct(address: Address, protocol: Connection, poller: Poller) -> None:
    sock = await connect(address.host, address.port, allow_private=address.allow_private)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.tls is not None:
            sock = await shake_hands(sock, address.tls, address.host)
    except BaseException:
        sock.close()
        raise
    protocol.connection_made(Stream(poller, sock, protocol))


async def _through_proxy(address: Address, protocol: Connection) -> None:
    """Ask the proxy for a tunnel (CONNECT, RFC 9110 section 9.3.6), then go on as if direct."""
    loop = asyncio.get_running_loop()
    proxy = urlsplit(address.proxy)
    host, port, is_tls = proxy_end(address.proxy)
    context = tls_context("") if is_tls else None
    tunnel = _Tunnel(loop)
    transport, _ = await loop.create_connection(lambda: tunnel, host, port, ssl=context)
    authority = f"{address.host}:{address.port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"host: {authority}"]
    if proxy.username:
        pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        lines.append("proxy-authorization: Basic " + base64.b64encode(pair.encode()).decode())
    transport.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    try:
        status = await tunnel.status
        if status != 200:
            raise DialFailed(
                "proxy", f"the proxy {proxy.hostname} refused a tunnel to {authority} with status {status}"
            )
        if address.tls is None:
            transport.set_protocol(protocol)
            protocol.connection_made(transport)
        else:
            upgraded = await loop.start_tls(transport, protocol, address.tls, server_hostname=address.host)
            assert upgraded is not None
            protocol.connection_made(upgraded)
    except BaseException:
        transport.abort()
        raise


class _Tunnel(asyncio.Protocol):
    """Reads the proxy's answer to CONNECT."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.status: asyncio.Future[int] = loop.create_future()
        self._head = b""

    def data_received(self, data: bytes) -> None:
        self._head += data
        if b"\r\n\r\n" in self._head:
            word = self._head.split(b" ", 2)[1:2]
            self._finish(int(word[0]) if word and word[0].isdigit() else 0)
        elif len(self._head) > _PROXY_HEAD_LIMIT_BYTES:
            self._finish(0)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._finish(0)

    def _finish(self, status: int) -> None:
        if not self.status.done():
            self.status.set_result(status)
