"""Answers that are promises: what a provider has begun is asked for until it is done, and ended if nobody wants it.

Stands between a relay and a transport: the relay hears of one answer only, the last. So a prediction takes as long as
any answer may, and whatever ends a call (its client left, its time is over, another target was faster) cancels it.

Source: https://replicate.com/docs/topics/predictions/lifecycle,
https://replicate.com/changelog/2025-10-16-prediction-deadlines (read 2026-11).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from narrowgate.config.snapshot import ProviderView
from narrowgate.pipeline.ports import Exchange, Receiver, Timer, Transport
from narrowgate.pipeline.target import Target
from narrowgate.providers.replicate.prediction import unfinished
from narrowgate.wire.answer import AnswerReader
from narrowgate.wire.errors import WireError

# By the name of the profile: what tells from an answer's body under which id its rest can be had, None when it is all.
_PROMISES: Mapping[str, Callable[[bytes], str | None]] = MappingProxyType({"replicate": unfinished})
_S = 1_000_000_000
_FIRST_DELAY_NS = _S // 2  # as Replicate's own clients ask
_LONGEST_DELAY_NS = 5 * _S
_MOST_FAILURES = 5  # in a row
_CANCELLING_NS = 10 * _S
_LEAST_DEADLINE_S = 5  # Replicate takes no shorter one
_LIMIT_BYTES = 1 << 20  # of an answer that could be a promise
_PENDING = frozenset({429, 500, 502, 503, 504})

Later = Callable[[int, Callable[[], None]], Timer]


def is_polled(provider: ProviderView) -> bool:
    """Whether a provider's answers may be promises."""
    return provider.profile in _PROMISES


class Polling:
    """A Transport to one target whose answers may be promises."""

    __slots__ = ("_later", "_target", "_transport")

    def __init__(self, transport: Transport, target: Target, later: Later) -> None:
        self._transport = transport
        self._target = target
        self._later = later

    def open(self, origin: int, request_line: bytes, head: bytes, body: bytes, receiver: Receiver) -> Exchange:
        """See `Transport.open`."""
        promise = _Promise(self._transport, self._target, self._later, receiver)
        promise.begin(origin, request_line, head, body)
        return promise


