"""What a relay needs of the call it works for, and of who reads along."""

from collections.abc import Sequence
from typing import Protocol

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Event
from narrowgate.model.usage import Usage
from narrowgate.wire.answer import Head


class Listener(Protocol):
    """Reads along with a stream."""

    def take(self, data: bytes) -> None:
        """Take whole events that are sent to the client."""

    def note(self, events: Sequence[Event]) -> None:
        """Take what they say, where that is known."""


class Owner(Protocol):
    """The call a relay works for."""

    __slots__ = ()

    def started(self, *, is_stream: bool) -> None:
        """The answer's head came; `is_stream` when events follow."""

    def progressed(self) -> None:
        """Something came from the provider."""

    def ending(self) -> None:
        """The answer is whole; what may still come is the end of its stream, which is not waited for long."""

    def own_lines(self, cost_usd_e9: int | None, since_ns: int) -> bytes:
        """Return the gateway's own header lines; work since `since_ns` counts as its overhead."""

    def cost_of(self, usage: Usage | None) -> int | None:
        """Return what `usage` costs, None when unknown."""

    def finish(self, status: int, data: bytes, fault: FaultKind | None, usage: Usage | None) -> None:
        """Settle the call and deliver `data`, the last bytes of the answer."""

    def fail(self, fault: Fault) -> None:
        """Answer with `fault`: nothing has been sent yet."""

    def lost(self, fault: Fault, head: Head | None = None) -> bool:
        """Hear that this attempt failed before anything was sent, its exchange given back or aborted.

        `head` is the provider's, if the fault is what it answered.

        True when the call goes on without this relay, which then says nothing more.
        """

    def interrupted(self, fault: Fault) -> bool:
        """Hear that this attempt failed after some of its answer was sent, its exchange aborted.

        True when another answer goes on where this one stopped; this relay then says nothing more.
        """

    def work_ns(self) -> int:
        """Monotonic nanoseconds."""
