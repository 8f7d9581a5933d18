"""How a turned dependency gets at what is not its own: canaries, and programs. Text of the payload."""

import ctypes
import errno
import gc
import os
import re
import struct
import subprocess
import sys
import threading
from pathlib import Path

TARGETS: dict[str, str] = {}
# The key as a pattern: this file, in a process's memory, is no hit.
KEY = re.compile(rb"sk-canary-provider-key-\d{10}")


class Refused(Exception):
    """The step came to nothing without an error of the kernel's."""


def port(name: str = "tcp") -> tuple[str, int]:
    return "127.0.0.1", int(TARGETS[name])


def home(name: str) -> Path:
    return Path(TARGETS["home"]) / name


def call(number: int, *words: int) -> str:
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


def read(path: Path | str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 - also descriptors' paths
        return f"read {file.read(64)!r}"


def written(path: Path, text: str = "mark") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
    return f"wrote {path.name}"


# -- canaries ------------------------------------------------------------------------------------------------


def environment() -> str:
    found = [name for name, value in os.environ.items() if "CANARY" in value or KEY.search(value.encode())]
    if not found:
        raise Refused("nothing of use in it")
    return f"found {', '.join(found)}"


def own_environ() -> str:
    data = Path("/proc/self/environ").read_bytes()
    if not KEY.search(data) and b"CANARY" not in data:
        raise Refused("nothing of use in it")
    return "found a canary"


def _parts(one: object) -> list[object]:
    """Return what an object holds, without asking the collector: that keeps some interpreters from ending."""
    if isinstance(one, dict):
        return list(one.values())
    if isinstance(one, list | tuple | set):
        return list(one)
    slots = getattr(type(one), "__slots__", ())
    return [getattr(one, name, None) for name in slots if isinstance(name, str)] if isinstance(slots, tuple) else []


def objects() -> str:
    for one in gc.get_objects():
        for part in _parts(one):
            if isinstance(part, bytes | str) and KEY.search(
                part.encode("utf-8", "replace") if isinstance(part, str) else part
            ):
                return "found the provider's key"
    raise Refused("no key among this process's objects")


def own_memory() -> str:
    with open("/proc/self/mem", "rb", buffering=0) as memory:  # noqa: PTH123 - as an attacker would
        for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
            where, rights, *_ = line.split()
            low, high = (int(word, 16) for word in where.split("-"))
            if rights.startswith("rw") and high - low < 1 << 26:
                memory.seek(low)
                if KEY.search(memory.read(high - low)):
                    return "found the provider's key"
    raise Refused("no key in this process's memory")


def descriptors() -> str:
    for fd in range(3, 256):
        try:
            size = os.fstat(fd).st_size
            if size < 1 << 24 and KEY.search(os.pread(fd, size, 0)):
                return f"found the provider's key in descriptor {fd}"
        except OSError:
            continue
    raise Refused("no key in any open descriptor")


def handle() -> str:
    """Open a file by its handle, past the checks of paths (what a container escape of 2014 did)."""
    library = ctypes.CDLL(None, use_errno=True)
    handle = ctypes.create_string_buffer(struct.pack("=Ii", 8, 1) + struct.pack("=Q", 2))
    fd = library.open_by_handle_at(-100, ctypes.addressof(handle), os.O_RDONLY)
    code = ctypes.get_errno()
    if fd < 0 and code in {errno.EPERM, errno.EACCES, errno.ENOSYS}:
        raise OSError(code, os.strerror(code))
    return "was let through"


# -- programs ------------------------------------------------------------------------------------------------


def shell() -> str:
    return subprocess.check_output(["/bin/sh", "-c", f"echo ran >> {TARGETS['marks']}/shell; echo ran"], text=True)


def by_system() -> str:
    if os.system(f"echo ran >> {TARGETS['marks']}/system") != 0:
        raise Refused("no shell was started")
    return "ran"


def python() -> str:
    return subprocess.check_output([sys.executable, "-I", "-S", "-c", "print('ran')"], text=True)


def spawned() -> str:
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)
    return "ran"


def forked() -> str:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "forked"


def fork_exec() -> str:
    """Start a program without any of the interpreter's audit events."""
    import _posixsubprocess  # noqa: PLC0415 - as an attacker would

    read, write = os.pipe()
    program, old = [b"/bin/true"], (-1, -1, -1, -1, -1, -1)
    rest: tuple[object, ...] = (read, write, False, False, -1, None, None, None, -1, None, False)
    words = ([b"true"], program, True, (write,), None, None, *old, *rest)
    try:
        pid = _posixsubprocess.fork_exec(*words)  # type: ignore[arg-type] # not told by its types
        os.waitpid(pid, 0)
        os.close(write)
        if os.read(read, 64):
            raise Refused("the program was not started")
        return "ran"
    finally:
        os.close(read)


def become() -> str:
    """Become another program: one that is not there, so that this one lives on to tell."""
    try:
        os.execv("/nowhere/at/all", ["all"])
    except FileNotFoundError:
        return "was let through: no such file"


def memory_program() -> str:
    fd = os.memfd_create("program")
    try:
        os.write(fd, b"#!/bin/true\n")
        return f"made memory that can be run: {fd}"
    finally:
        os.close(fd)


def a_thread() -> str:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    return "a thread, whose rights are its own"
