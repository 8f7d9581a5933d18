"""The launcher: the first process, which alone may open files, listen, and start others. Standard library only.

It parses nothing but its own messages, holds the secrets, and loads no code of others, so the supervisor, which
reads the configuration with third-party code, can be confined before it loads any. What the supervisor asks for
is granted within what the configuration's text names.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import resource
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from narrowgate.adapters.store.location import CONTROL_SOCKET, data_directory, prepare
from narrowgate.sandbox.landlock import keeping
from narrowgate.sandbox.limits import hide_memory, lower_limits
from narrowgate.sandbox.profile import Role
from narrowgate.supervisor.grants import DIALLING, Grants, NotGranted
from narrowgate.supervisor.hands import openings_in
from narrowgate.supervisor.sockets import CannotListen, listeners, unix_listener
from narrowgate.supervisor.starting import Wanted, fill, memory_file, start_process
from narrowgate.supervisor.veil import Veil

DEFAULT_FILE = "narrowgate.yaml"
_LIMIT_BYTES = 1 << 20
_FDS = 64
# What children get has numbers from here on at first: above those that the supervisor calls it by.
_ABOVE = 512
_LARGEST_FILE = 16 << 20
_GRACE_MS = 3_000
# What cloud SDKs' variables name that the supervisor has to read, secrets as stand-ins.
_DOCUMENTS = ("GOOGLE_APPLICATION_CREDENTIALS", "AZURE_CLIENT_CERTIFICATE_PATH")
# The one setting that is needed before there is a confined process to read it.
_DATA = re.compile(rb"^data:[ \t]*([\"']?)([^\"'#\r\n]+?)\1[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_NAMES = {Role.EDGE: "edge", Role.MERGED_EDGE: "edge", Role.EGRESS: "egress"} | {
    role: role.value for role in (Role.CONTROL, Role.RECORDER)
}
Answer = tuple[dict[str, object], list[int]]


def launch(environment: Mapping[str, str]) -> int:
    """Run a gateway until it ends; return its exit status.

    Raises:
        OSError: the data directory cannot be made.
    """
    lower_limits()
    with contextlib.suppress(OSError):
        hide_memory()
    _raise_file_limit()
    return Launcher(environment).run()


class Launcher:
    """Starts the supervisor and does for it what it may not."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._veil = Veil(os.urandom)
        self._environment = environment
        self._config = _config_path(environment)
        self._text = b""
        self._look()
        named = _DATA.search(self._text)
        chosen = (
            named[2].decode("utf-8", "replace").strip() if named and not environment.get("NARROWGATE_DATA") else None
        )
        self._data = data_directory(chosen, environment)
        prepare(self._data)
        self._data = self._data.resolve()
        self._events, self._their_events = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._documents: dict[str, bytes] = {}
        self._grants = Grants(self._words, environment, str(self._data))
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._do: Mapping[str, Callable[[dict[str, object], list[int]], Answer]] = {
            "read": self._read,
            "listen": self._listen,
            "listen locally": self._listen_locally,
            "memory": lambda asked, _fds: ({}, [memory_file(b"", str(asked["name"]))]),
            "digest": self._digest,
            "start": self._start,
            "kill": self._kill,
        }

    def run(self) -> int:
        """Run until the supervisor ends."""
        wake, waker = socket.socketpair()
        waker.settimeout(0)
        wake.settimeout(0)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        questions, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        supervisor = self._supervisor(theirs)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: supervisor.send_signal(number))
        with questions, theirs, self._their_events, self._events, wake, waker:
            theirs.close()
            self._their_events.close()
            poller = select.poll()
            poller.register(questions, select.POLLIN)
            poller.register(wake, select.POLLIN)
            while supervisor.poll() is None:
                for fd, _ in poller.poll():
                    if fd == wake.fileno():
                        with contextlib.suppress(BlockingIOError):
                            wake.recv(4_096)
                    elif not self._serve(questions):
                        poller.unregister(questions)
                self._tell_ends()
        return self._end(supervisor.returncode)

    def _supervisor(self, questions: socket.socket) -> subprocess.Popen[bytes]:
        events = self._their_events.fileno()
        document = {
            "environment": self._veil.variables(self._environment),
            "config": None if self._config is None else str(self._config),
            "data": str(self._data),
            "events": events,
        }
        settings = memory_file(json.dumps(document).encode())
        fds = ((events, events),)
        wanted = Wanted(
            Role.SUPERVISOR.value,
            Role.SUPERVISOR,
            keeping(str(self._data)),
            settings,
            questions.fileno(),
            fds,
        )
        try:
            # In a group of its own: a terminal's Ctrl-C comes once, from here.
            return start_process(wanted, has_own_group=True)
        finally:
            os.close(settings)

    def _end(self, status: int) -> int:
        """End what a supervisor that crashed left; those that run see its end by themselves, and are given time."""
        deadline = _GRACE_MS
        while deadline > 0 and any(child.poll() is None for child in self._children.values()):
            select.select([], [], [], 0.05)
            deadline -= 50
        for child in self._children.values():
            if child.poll() is None:
                child.kill()
                child.wait()
        if status < 0:
            sys.stderr.write(f"narrowgate: the supervisor was ended by signal {-status}\n")
        return status if status >= 0 else 1

    # -- questions -----------------------------------------------------------------------------------------

    def _serve(self, questions: socket.socket) -> bool:
        """Answer one question; False when nobody asks any more."""
        try:
            data, fds, _, _ = socket.recv_fds(questions, _LIMIT_BYTES, _FDS)
        except OSError:
            return False
        if not data:
            return False
        answer: dict[str, object] = {}
        out: list[int] = []
        try:
            asked: dict[str, object] = json.loads(data)
            answer, out = self._do[str(asked["ask"])](asked, fds)
        except NotGranted as refused:
            sys.stderr.write(f"narrowgate: the supervisor asked for what the configuration does not name: {refused}\n")
            answer = {"refused": str(refused)}
        except (KeyError, TypeError, ValueError) as error:
            answer = {"refused": type(error).__name__}
        try:
            socket.send_fds(questions, [json.dumps(answer).encode()], out)
        except OSError:
            return False
        finally:
            for fd in (*fds, *out):
                with contextlib.suppress(OSError):
                    os.close(fd)
        return True

    def _read(self, asked: dict[str, object], _fds: list[int]) -> Answer:
        path = Path(str(asked["path"]))
        try:
            if self._config is not None and path == self._config:
                self._text = path.read_bytes()
                return {}, [memory_file(self._text)]
            self._grants.path(str(path))
            with path.open("rb") as file:
                # Of certificates and private keys only whether they can be read is asked: edges read them.
                is_wanted = b"file://" + os.fsencode(path) in self._text or self._is_document(str(path))
                data = file.read(_LARGEST_FILE) if is_wanted else b""
        except OSError as error:
            return {"errno": error.errno or 0}, []
        seen = self._veil.text(data.decode("latin-1")).encode("latin-1")
        if seen.lstrip().startswith(b"{"):
            self._documents[str(path)] = seen
        return {}, [memory_file(seen)]

    def _is_document(self, path: str) -> bool:
        return any(self._environment.get(name) == path for name in _DOCUMENTS)

    def _words(self) -> bytes:
        """Return the configuration's text and that of the documents it leads to, which name hosts and files as well."""
        return b"\n".join((self._text, *self._documents.values()))

    def _listen(self, asked: dict[str, object], _fds: list[int]) -> Answer:
        unix_path = str(asked["unix_path"])
        if unix_path:
            self._grants.path(unix_path)
        try:
            rows = listeners(str(asked["host"]), int(str(asked["port"])), unix_path, int(str(asked["edges"])))
        except CannotListen as error:
            return {"why": str(error)}, []
        shared = [rows[0][1].detach()] if unix_path else []
        return {}, [*(row[0].detach() for row in rows), *shared]

    def _listen_locally(self, _asked: dict[str, object], _fds: list[int]) -> Answer:
        try:
            return {}, [unix_listener(self._data / CONTROL_SOCKET, mode=0o600).detach()]
        except CannotListen as error:
            return {"why": str(error)}, []

    def _digest(self, asked: dict[str, object], _fds: list[int]) -> Answer:
        token = self._veil.lift(str(asked["token"]).encode())
        return {"digest": hashlib.sha256(token).hexdigest()}, []

    def _start(self, asked: dict[str, object], fds: list[int]) -> Answer:
        role, openings = openings_in(asked)
        self._grants.child(role, openings)
        settings, channel, *rest = fds
        numbers = asked["numbers"]
        if not isinstance(numbers, list) or len(numbers) != len(rest):
            raise TypeError("a number for each descriptor")
        own = memory_file(b"")
        above = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for fd in (own, channel, *rest)]
        try:
            data = os.pread(settings, os.fstat(settings).st_size, 0)
            if role is Role.EGRESS:
                self._grants.origins(data)
            fill(above[0], self._veil.lift(data) if role in DIALLING else data)
            pairs = [(int(number), fd) for number, fd in zip(numbers, above[2:], strict=True)]
            wanted = Wanted(_NAMES[role], role, openings, above[0], above[1], pairs, bool(asked["required"]))
            child = start_process(wanted)
        finally:
            for fd in (own, *above):
                os.close(fd)
        self._children[child.pid] = child
        return {"pid": child.pid}, []

    def _kill(self, asked: dict[str, object], _fds: list[int]) -> Answer:
        child = self._children.get(int(str(asked["pid"])))
        if child is not None and child.poll() is None:
            child.kill()
            child.wait()
        self._tell_ends()
        return {}, []

    def _look(self) -> None:
        """Read the configuration's text; it stays as it was when that cannot be."""
        if self._config is not None:
            with contextlib.suppress(OSError):
                self._text = self._config.read_bytes()

    def _tell_ends(self) -> None:
        for pid, child in list(self._children.items()):
            status = child.poll()
            if status is not None:
                del self._children[pid]
                with contextlib.suppress(OSError):
                    self._events.send(json.dumps({"pid": pid, "status": status}).encode())


def _config_path(environment: Mapping[str, str]) -> Path | None:
    chosen = environment.get("NARROWGATE_CONFIG")
    if chosen:
        return Path(chosen)
    usual = Path(DEFAULT_FILE)
    return usual if usual.is_file() else None


def _raise_file_limit() -> None:
    """Allow as many descriptors as this user may have: each stream takes two."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1_048_576 if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
