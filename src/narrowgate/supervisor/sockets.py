"""Listening sockets, opened by the launcher before anything else runs. Standard library only."""

import os
import socket
from pathlib import Path

_BACKLOG = 4_096


class CannotListen(Exception):
    """The address is taken or not allowed; the message says what to do."""


def listeners(host: str, port: int, unix_path: str, edges: int) -> list[list[socket.socket]]:
    """Return the sockets of each edge: one TCP socket each (SO_REUSEPORT), a shared Unix one.

    Raises:
        CannotListen: another program has the address, or it is not this machine's.
    """
    sockets: list[list[socket.socket]] = []
    if edges > 1 and port:
        # SO_REUSEPORT would let two gateways share a port unnoticed; a socket without it does not.
        _tcp(host, port, is_shared=False).close()
    for _ in range(edges):
        sock = _tcp(host, port, is_shared=edges > 1)
        port = sock.getsockname()[1]
        sockets.append([sock])
    if unix_path:
        shared = unix_listener(Path(unix_path), mode=0o660)
        for own in sockets:
            own.append(shared)
    return sockets


def unix_listener(path: Path, mode: int) -> socket.socket:
    """Return a listening Unix socket at `path`; a stale one there is replaced.

    Raises:
        CannotListen: the path is in use by another program, or cannot be made.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket():
            if _answers(path):
                raise CannotListen(f"'{path}' is in use by another program")
            path.unlink()
        before = os.umask(0o177)
        try:
            sock.bind(str(path))
        finally:
            os.umask(before)
        path.chmod(mode)
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise CannotListen(f"cannot listen on '{path}': {error.strerror or error}") from None
    return sock


def _tcp(host: str, port: int, *, is_shared: bool) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise CannotListen(f"listen.host: '{host}' is no address of this machine") from None
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(address)
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise CannotListen(f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}") from None
    return sock


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
