"""What a turned dependency would do, harmless: it reads canaries, dials loopback, leaves marks in temporary folders.

Planted as text in a dependency (`planted`), so it is the standard library alone and one file. Each step
returns what it got, or fails; `run` writes all outcomes as one line of JSON to standard error.
"""

import asyncio
import ctypes
import errno
import fcntl
import gc
import importlib.machinery
import json
import mmap
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

TARGETS: dict[str, str] = {}
# The key as a pattern: this file, in a process's memory, is no hit.
KEY = re.compile(rb"sk-canary-provider-key-\d{10}")
MARK = "REPLAY "
_FASTOPEN = 0x2000_0000
_DONE: set[str] = set()


class Refused(Exception):
    """The step came to nothing without an error of the kernel's."""


def _port(name: str = "tcp") -> tuple[str, int]:
    return "127.0.0.1", int(TARGETS[name])


def _home(name: str) -> Path:
    return Path(TARGETS["home"]) / name


def _call(number: int, *words: int) -> str:
    """Make a raw system call, as native code would."""
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    answer = library.syscall(ctypes.c_long(number), *map(ctypes.c_long, words))
    if answer < 0:
        code = ctypes.get_errno()
        # Only these two are a refusal; anything else says that the kernel went to work on it.
        if code in {errno.EPERM, errno.EACCES, errno.ENOSYS}:
            raise OSError(code, os.strerror(code))
        return f"was let through: {os.strerror(code)}"
    return f"answered {answer}"


def _read(path: Path | str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 - also descriptors' paths
        return f"read {file.read(64)!r}"


def _written(path: Path, text: str = "mark") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
    return f"wrote {path.name}"


# -- canaries ------------------------------------------------------------------------------------------------


def _environment() -> str:
    found = [name for name, value in os.environ.items() if "CANARY" in value or KEY.search(value.encode())]
    if not found:
        raise Refused("nothing of use in it")
    return f"found {', '.join(found)}"


def _own_environ() -> str:
    data = Path("/proc/self/environ").read_bytes()
    if not KEY.search(data) and b"CANARY" not in data:
        raise Refused("nothing of use in it")
    return "found a canary"


def _objects() -> str:
    for one in gc.get_objects():
        for part in gc.get_referents(one):
            if isinstance(part, bytes | str) and KEY.search(
                part.encode("utf-8", "replace") if isinstance(part, str) else part
            ):
                return "found the provider's key"
    raise Refused("no key among this process's objects")


def _own_memory() -> str:
    with open("/proc/self/mem", "rb", buffering=0) as memory:  # noqa: PTH123 - as an attacker would
        for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
            where, rights, *_ = line.split()
            low, high = (int(word, 16) for word in where.split("-"))
            if rights.startswith("rw") and high - low < 1 << 26:
                memory.seek(low)
                if KEY.search(memory.read(high - low)):
                    return "found the provider's key"
    raise Refused("no key in this process's memory")


def _descriptors() -> str:
    for fd in range(3, 256):
        try:
            size = os.fstat(fd).st_size
            if size < 1 << 24 and KEY.search(os.pread(fd, size, 0)):
                return f"found the provider's key in descriptor {fd}"
        except OSError:
            continue
    raise Refused("no key in any open descriptor")


def _handle() -> str:
    """Open a file by its handle, past the checks of paths (what a container escape of 2014 did)."""
    library = ctypes.CDLL(None, use_errno=True)
    handle = ctypes.create_string_buffer(struct.pack("=Ii", 8, 1) + struct.pack("=Q", 2))
    fd = library.open_by_handle_at(-100, ctypes.addressof(handle), os.O_RDONLY)
    code = ctypes.get_errno()
    if fd < 0 and code in {errno.EPERM, errno.EACCES, errno.ENOSYS}:
        raise OSError(code, os.strerror(code))
    return "was let through"


# -- programs ------------------------------------------------------------------------------------------------


def _shell() -> str:
    return subprocess.check_output(["/bin/sh", "-c", f"echo ran >> {TARGETS['marks']}/shell; echo ran"], text=True)


def _system() -> str:
    if os.system(f"echo ran >> {TARGETS['marks']}/system") != 0:
        raise Refused("no shell was started")
    return "ran"


def _python() -> str:
    return subprocess.check_output([sys.executable, "-I", "-S", "-c", "print('ran')"], text=True)


def _spawn() -> str:
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)
    return "ran"