class _Promise:
    """One request and all that is asked after it: an Exchange for the relay, a Receiver of each answer."""

    __slots__ = (
        "_body",
        "_delay_ns",
        "_exchange",
        "_failures",
        "_held",
        "_held_bytes",
        "_id",
        "_is_over",
        "_later",
        "_line",
        "_origin",
        "_passes",
        "_reader",
        "_receiver",
        "_target",
        "_timer",
        "_transport",
    )

    def __init__(self, transport: Transport, target: Target, later: Later, receiver: Receiver) -> None:
        self._transport = transport
        self._target = target
        self._later = later
        self._receiver = receiver
        self._origin = 0
        self._line = b""
        self._id: str | None = None
        self._exchange: Exchange | None = None
        self._timer: Timer | None = None
        self._delay_ns = _FIRST_DELAY_NS
        self._failures = 0
        self._is_over = False
        self._passes = False
        self._clear()

    def begin(self, origin: int, request_line: bytes, head: bytes, body: bytes) -> None:
        """Make the request; the provider is told when to stop by itself, should this process be gone by then."""
        self._origin = origin
        self._line = request_line
        deadline_s = max(_LEAST_DEADLINE_S, self._target.limits.first_ns // _S)
        self._open(request_line, b"cancel-after: %ds\r\n%b" % (deadline_s, head), body)

    # -- what the relay tells ----------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """See `Exchange.write`."""
        if self._exchange is not None:
            self._exchange.write(data)

    def pause(self) -> None:
        """See `Exchange.pause`."""
        if self._exchange is not None:
            self._exchange.pause()

    def resume(self) -> None:
        """See `Exchange.resume`."""
        if self._exchange is not None:
            self._exchange.resume()

    def release(self) -> None:
        """See `Exchange.release`."""
        self._is_over = True
        if self._exchange is not None:
            self._exchange.release()

    def abort(self) -> None:
        """Nobody waits any more: what the provider has begun is ended there, too."""
        if self._is_over:
            return
        self._is_over = True
        self._stop()
        if self._timer is not None:
            self._timer.cancel()
        self._cancel()

    # -- what the transport tells ------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Take a piece of an answer."""
        if self._passes:
            self._receiver.received(data)
            return
        if self._is_over:
            return
        self._held.append(data)
        self._held_bytes += len(data)
        try:
            self._body.append(self._reader.feed(data))
        except WireError:
            self._pass_on()
            return
        head = self._reader.head
        if head is not None and head.status in _PENDING and self._id is not None and self._failed():
            return
        if self._held_bytes > _LIMIT_BYTES or (head is not None and (head.status >= 300 or head.content_encoding)):
            self._pass_on()
        elif self._reader.is_done:
            self._decide()

    def ended(self) -> None:
        """The provider closed."""
        if not (self._passes or self._is_over):
            self._cut()
        if self._passes:
            self._receiver.ended()

    def failed(self, stage: str, message: str) -> None:
        """There is no connection (any more)."""
        if self._passes:
            self._receiver.failed(stage, message)
        elif not self._is_over and (self._id is None or not self._failed()):
            self._passes = True
            self._cancel()
            self._receiver.failed(stage, message)

    def pause_body(self) -> None:
        """The provider takes the request slowly."""
        self._receiver.pause_body()

    def resume_body(self) -> None:
        """The provider takes more of the request."""
        self._receiver.resume_body()

    # -- pieces of the above -----------------------------------------------------------------------

    def _decide(self) -> None:
        """Hand the answer on if it is whole, else ask again in a while."""
        found = _PROMISES[self._target.provider.profile](b"".join(self._body))
        if found is None:
            self._id = None
            self._pass_on()
            return
        self._id = found
        self._failures = 0
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.release()
        self._wait()

    def _cut(self) -> None:
        """Decide what an answer is that ended with its connection."""
        if self._reader.end():
            self._decide()
        elif self._id is None or not self._failed():
            self._pass_on()

    def _failed(self) -> bool:
        """Note that an answer about what was begun did not come; say whether it is asked for again."""
        self._failures += 1
        if self._failures > _MOST_FAILURES:
            return False
        self._stop()
        self._wait()
        return True

    def _wait(self) -> None:
        self._clear()
        self._timer = self._later(self._delay_ns, self._ask)
        self._delay_ns = min(self._delay_ns * 3 // 2, _LONGEST_DELAY_NS)

    def _ask(self) -> None:
        self._timer = None
        if not self._is_over:
            self._open(self._line_to("GET", f"/{self._id}"), self._target.rest_head + b"\r\n", b"")

    def _open(self, line: bytes, head: bytes, body: bytes) -> None:
        exchange = self._transport.open(self._origin, line, head, body, self)
        if self._is_over or self._timer is not None:  # it failed at once
            exchange.abort()
        else:
            self._exchange = exchange

    def _stop(self) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.abort()

    def _cancel(self) -> None:
        if self._id is None:
            return
        line = self._line_to("POST", f"/{self._id}/cancel")
        self._id = None
        head = self._target.rest_head + b"content-length: 0\r\n\r\n"
        _Cancelling(self._later).begin(self._transport, self._origin, line, head)

    def _pass_on(self) -> None:
        self._passes = True
        self._cancel()
        data = b"".join(self._held)
        self._clear()
        if data:
            self._receiver.received(data)

    def _clear(self) -> None:
        self._reader = AnswerReader(self._target.names)
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._body: list[bytes] = []

    def _line_to(self, method: str, more: str) -> bytes:
        """Return the line of a request about what was begun: its path stands below the one it was begun at."""
        _, path, version = self._line.split(b" ", 2)
        return b"%b %b%b %b" % (method.encode(), path, more.encode(), version)


class _Cancelling:
    """Ends what was begun; nobody hears how that went. A Receiver."""

    __slots__ = ("_exchange", "_later")

    def __init__(self, later: Later) -> None:
        self._later = later
        self._exchange: Exchange | None = None

    def begin(self, transport: Transport, origin: int, line: bytes, head: bytes) -> None:
        """Ask for it."""
        self._exchange = transport.open(origin, line, head, b"", self)
        self._later(_CANCELLING_NS, self._stop)

    def received(self, data: bytes) -> None:
        """It was heard."""
        if data:
            self._stop()

    def ended(self) -> None:
        """The connection is over."""
        self._exchange = None

    def failed(self, stage: str, message: str) -> None:  # noqa: ARG002 - its own deadline ends it then
        """It was not heard."""
        self._exchange = None

    def pause_body(self) -> None:
        """There is no body."""

    def resume_body(self) -> None:
        """There is no body."""

    def _stop(self) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.abort()
