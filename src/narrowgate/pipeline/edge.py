"""Everything calls share in one edge: settings, keys, ways out, where records go."""

from collections.abc import Callable
from typing import Protocol

from narrowgate.config.snapshot import EdgeSettings
from narrowgate.identity.response_ids import ResponseIds
from narrowgate.model.record import CallRecord
from narrowgate.pipeline.polling import Polling, is_polled
from narrowgate.pipeline.ports import Counters, Journal, Timer, Transport
from narrowgate.pipeline.principal import Principals
from narrowgate.pipeline.router import Router
from narrowgate.pipeline.target import Target, Targets
from narrowgate.policy.routing.vitals import Ward


class Tally(Protocol):
    """Counts ended calls for the metrics."""

    def settled(self, record: CallRecord) -> None:
        """Count one call."""

    def refused(self, status: int) -> None:
        """Count a request that never became a call."""

    def internal_error(self) -> None:
        """Count a bug."""

    def fetched(self, outcome: str, size_bytes: int) -> None:
        """Count something that a client named by URL; `outcome` is "fetched", or why it was not."""


class CallLog(Protocol):
    """Writes a line about an ended call, if such lines are wanted."""

    def settled(self, record: CallRecord) -> None:
        """Maybe write a line."""

    def fetched(self, call_id: str, host: str, outcome: str, size_bytes: int) -> None:
        """Maybe write a line about something that a client named by URL."""


class Clock(Protocol):
    """Where time comes from."""

    def work_ns(self) -> int:
        """Monotonic nanoseconds for durations."""

    def unix_ms(self) -> int:
        """Unix time in milliseconds."""


class Edge:
    """One edge's shared state. `principals` is replaced as a whole when keys change.

    `later` does something after nanoseconds, never at once; `random` gives numbers from 0 to 1.
    """

    __slots__ = (
        "_detours",
        "call_log",
        "call_prefix",
        "calls",
        "clock",
        "counters",
        "demo",
        "journal",
        "later",
        "number",
        "ping_ns",
        "principals",
        "response_ids",
        "router",
        "settings",
        "tally",
        "targets",
        "transport",
        "window_of",
        "work_ns",
    )

    def __init__(  # noqa: PLR0913 - the composition root passes each part once
        self,
        settings: EdgeSettings,
        *,
        transport: Transport,
        demo: Transport,
        journal: Journal,
        counters: Counters,
        tally: Tally,
        call_log: CallLog,
        clock: Clock,
        window_of: Callable[[str, int], int],
        later: Callable[[int, Callable[[], None]], Timer],
        random: Callable[[], float],
        call_prefix: str,
        edges: int = 1,
        id_secret: bytes = b"",
    ) -> None:
        self.settings = settings
        self.transport = transport
        self.demo = demo
        self.journal = journal
        self.counters = counters
        self.tally = tally
        self.call_log = call_log
        self.clock = clock
        self.work_ns = clock.work_ns
        self.window_of = window_of
        self.principals = Principals(())
        self.later = later
        ward = Ward(settings.routing, clock.unix_ms, edges)
        self.targets = Targets(settings, ward)
        self.router = Router(settings, self.targets, ward, clock.unix_ms, random)
        self.call_prefix = call_prefix
        self.response_ids = ResponseIds(id_secret)
        self.number = 0
        # Providers that are not simply asked over the transport.
        self._detours = frozenset(view.name for view in settings.providers if view.is_demo or is_polled(view))
        self.ping_ns = int(settings.streams.ping_s * 1_000_000_000)
        self.calls = 0

    def next_call_id(self) -> str:
        """Return an id no other call of this installation has."""
        self.number += 1
        return f"{self.call_prefix}{self.number:08x}"

    def way_to(self, target: Target) -> Transport:
        """Return the transport that reaches `target`."""
        if target.provider.name not in self._detours:
            return self.transport
        return self.demo if target.provider.is_demo else Polling(self.transport, target, self.later)
