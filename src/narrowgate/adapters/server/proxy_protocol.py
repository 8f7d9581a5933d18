"""The PROXY protocol in front of a client's bytes: the balancer tells who the client is.

Source: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt (read 2026-11).
"""

import asyncio
import ipaddress
import struct
from collections.abc import Callable

from narrowgate.adapters.server.connection import ClientConnection

_V2 = b"\r\n\r\n\x00\r\nQUIT\n"
_V1_LIMIT = 107
_V2_HEAD = 16
_V2_LIMIT = 4_096


class ProxyProtocol(asyncio.Protocol):
    """Reads the PROXY header of a connection, then hands the connection over.

    A connection without a valid header is closed: on such a listener everybody could otherwise
    claim to be anybody.
    """

    def __init__(self, connect: Callable[[], ClientConnection]) -> None:
        self._connect = connect
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvloop's is no subclass
        """Wait for the header."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read the header; hand over when it is whole."""
        self._buffer += data
        try:
            found = read_header(self._buffer)
        except ValueError:
            if self._transport is not None:
                self._transport.abort()
            return
        if found is None or self._transport is None:
            return
        address, used = found
        connection = self._connect()
        self._transport.set_protocol(connection)
        connection.connection_made(self._transport)
        if address:
            connection.peer = address
        rest = self._buffer[used:]
        if rest:
            connection.data_received(rest)


def read_header(data: bytes) -> tuple[str, int] | None:
    """Return (client address or "" if untold, bytes used), or None while it is incomplete.

    Raises:
        ValueError: this is no PROXY header.
    """
    if data[:12] == _V2[: len(data)][:12]:
        return _read_v2(data) if len(data) >= _V2_HEAD else None
    if not data.startswith(b"PROXY "[: len(data)]):
        raise ValueError("no PROXY header")
    end = data.find(b"\r\n", 0, _V1_LIMIT)
    if end < 0:
        if len(data) >= _V1_LIMIT:
            raise ValueError("the PROXY line is too long")
        return None
    words = data[:end].decode("ascii").split(" ")
    if words[1:2] == ["UNKNOWN"]:
        return "", end + 2
    if len(words) != 6 or words[1] not in {"TCP4", "TCP6"}:
        raise ValueError("the PROXY line is malformed")
    return str(ipaddress.ip_address(words[2])), end + 2


def _read_v2(data: bytes) -> tuple[str, int] | None:
    version_command, family, length = struct.unpack_from(">BBH", data, 12)
    if version_command >> 4 != 2 or length > _V2_LIMIT:
        raise ValueError("not PROXY protocol version 2")
    used = _V2_HEAD + length
    if len(data) < used:
        return None
    if version_command & 0xF == 0:
        return "", used
    size = {0x11: 4, 0x21: 16}.get(family)
    if size is None or length < 2 * size + 4:
        return "", used
    return str(ipaddress.ip_address(data[_V2_HEAD : _V2_HEAD + size])), used
