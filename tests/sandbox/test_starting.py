"""What may be done while code is loaded: read code, and little else."""

import asyncio
import ctypes
import errno
import importlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from narrowgate.sandbox import kernel
from narrowgate.sandbox.apply import seal_process
from narrowgate.sandbox.kernel import call
from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.profile import PROFILES, Role
from narrowgate.sandbox.resolving import library_folders
from narrowgate.sandbox.seccomp import ABSENT, ALWAYS
from narrowgate.sandbox.starting import code_places, confine, filter_of
from tests.sandbox.forked import in_child

pytestmark = pytest.mark.skipif(
    bool(kernel.look().missing()), reason=f"this kernel cannot seal: {'; '.join(kernel.look().missing())}"
)
EPERM, EACCES = f"PermissionError {errno.EPERM}", f"PermissionError {errno.EACCES}"
LOADING = [Role.EDGE, Role.CONTROL, Role.RECORDER, Role.SUPERVISOR]
FORBIDDEN: dict[str, Callable[[], object]] = {
    "a file": lambda: Path("/etc/passwd").read_bytes(),
    "its environment": lambda: Path("/proc/self/environ").read_bytes(),
    "a folder": lambda: list(Path("/").iterdir()),
    "a new file": lambda: Path("/tmp/narrowgate-first-seal").write_text(""),
    "a program": lambda: subprocess.check_output(["/bin/true"]),
    "a process": os.fork,
    "memory for programs": lambda: os.memfd_create("x"),
    "a socket": socket.socket,
    "a Unix socket": lambda: socket.socket(socket.AF_UNIX),
    "a signal": lambda: os.kill(os.getppid(), 0),
    "being dumpable again": lambda: call("prctl", 4, 1, 0, 0, 0),
}


def confined(role: Role, act: Callable[[], object], openings: Openings | None = None) -> str:
    """Return what `act` gave in a child with the first seal on."""

    def confine_and_act() -> object:
        assert confine(role, openings or Openings())
        return act()

    return in_child(confine_and_act)


@pytest.mark.parametrize("role", LOADING, ids=lambda role: role.value)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_code_that_is_loaded_may_not_have(role: Role, what: str) -> None:
    assert confined(role, FORBIDDEN[what]) in {EPERM, EACCES}


def test_no_thread_is_started_before_the_second_seal() -> None:
    assert confined(Role.EDGE, threading.Thread(target=int).start).startswith("RuntimeError")


def test_no_ring_is_made() -> None:
    ring = partial(call, "io_uring_setup", 1, ctypes.addressof(ctypes.create_string_buffer(256)))
    assert confined(Role.EDGE, ring) == f"OSError {errno.ENOSYS}"


def test_code_can_be_loaded_and_a_loop_be_made() -> None:
    def load() -> str:
        uvloop = importlib.import_module("uvloop")
        uvloop.run(asyncio.sleep(0))
        return str(importlib.import_module("httptools").__name__)

    assert confined(Role.EDGE, load) == "httptools"


def test_the_second_seal_goes_on_top_of_it(tmp_path: Path) -> None:
    def seal() -> object:
        before = Path(os.__file__).read_bytes()[:1]
        report = seal_process(Role.RECORDER, Openings(write=(str(tmp_path),)), is_required=True)
        assert before
        (tmp_path / "kept").write_text("x")
        try:
            Path(os.__file__).read_bytes()
        except PermissionError:
            return report.missing
        return "code can still be read"

    assert confined(Role.RECORDER, seal, Openings(write=(str(tmp_path),))) == "()"


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_it_takes_nothing_that_the_second_seal_leaves(role: Role) -> None:
    first, final = filter_of(role).calls, PROFILES[role].filter.calls
    for name, allowed in final.items():
        assert first[name] == ALWAYS or set(allowed) <= set(first[name]) or allowed == ABSENT


def test_where_the_c_library_lies_can_be_asked() -> None:
    assert confined(Role.MERGED_EDGE, lambda: bool(library_folders())) == "True"
    assert confined(Role.SUPERVISOR, lambda: bool(library_folders())) == "True"


def test_places_of_code_are_real_folders() -> None:
    places = code_places(["", "/tmp/../tmp"])
    assert "/tmp" in places
    assert "" not in places
    assert str(Path(os.__file__).parent.resolve()) in places
    assert str(Path(sys.modules["narrowgate"].__path__[0]).resolve()) in places