def _fork() -> str:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "forked"


def _fork_exec() -> str:
    """Start a program without any of the interpreter's audit events."""
    import _posixsubprocess  # noqa: PLC0415 - as an attacker would

    read, write = os.pipe()
    program, old = [b"/bin/true"], (-1, -1, -1, -1, -1, -1)
    rest: tuple[object, ...] = (read, write, False, False, -1, None, None, None, -1, None, False)
    start: Callable[..., int] = _posixsubprocess.fork_exec
    try:
        pid = start([b"true"], program, True, (write,), None, None, *old, *rest)
        os.waitpid(pid, 0)
        os.close(write)
        if os.read(read, 64):
            raise Refused("the program was not started")
        return "ran"
    finally:
        os.close(read)


def _exec() -> str:
    """Become another program: one that is not there, so that this one lives on to tell."""
    try:
        os.execv("/nowhere/at/all", ["all"])
    except FileNotFoundError:
        return "was let through: no such file"


def _memory_program() -> str:
    fd = os.memfd_create("program")
    try:
        os.write(fd, b"#!/bin/true\n")
        return f"made memory that can be run: {fd}"
    finally:
        os.close(fd)


def _thread() -> str:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    return "a thread, whose rights are its own"


# -- ways out ------------------------------------------------------------------------------------------------


def _send(family: int, kind: int, protocol: int, address: tuple[str, int]) -> str:
    with socket.socket(family, kind, protocol) as sock:
        sock.settimeout(1)
        sock.connect(address)
        sock.send(b"EXFIL")
    return "sent"


def _datagram() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"EXFIL", _port("udp"))
    return "sent"


def _by_loop() -> str:
    """Through an event loop's own connect, in a thread of its own where one runs already."""

    async def dial() -> None:
        _, writer = await asyncio.open_connection(*_port())
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


def _post() -> str:
    host, port = _port()
    try:
        urllib.request.urlopen(f"http://{host}:{port}/", b"EXFIL", 0.3).close()
    except TimeoutError:
        return "sent, no answer awaited"
    return "sent"


def _fast_open() -> str:
    with socket.socket() as sock:
        sock.sendto(b"EXFIL", _FASTOPEN, _port())
    return "sent"


def _fast_open_connect() -> str:
    with socket.socket() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, 30, 1)  # TCP_FASTOPEN_CONNECT
        sock.connect(_port())
        sock.send(b"EXFIL")
    return "sent"


def _by_libc() -> str:
    """Connect by the C library, where no hook of the interpreter's looks."""
    library = ctypes.CDLL(None, use_errno=True)
    fd = library.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    address = struct.pack("=HHI8x", socket.AF_INET, socket.htons(_port()[1]), socket.htonl(0x7F00_0001))
    buffer = ctypes.create_string_buffer(address, len(address))
    if fd < 0 or library.connect(fd, buffer, len(address)) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    os.write(fd, b"EXFIL")
    os.close(fd)
    return "sent"


def _opened(family: int, kind: int, protocol: int = 0) -> str:
    socket.socket(family, kind, protocol).close()
    return "opened"


def _unix_path() -> str:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(TARGETS["docker"])
    return "connected"


def _unix_abstract() -> str:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect("\0" + TARGETS["abstract"])
    return "connected"


def _backdoor() -> str:
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


def _listener_turned(way: Callable[[socket.socket], object]) -> str:
    with _listener() as sock:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            if error.errno != errno.EPERM:
                raise
            # Refused: then try without.
        way(sock)
    return "sent"


