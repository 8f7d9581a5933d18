"""What the supervisor cannot do itself, being confined, and how it asks the launcher. Standard library only."""

import contextlib
import fcntl
import hashlib
import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.profile import Role
from narrowgate.supervisor.channel import Message
from narrowgate.supervisor.sockets import CannotListen, listeners, unix_listener
from narrowgate.supervisor.starting import Wanted, memory_file, start_process

_LIMIT_BYTES = 1 << 20
_FDS = 64
_HANDED_ABOVE = 256


class Running(Protocol):
    """A started process."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def poll(self) -> int | None:
        """Return how it ended (negative: by that signal), None while it runs."""

    def kill(self) -> None:
        """End it."""

    def wait(self) -> int:
        """Wait for its end."""


class Hands(Protocol):
    """Files, sockets and processes, got by whoever may."""

    def read(self, path: Path) -> bytes:
        """Return a file that the configuration names; a secret is a stand-in, what edges read is left out.

        Raises:
            OSError: it cannot be read, or is not named.
        """

    def listen(self, host: str, port: int, unix_path: str, edges: int) -> list[list[socket.socket]]:
        """Return the listening sockets of each edge.

        Raises:
            CannotListen: the address is taken or not allowed.
        """

    def listen_locally(self, path: Path) -> socket.socket:
        """Return a Unix socket for commands of the same user.

        Raises:
            CannotListen: another program has it.
        """

    def memory(self, name: str = "settings") -> int:
        """Return a descriptor of an empty file in memory."""

    def digest(self, token: str) -> bytes:
        """Return the SHA-256 digest of a token, which may be a stand-in for it."""

    def start(self, wanted: Wanted) -> Running:
        """Start a child."""


class OwnHands:
    """Does it itself."""

    def read(self, path: Path) -> bytes:
        """Return a file."""
        return path.read_bytes()

    def listen(self, host: str, port: int, unix_path: str, edges: int) -> list[list[socket.socket]]:
        """Return the listening sockets of each edge."""
        return listeners(host, port, unix_path, edges)

    def listen_locally(self, path: Path) -> socket.socket:
        """Return a Unix socket for commands of the same user."""
        return unix_listener(path, mode=0o600)

    def memory(self, name: str = "settings") -> int:
        """Return a descriptor of an empty file in memory."""
        return memory_file(b"", name)

    def digest(self, token: str) -> bytes:
        """Return the SHA-256 digest of a token."""
        return hashlib.sha256(token.encode()).digest()

    def start(self, wanted: Wanted) -> Running:
        """Start a child."""
        return start_process(wanted)


class LaunchersHands:
    """Asks the launcher, over two sockets: questions with answers, and what happens by itself."""

    def __init__(self, questions_fd: int, events_fd: int) -> None:
        self._questions = socket.socket(fileno=questions_fd)
        self._questions.settimeout(None)
        self._events = socket.socket(fileno=events_fd)
        self._events.settimeout(0)
        self._ended: dict[int, int] = {}

    def fileno(self) -> int:
        """For a selector: readable when a child has ended, or the launcher is gone."""
        return self._events.fileno()

    def hear(self) -> None:
        """Take in which children have ended. Without a launcher there is nobody to serve for: ends this process."""
        while True:
            try:
                data = self._events.recv(_LIMIT_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                os._exit(1)
            told = json.loads(data)
            self._ended[told["pid"]] = told["status"]

    def read(self, path: Path) -> bytes:
        """Return a file that the configuration names; a secret in it is a stand-in."""
        answer, fds = self._ask({"ask": "read", "path": str(path)})
        if fds:
            # From its beginning: the position is the launcher's, too.
            data = os.pread(fds[0], os.fstat(fds[0]).st_size, 0)
            os.close(fds[0])
            return data
        raise OSError(int(answer["errno"]), os.strerror(int(answer["errno"])), str(path))

    def listen(self, host: str, port: int, unix_path: str, edges: int) -> list[list[socket.socket]]:
        """Return the listening sockets of each edge."""
        asked: Message = {"ask": "listen", "host": host, "port": port, "unix_path": unix_path, "edges": edges}
        sockets = self._sockets(asked)
        shared = [sockets.pop()] if unix_path else []
        return [[one, *shared] for one in sockets]

    def listen_locally(self, path: Path) -> socket.socket:
        """Return a Unix socket for commands of the same user."""
        del path  # the launcher knows
        return self._sockets({"ask": "listen locally"})[0]

    def memory(self, name: str = "settings") -> int:
        """Return a descriptor of an empty file in memory."""
        return _high(self._ask({"ask": "memory", "name": name})[1][0])

    def digest(self, token: str) -> bytes:
        """Return the SHA-256 digest of a token."""
        return bytes.fromhex(str(self._ask({"ask": "digest", "token": token})[0]["digest"]))

    def start(self, wanted: Wanted) -> Running:
        """Start a child."""
        numbers = [number for number, _ in wanted.fds]
        opened = wanted.openings
        asked: dict[str, object] = {
            "ask": "start",
            "name": wanted.name,
            "role": wanted.role.value,
            "read": opened.read,
            "write": opened.write,
            "ports": sorted(opened.connect_ports),
            "numbers": numbers,
            "required": wanted.is_seal_required,
        }
        answer, _ = self._ask(asked, [wanted.settings, wanted.channel, *(have for _, have in wanted.fds)])
        return _Remote(self, int(answer["pid"]))

    def kill(self, pid: int) -> None:
        """End a child."""
        self._ask({"ask": "kill", "pid": pid})

    def status(self, pid: int) -> int | None:
        """Return how a child ended, None while it runs."""
        self.hear()
        return self._ended.get(pid)

    def _sockets(self, asked: Message) -> list[socket.socket]:
        answer, fds = self._ask(dict(asked))
        if "why" in answer:
            raise CannotListen(str(answer["why"]))
        return [socket.socket(fileno=_high(fd)) for fd in fds]

    def _ask(self, asked: dict[str, object], fds: Sequence[int] = ()) -> tuple[Message, list[int]]:
        with contextlib.suppress(OSError):
            socket.send_fds(self._questions, [json.dumps(asked).encode()], list(fds))
            data, got, _, _ = socket.recv_fds(self._questions, _LIMIT_BYTES, _FDS)
            if data:
                answer: Message = json.loads(data)
                if "refused" not in answer:
                    return answer, got
        os._exit(1)  # the launcher is gone, or what was asked is not for the supervisor to ask


def _high(fd: int) -> int:
    """Give a descriptor a number that is free in a child as well, which finds it under the same."""
    try:
        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _HANDED_ABOVE)
    finally:
        os.close(fd)


class _Remote:
    """A child of the launcher's."""

    def __init__(self, hands: LaunchersHands, pid: int) -> None:
        self.pid = pid
        self._hands = hands

    def poll(self) -> int | None:
        """Return how it ended."""
        return self._hands.status(self.pid)

    def kill(self) -> None:
        """End it."""
        self._hands.kill(self.pid)

    def wait(self) -> int:
        """Return how it ended: the launcher has waited for it."""
        return self._hands.status(self.pid) or 0


def openings_in(asked: dict[str, object]) -> tuple[Role, Openings]:
    """Return role and openings of a question to start a child.

    Raises:
        ValueError, TypeError, KeyError: it is none.
    """
    read, write, ports = asked["read"], asked["write"], asked["ports"]
    if not (isinstance(read, list) and isinstance(write, list) and isinstance(ports, list)):
        raise TypeError("openings are lists")
    openings = Openings(tuple(map(str, read)), tuple(map(str, write)), frozenset(int(port) for port in ports))
    return Role(asked["role"]), openings
