"""What a call needs from the world: a way to reach providers, and someone who listens."""

from enum import Enum
from typing import Protocol


class Receiver(Protocol):
    """Hears what happens to one exchange with a provider. Called from the event loop, in order.

    After `ended` or `failed` nothing more is called.
    """

    def received(self, data: bytes) -> None:
        """Take answer bytes exactly as the provider sent them, framing included."""

    def ended(self) -> None:
        """The provider closed its side; whether that was the end is for the reader to know."""

    def failed(self, stage: str, message: str) -> None:
        """No connection, or it broke. `stage` is connect, tls, proxy, identity, busy, broken or egress."""

    def pause_body(self) -> None:
        """Stop writing the request body until `resume_body`."""

    def resume_body(self) -> None:
        """Go on writing the request body."""


class Exchange(Protocol):
    """One request to a provider and its answer, under way."""

    def write(self, data: bytes) -> None:
        """Send more of the request body."""

    def pause(self) -> None:
        """Stop reading the answer: the client is slower than the provider."""

    def resume(self) -> None:
        """Go on reading the answer."""

    def release(self) -> None:
        """The answer is complete and the connection can carry another exchange."""

    def abort(self) -> None:
        """Close the connection at once: the provider should stop working."""


class Transport(Protocol):
    """Opens exchanges. Two adapters: in this process, or through the egress process."""

    def open(self, origin: int, request_line: bytes, head: bytes, body: bytes, receiver: Receiver) -> Exchange:
        """Send a request to origin number `origin`.

        `request_line` ends in CRLF; `head` is the header lines without host and credentials (the
        transport adds both) and an empty line. `body` is the first bytes of the body: apart, since
        a long one is not to be copied on its way.
        """


class Timer(Protocol):
    """Something that will be done later."""

    def cancel(self) -> None:
        """Do not do it."""


class Verdict(Enum):
    """What became of a reservation."""

    GRANTED = "granted"
    OVER_BUDGET = "over_budget"
    RATE_LIMITED = "rate_limited"


class Counters(Protocol):
    """Limits that hold across edges; see the adapter for what each number means."""

    def reserve(self, row: int, minute: int, rpm: int | None, window: int, limit: int | None, amount: int) -> Verdict:
        """Count one call and lease `amount` unless a limit would be passed by that."""

    def spent(self, row: int, window: int) -> int:
        """Return what was spent in a window, leases included."""

    def settle(self, row: int, window: int, leased: int, spent: int) -> None:
        """Turn a lease into a spend."""


class Delivery(Protocol):
    """Something to be done once a record is written: the end of an answer."""

    def deliver(self, data: bytes) -> None:
        """Send `data`, the last bytes of the answer."""


class Journal(Protocol):
    """Where records of calls go before anybody is told."""

    @property
    def is_full(self) -> bool:
        """Whether no further call should be accepted."""

    def commit(self, line: bytes, delivery: Delivery | None, data: bytes) -> None:
        """Write `line`, then have `data` delivered."""


class Client(Delivery, Protocol):
    """The client's connection as a call sees it."""

    @property
    def address(self) -> str:
        """Where the client is, for the record."""

    def whole(self, status: int, lines: bytes, body: bytes) -> bytes:
        """Return the bytes of a whole answer; `lines` are header lines, each with its CRLF."""

    def begin(self, status: int, lines: bytes, length: int | None) -> None:
        """Send the head of an answer whose body follows in pieces; chunked when `length` is None."""

    def piece(self, data: bytes) -> None:
        """Send a piece of the body."""

    def framed(self, data: bytes) -> bytes:
        """Return `data` as `piece` would send it; b"" for b""."""

    def last(self) -> bytes:
        """Return the bytes that end the body."""

    def close_after(self) -> None:
        """Close the connection after what is delivered next, without ending the body."""

    def pause_upload(self) -> None:
        """Stop reading the request body."""

    def resume_upload(self) -> None:
        """Go on reading the request body."""
