"""How a child process is started, by whoever may start processes. Standard library only."""

import importlib.util
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.profile import Role
from narrowgate.sealed.running import child_start, place
from narrowgate.supervisor.child import CHILD, REQUIRED

# What of others' code children load, with the distribution that it comes from. The supervisor reads YAML as well.
_LIBRARIES: Mapping[str, str] = {"uvloop": "uvloop", "httptools": "httptools", "msgspec": "msgspec"}
_READER: Mapping[str, str] = {"yaml": "PyYAML"}


class Wanted(NamedTuple):
    """A child to be started: what it is called, what it may while it starts, settings and channel as descriptors.

    `fds` are what else it gets, each with the number that its settings call it by.
    """

    name: str
    role: Role
    openings: Openings
    settings: int
    channel: int
    fds: Sequence[tuple[int, int]] = ()
    is_seal_required: bool = False

    def room(self) -> str:
        """Return what the child must know before it reads its settings; `child.py` reads it."""
        opened = self.openings
        return json.dumps([self.role.value, opened.read, opened.write, sorted(opened.connect_ports), self.fds])


def start_process(wanted: Wanted, *, has_own_group: bool = False) -> subprocess.Popen[bytes]:
    """Start it. Nothing secret is on its command line or in its environment."""
    start = child_start(CHILD, place(), library_places(wanted.role))
    command = [
        *start.words,
        *(wanted.name, str(wanted.settings), str(wanted.channel), wanted.room()),
        *([REQUIRED] if wanted.is_seal_required else []),
    ]
    return subprocess.Popen(  # noqa: S603 - this very program
        command,
        stdin=subprocess.DEVNULL,
        env=_environment(),
        pass_fds=(wanted.settings, wanted.channel, *start.fds, *(have for _, have in wanted.fds)),
        process_group=0 if has_own_group else None,
    )


def libraries_of(role: Role) -> Mapping[str, str]:
    """Return the packages of others that a process is given to load, with their distributions; the egress has none."""
    if role is Role.EGRESS:
        return {}
    return {**_LIBRARIES, **_READER} if role is Role.SUPERVISOR else _LIBRARIES


def library_places(role: Role) -> tuple[str, ...]:
    """Return the folders that others' code is in; none in a sealed file, which brings it along."""
    if place() is not None:
        return ()
    specs = (importlib.util.find_spec(name) for name in libraries_of(role))
    return tuple(dict.fromkeys(str(Path(spec.origin).parents[1]) for spec in specs if spec and spec.origin))


def memory_file(data: bytes, name: str = "settings") -> int:
    """Return a descriptor of a file in memory that holds `data`; `name` is shown among a process's descriptors."""
    fd = os.memfd_create(f"narrowgate-{name}", os.MFD_CLOEXEC)
    fill(fd, data)
    return fd


def fill(fd: int, data: bytes) -> None:
    """Write all of `data`."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _environment() -> dict[str, str]:
    """Return what children see of the environment: how to keep memory, nothing else."""
    return {
        "LANG": "C.UTF-8",
        # glibc gives memory back to the kernel after each long body and takes it anew for the next, a third of
        # what such a call costs. So up to 16 MiB stay when free; what is longer than 4 MiB goes (mallopt(3)).
        "MALLOC_TRIM_THRESHOLD_": str(16 << 20),
        "MALLOC_MMAP_THRESHOLD_": str(4 << 20),
    }