def _connected(sock: socket.socket) -> None:
    sock.connect(_port())
    sock.send(b"EXFIL")


def _addressed() -> str:
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


def _own_code() -> str:
    return _changed(str(TARGETS["package"]) + "/egress/process.py")


def _own_bytecode() -> str:
    folder = Path(TARGETS["package"]) / "egress" / "__pycache__"
    return _written(folder / "replay.pyc")


def _renamed() -> str:
    os.rename(_home("movable"), _home("moved"))  # noqa: PTH104 - as an attacker would
    os.rename(_home("moved"), _home("movable"))  # noqa: PTH104
    return "renamed"


def _mode() -> str:
    os.chmod(_home("movable"), 0o777)  # noqa: PTH101
    return "changed a file's mode"


def _linked() -> str:
    link = _home(f"link-{os.getpid()}")
    os.symlink("/etc/shadow", link)  # noqa: PTH211
    link.unlink()
    return "made a link"


# -- code and kernel -----------------------------------------------------------------------------------------


def _writable_code() -> str:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
    return "memory that can be written and run"


def _made_executable() -> str:
    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    at = library.mmap(None, ctypes.c_size_t(4096), 3, 0x22, -1, ctypes.c_long(0))
    if library.mprotect(ctypes.c_void_p(at), ctypes.c_size_t(4096), 5) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "memory made executable"


def _library() -> str:
    """Load a library that was dropped: here a copy of one of the interpreter's."""
    path = TARGETS["library"]
    loader = importlib.machinery.ExtensionFileLoader("_testreplay", path)
    ctypes.CDLL(path)
    return f"loaded {Path(loader.path).name}"


def _library_in_memory() -> str:
    fd = os.memfd_create("library")
    with open(TARGETS["library"], "rb") as source:  # noqa: PTH123
        os.write(fd, source.read())
    ctypes.CDLL(f"/proc/self/fd/{fd}")
    return "loaded from memory"


def _patched() -> str:
    buffer = ctypes.create_string_buffer(b"safe")
    with open("/proc/self/mem", "r+b", buffering=0) as memory:  # noqa: PTH123
        memory.seek(ctypes.addressof(buffer))
        memory.write(b"EVIL")
    return f"patched itself: {buffer.value!r}"


def _signal() -> str:
    os.kill(int(TARGETS["outsider"]), 0)
    return "may signal it"


def _neighbour_memory() -> str:
    local = ctypes.create_string_buffer(8)
    vector = struct.pack("=QQ", ctypes.addressof(local), 8)
    own = ctypes.create_string_buffer(vector, 16)
    return _call(310, int(TARGETS["outsider"]), ctypes.addressof(own), 1, ctypes.addressof(own), 1, 0)


def _core() -> str:
    import resource  # noqa: PLC0415 - not part of every build

    resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 1 << 20))
    return "core files would be written"


def _dumpable() -> str:
    answer = _call(157, 4, 1, 0, 0, 0)
    _call(157, 4, 0, 0, 0, 0)
    return answer


def _loopback6() -> str:
    with socket.socket(socket.AF_INET6) as sock:
        sock.settimeout(1)
        sock.connect(("::1", int(TARGETS["tcp6"])))
        sock.send(b"EXFIL")
    return "sent"


def _terminal() -> str:
    """Type into the terminal it was started from (TIOCSTI)."""
    try:
        fcntl.ioctl(2, 0x5412, b"x")
    except OSError as error:
        if error.errno in {errno.EPERM, errno.EACCES}:
            raise
    return "was let through"


def _tcp(way: Callable[[socket.socket], object]) -> Callable[[], str]:
    return lambda: _listener_turned(way)


