"""One child process: how it is started, what it has told, when it may be started again."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.profile import Role
from narrowgate.supervisor.channel import Channel, pair
from narrowgate.supervisor.hands import Hands, Running
from narrowgate.supervisor.starting import Wanted, fill

_CALM_S = 30.0
_FIRST_DELAY_S = 0.2
_LONGEST_DELAY_S = 5.0


class Handed(NamedTuple):
    """What a child is given: settings, descriptors, and what must stay open to it while it starts."""

    role: Role
    settings: bytes
    fds: Sequence[int] = ()
    openings: Openings = Openings()


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
        self._process: Running | None = None

    @property
    def name(self) -> str:
        """How log lines call it."""
        return f"{self.role}-{self.slot}" if self.role == "edge" else self.role

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid if self._process is not None else 0

    def start(self, handed: Handed, now_s: float, hands: Hands, *, is_seal_required: bool) -> None:
        """Start the process with what it is handed. It ends at once where it must be sealed and cannot be."""
        memory = hands.memory()
        self.channel, theirs = pair()
        self.started_s = now_s
        try:
            fill(memory, handed.settings)
            pairs = [(fd, fd) for fd in handed.fds]
            wanted = Wanted(self.role, handed.role, handed.openings, memory, theirs.fileno(), pairs, is_seal_required)
            self._process = hands.start(wanted)
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
