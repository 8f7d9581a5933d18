"""One child process: how it is started, what it has told, when it may be started again."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from narrowgate.sealed.running import child_start, place
from narrowgate.supervisor.channel import Channel, pair
from narrowgate.supervisor.child import REQUIRED

_CALM_S = 30.0
_FIRST_DELAY_S = 0.2
_LONGEST_DELAY_S = 5.0
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


class Child:
    """A running child. `name` is role and slot; `generation` the configuration it runs on."""

    def __init__(self, role: str, slot: int, generation: int) -> None:
        self.role = role
        self.slot = slot
        self.generation = generation
        self.column = 0
        self.writer = 0
        self.segments = 0
        self.is_ready = False
        self.is_sharing = False
        self.is_leaving = False
        self.channel: Channel | None = None
        self.started_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """How log lines call it."""
        return f"{self.role}-{self.slot}" if self.role == "edge" else self.role

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid if self._process is not None else 0

    def start(self, settings: bytes, fds: Sequence[int], now_s: float, *, is_seal_required: bool) -> None:
        """Start the process with `settings` in memory and the descriptors `fds`.

        Nothing secret is on its command line or in its environment. It ends at once where it must be
        sealed and cannot be.
        """
        memory = memory_file(settings)
        self.channel, theirs = pair()
        self.started_s = now_s
        start = child_start("narrowgate.supervisor.child", place())
        command = [
            *start.words,
            *(self.role, str(memory), str(theirs.fileno())),
            *([REQUIRED] if is_seal_required else []),
        ]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this very program
                command,
                stdin=subprocess.DEVNULL,
                env=_environment(),
                pass_fds=(memory, theirs.fileno(), *start.fds, *fds),
            )
        finally:
            os.close(memory)
            theirs.close()

    def exit_status(self) -> int | None:
        """Return how it ended (negative: by that signal), None while it runs."""
        return self._process.poll() if self._process is not None else 0

    def kill(self) -> None:
        """End it without asking."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Let the channel go."""
        if self.channel is not None:
            self.channel.close()
            self.channel = None


class Backoff:
    """When a child that keeps crashing may be started again: at once, then ever later."""

    def __init__(self) -> None:
        self._crashes: dict[str, int] = {}

    def delay_s(self, name: str, lived_s: float) -> float:
        """Note a crash after `lived_s`; return how long to wait."""
        count = 0 if lived_s > _CALM_S else self._crashes.get(name, 0)
        self._crashes[name] = count + 1
        return 0.0 if count == 0 else min(_FIRST_DELAY_S * 2.0 ** (count - 1), _LONGEST_DELAY_S)


def memory_file(data: bytes) -> int:
    """Return a descriptor of a file in memory that holds `data`."""
    fd = os.memfd_create("narrowgate-settings", os.MFD_CLOEXEC)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    return fd


def _environment() -> dict[str, str]:
    """Return what children see of the environment: how to find this package, how to keep memory, nothing else."""
    return {
        "PYTHONPATH": str(_PACKAGE_ROOT),
        "LANG": "C.UTF-8",
        # glibc gives memory back to the kernel after each long body and takes it anew for the next, a third of
        # what such a call costs. So up to 16 MiB stay when free; what is longer than 4 MiB goes (mallopt(3)).
        "MALLOC_TRIM_THRESHOLD_": str(16 << 20),
        "MALLOC_MMAP_THRESHOLD_": str(4 << 20),
    }