# name: (kind, what it does)
STEPS: dict[str, tuple[str, Callable[[], str]]] = {
    "SSH key": ("read", lambda: _read(_home(".ssh/id_ed25519"))),
    "cloud credentials (~/.aws)": ("read", lambda: _read(_home(".aws/credentials"))),
    "cloud credentials (gcloud)": ("read", lambda: _read(_home(".config/gcloud/application_default_credentials.json"))),
    "Kubernetes token": ("read", lambda: _read(TARGETS["token"])),
    "shell history": ("read", lambda: _read(_home(".bash_history"))),
    ".env and Git credentials": ("read", lambda: _read(_home(".env")) + _read(_home(".git-credentials"))),
    "a canary by way of /proc/self/root": ("read", lambda: _read(f"/proc/self/root{_home('.ssh/id_ed25519')}")),
    "list the home folder": ("read", lambda: f"listed {len(os.listdir(TARGETS['home']))}"),  # noqa: PTH208
    "/etc/shadow": ("read", lambda: _read("/etc/shadow")),
    "the configuration file": ("read", lambda: _read(TARGETS["config"])),
    "environment (os.environ)": ("read", _environment),
    "environment (/proc/self/environ)": ("read", _own_environ),
    "another process's environment": ("read", lambda: _read(f"/proc/{TARGETS['outsider']}/environ")),
    "list processes": ("read", lambda: f"listed {len(os.listdir('/proc'))}"),  # noqa: PTH208
    "provider key: Python's objects": ("read", _objects),
    "provider key: own memory": ("read", _own_memory),
    "provider key: open descriptors": ("read", _descriptors),
    "a file by its handle": ("read", _handle),
    "shell (subprocess)": ("spawn", _shell),
    "os.system": ("spawn", _system),
    "python again (the fork bomb of 2026)": ("spawn", _python),
    "posix_spawn": ("spawn", _spawn),
    "fork": ("spawn", _fork),
    "_posixsubprocess.fork_exec": ("spawn", _fork_exec),
    "exec": ("spawn", _exec),
    "a program in memory (memfd)": ("spawn", _memory_program),
    "a thread from before the seal": ("spawn", _thread),
    "TCP": ("exfil", lambda: _send(socket.AF_INET, socket.SOCK_STREAM, 0, _port())),
    "TCP over IPv6": ("exfil", _loopback6),
    "metadata service (stand-in)": ("exfil", lambda: _send(socket.AF_INET, socket.SOCK_STREAM, 0, _port("metadata"))),
    "an event loop's connect": ("exfil", _by_loop),
    "HTTP POST (urllib)": ("exfil", _post),
    "connect by the C library": ("exfil", _by_libc),
    "UDP": ("exfil", _datagram),
    "UDP, connected": ("exfil", lambda: _send(socket.AF_INET, socket.SOCK_DGRAM, 0, _port("udp"))),
    "TCP fast open": ("exfil", _fast_open),
    "TCP_FASTOPEN_CONNECT": ("exfil", _fast_open_connect),
    "MPTCP": ("exfil", lambda: _send(socket.AF_INET, socket.SOCK_STREAM, 262, _port())),
    "listener, shutdown, sendto fast open": ("exfil", _tcp(lambda s: s.sendto(b"EXFIL", _FASTOPEN, _port()))),
    "listener, shutdown, sendmsg fast open": (
        "exfil", _tcp(lambda s: s.sendmsg([b"EXFIL"], [], _FASTOPEN, _port())),
    ),
    "listener, shutdown, connect": ("exfil", _tcp(_connected)),
    "raw socket": ("exfil", lambda: _opened(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)),
    "packet socket": ("exfil", lambda: _opened(socket.AF_PACKET, socket.SOCK_RAW)),
    "netlink": ("exfil", lambda: _opened(socket.AF_NETLINK, socket.SOCK_RAW)),
    "vsock": ("exfil", lambda: _opened(socket.AF_VSOCK, socket.SOCK_STREAM)),
    "docker.sock": ("exfil", _unix_path),
    "abstract UNIX socket": ("exfil", _unix_abstract),
    "datagram to a UNIX path": ("exfil", _addressed),
    "back door (bind, listen)": ("exfil", _backdoor),
    "~/.config/sysmon/sysmon.py": ("persist", lambda: _written(_home(".config/sysmon/sysmon.py"))),
    "systemd user unit": ("persist", lambda: _written(_home(".config/systemd/user/sysmon.service"))),
    "~/.bashrc": ("persist", lambda: _written(_home(".bashrc"))),
    "authorized_keys": ("persist", lambda: _written(_home(".ssh/authorized_keys"))),
    "a .pth in site-packages": ("persist", lambda: _written(Path(TARGETS["site"]) / "replay_again.pth", "")),
    "own source (egress)": ("persist", _own_code),
    "own byte code (egress)": ("persist", _own_bytecode),
    "a file in /tmp": ("persist", lambda: _written(Path(TARGETS["marks"]) / f"dropped-{os.getpid()}")),
    "a file in /dev/shm": ("persist", lambda: _written(Path(TARGETS["shm"]) / f"dropped-{os.getpid()}")),
    "rename a file": ("persist", _renamed),
    "change a file's mode": ("persist", _mode),
    "a symbolic link": ("persist", _linked),
    "writable and executable memory": ("code", _writable_code),
    "memory made executable": ("code", _made_executable),
    "a dropped library": ("code", _library),
    "a library in memory": ("code", _library_in_memory),
    "patch itself (/proc/self/mem)": ("code", _patched),
    "signal another process": ("kernel", _signal),
    "another process's memory": ("kernel", _neighbour_memory),
    "ptrace": ("kernel", lambda: _call(101, 16, int(TARGETS["outsider"]), 0, 0)),
    "pidfd_open": ("kernel", lambda: _call(434, int(TARGETS["outsider"]), 0)),
    "io_uring": ("kernel", lambda: _call(425, 1, 0)),
    "user namespace": ("kernel", lambda: _call(272, -1)),
    "enter a namespace": ("kernel", lambda: _call(308, -1, 0)),
    "mount": ("kernel", lambda: _call(165, 0, 0, 0, 0, 0)),
    "chroot": ("kernel", lambda: _call(161, 0)),
    "bpf": ("kernel", lambda: _call(321, -1, 0, 0)),
    "perf events": ("kernel", lambda: _call(298, 0, 0, -1, -1, 0)),
    "userfaultfd": ("kernel", lambda: _call(323, -1)),
    "kernel keys (keyctl)": ("kernel", lambda: _call(250, 0, -3, 0, 0, 0)),
    "clone3": ("kernel", lambda: _call(435, 0, 0)),
    "type into the terminal": ("kernel", _terminal),
    "core files": ("kernel", _core),
    "memory open to others (dumpable)": ("kernel", _dumpable),
}  # fmt: skip


