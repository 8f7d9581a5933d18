import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.adapters.server.proxy_protocol import ProxyProtocol, read_header
from tests.adapters.server.fakes import Door, FakeSocket, get

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


def v2(command: int, family: int, addresses: bytes) -> bytes:
    return SIGNATURE + struct.pack(">BBH", command, family, len(addresses)) + addresses


@pytest.mark.parametrize(
    ("data", "address"),
    [
        (b"PROXY TCP4 203.0.113.7 10.0.0.1 1 2\r\n", "203.0.113.7"),
        (b"PROXY TCP6 2001:db8::1 ::1 1 2\r\n", "2001:db8::1"),
        (b"PROXY UNKNOWN\r\n", ""),
        (v2(0x21, 0x11, bytes([203, 0, 113, 7, 10, 0, 0, 1, 0, 1, 0, 2])), "203.0.113.7"),
        (v2(0x21, 0x21, b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01" + bytes(20)), "2001:db8::1"),
        (v2(0x20, 0x00, b""), ""),
    ],
)
def test_headers_of_both_versions_are_read_whole_and_in_pieces(data: bytes, address: str) -> None:
    assert read_header(data + b"rest") == (address, len(data))
    for length in range(len(data)):
        assert read_header(data[:length]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"PROXY TCP4 x y 1 2\r\n",
        b"PROXY TCP4 1.1.1.1\r\n",
        b"PROXY " + b"a" * 120,
        v2(0x31, 0x11, bytes(12)),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_header(data)


@given(st.binary(max_size=60))
def test_junk_is_a_value_error(data: bytes) -> None:
    try:
        read_header(data)
    except ValueError as error:
        assert not isinstance(error, UnicodeEncodeError)  # noqa: PT017 - any ValueError is right


def test_the_connection_takes_over_with_the_address() -> None:
    door, sock = Door(), FakeSocket()
    protocol = ProxyProtocol(door.gate.connect)
    protocol.connection_made(sock)  # type: ignore[arg-type] # has what is used
    protocol.data_received(b"PROXY TCP4 203.0.113.7 10.0.0.1 1 2\r\n" + get("/"))
    assert b" 200 " in sock.sent
    assert {connection.peer for connection in door.gate.connections} == {"203.0.113.7"}


def test_a_connection_without_header_is_closed() -> None:
    door, sock = Door(), FakeSocket()
    protocol = ProxyProtocol(door.gate.connect)
    protocol.connection_made(sock)  # type: ignore[arg-type] # has what is used
    protocol.data_received(get("/"))
    assert sock.said == ["abort"]
