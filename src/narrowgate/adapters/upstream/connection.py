"""One connection to an origin, and the exchange it carries. Standard library only."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from narrowgate.pipeline.ports import Receiver

# A request is kept for a second try while it is smaller than this: enough for any chat call,
# not enough for uploads to fill memory.
_REPLAY_LIMIT_BYTES = 4 << 20


Piece = bytes | memoryview


class Home(Protocol):
    """Where a connection lives between exchanges: the pool of its origin."""

    def dial(self, exchange: "DirectExchange") -> None:
        """Start a new connection for `exchange`."""

    def give_back(self, connection: "Connection") -> None:
        """Keep `connection` for the next exchange."""

    def forget(self, connection: "Connection") -> None:
        """Drop a connection that ended."""


class Wire(Protocol):
    """What a connection writes to: a `Stream`, or asyncio's transport where a proxy is in between."""

    def write(self, data: bytes) -> None:
        """Send `data` in its turn."""

    def writelines(self, pieces: Sequence[Piece]) -> None:
        """Send `pieces` in their turn, one behind the other."""

    def pause_reading(self) -> None:
        """Take no bytes for now."""

    def resume_reading(self) -> None:
        """Take bytes again."""

    def is_closing(self) -> bool:
        """Whether nothing more can be sent."""

    def close(self) -> None:
        """Close once everything is sent."""

    def abort(self) -> None:
        """Close at once."""


class Connection(asyncio.Protocol):
    """Carries one exchange at a time and waits in the pool between them."""

    __slots__ = ("_pool", "exchange", "idle_since_s", "is_reused", "transport")

    def __init__(self, pool: Home) -> None:
        self._pool = pool
        self.exchange: DirectExchange | None = None
        self.is_reused = False
        self.idle_since_s = 0.0
        self.transport: Wire | None = None

    def connection_made(self, transport: Wire) -> None:  # type: ignore[override] # asyncio asks for less
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand answer bytes to the exchange; bytes nobody asked for end the connection."""
        exchange = self.exchange
        if exchange is None:
            self.abort()
            return
        exchange.request = None
        exchange.receiver.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the pool and tell the exchange."""
        self._pool.forget(self)
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.lost(exc)

    def pause_writing(self) -> None:
        """The provider reads slowly."""
        if self.exchange is not None:
            self.exchange.receiver.pause_body()

    def resume_writing(self) -> None:
        """The provider reads again."""
        if self.exchange is not None:
            self.exchange.receiver.resume_body()

    def abort(self) -> None:
        """Close without waiting for anything."""
        if self.transport is not None:
            self.transport.abort()


class DirectExchange:
    """An exchange carried by a connection of this process."""

    __slots__ = ("_is_over", "_is_paused", "_pool", "connection", "receiver", "request")

    def __init__(self, pool: Home, receiver: Receiver, request: list[Piece]) -> None:
        self._pool = pool
        self.receiver = receiver
        # What to send (again) until the first answer byte; None once that is over.
        self.request: list[Piece] | None = request
        self.connection: Connection | None = None
        self._is_over = False
        self._is_paused = False

    def start(self, connection: Connection) -> None:
        """Send the request over `connection`."""
        if self._is_over:
            self._pool.give_back(connection)
            return
        self.connection = connection
        connection.exchange = self
        transport = connection.transport
        assert transport is not None
        if self._is_paused:
            transport.pause_reading()
        if self.request is not None:
            transport.writelines(self.request)
        if not connection.is_reused:
            self.request = None

    def complete(self, head: bytes) -> bool:
        """Put `head` before what was to be sent so far; say whether anybody still waits for the exchange."""
        if self.request is None:
            return False
        self.request.insert(0, head)
        return True

    def write(self, data: bytes) -> None:
        """Send more of the body; kept as well while the connection is not there or may be stale."""
        request = self.request
        if request is not None:
            request.append(data)
            if self.connection is not None and sum(map(len, request)) > _REPLAY_LIMIT_BYTES:
                self.request = None
        if self.connection is not None and self.connection.transport is not None:
            self.connection.transport.write(data)

    def pause(self) -> None:
        """Stop reading."""
        self._is_paused = True
        if self.connection is not None and self.connection.transport is not None:
            self.connection.transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        self._is_paused = False
        if self.connection is not None and self.connection.transport is not None:
            self.connection.transport.resume_reading()

    def release(self) -> None:
        """Give the connection back for the next exchange."""
        connection = self._leave()
        if connection is not None:
            if self._is_paused and connection.transport is not None:
                connection.transport.resume_reading()
            self._pool.give_back(connection)

    def abort(self) -> None:
        """Close the connection, or forget the one being dialled."""
        connection = self._leave()
        if connection is not None:
            connection.abort()

    def fail(self, stage: str, message: str) -> None:
        """No connection could be made."""
        if not self._is_over:
            self._is_over = True
            self.receiver.failed(stage, message)

    def lost(self, exc: Exception | None) -> None:
        """The connection ended under the exchange: one more try if it was stale, else tell."""
        connection, self.connection = self.connection, None
        if self._is_over:
            return
        if connection is not None and connection.is_reused and self.request is not None:
            # The provider closed an idle connection in the instant of its reuse and answered
            # nothing: the request goes out once more on a fresh one (RFC 9110 section 9.3.1 leaves
            # this to the client; every HTTP client library does it).
            self._pool.dial(self)
            return
        self._is_over = True
        if exc is None:
            self.receiver.ended()
        else:
            self.receiver.failed("broken", _reason(exc))

    def _leave(self) -> Connection | None:
        self._is_over = True
        self.request = None
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.exchange = None
        return connection


def _reason(exc: Exception) -> str:
    """Name what broke a connection without any content of it."""
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror.lower()
    return type(exc).__name__