def run(when: str) -> None:
    """Take every step once and tell how each went: `{"when", "who", "steps": {name: [got, what]}}`."""
    if when in _DONE:
        return
    _DONE.add(when)
    outcome: dict[str, tuple[bool, str]] = {}
    running = asyncio._get_running_loop()
    for name, (_, step) in STEPS.items():
        try:
            outcome[name] = (True, str(step()).strip()[:80])
        except BaseException as error:  # noqa: BLE001 - whatever happens is what is told
            outcome[name] = (False, f"{type(error).__name__}: {error}"[:80])
        asyncio._set_running_loop(running)
    told = {"when": when, "who": _who(), "pid": os.getpid(), "steps": outcome}
    line = f"\n{MARK}{json.dumps(told)}\n".encode()
    while line:
        line = line[os.write(2, line) :]


def _who() -> str:
    """Return the role of this process, by its command line."""
    words = sys.argv
    roles = {"edge", "egress", "control", "recorder"}
    return next((word for word in words if word in roles), "supervisor")


def planted(targets: dict[str, str]) -> str:
    """Return this file's text with `targets` in it."""
    text = Path(__file__).read_text(encoding="utf-8")
    return text.replace("TARGETS: dict[str, str] = {}", f"TARGETS: dict[str, str] = {targets!r}", 1)
