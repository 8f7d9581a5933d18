"""Keep-alive connections to one origin, most recently used first. Standard library only."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from narrowgate.adapters.upstream.connection import Connection, DirectExchange, Home, Piece
from narrowgate.adapters.upstream.dial import Address, DialFailed, dial
from narrowgate.adapters.upstream.stream import Poller
from narrowgate.pipeline.ports import Receiver
from narrowgate.wire.link import SHORT_BYTES

# Providers and load balancers commonly close idle connections after 60 s (AWS ALB's default);
# closing ours a little earlier avoids most races with that.
_IDLE_LIMIT_S = 55.0
_IDLE_LIMIT = 1_024


class Waitable(Protocol):
    """Where a prover's credentials come from."""

    def wait(self, then: Callable[[str], None]) -> None:
        """Call `then` with "" once there are some, or with the reason why not."""


class Prover(Protocol):
    """Makes the header lines that prove a request, where these are not the same for all."""

    @property
    def source(self) -> Waitable:
        """Where its credentials come from."""

    def lines(self, request_line: bytes, body: Piece) -> bytes | None:
        """Return the lines that go with a request line and a whole body, None while there are no credentials."""


class Connections:
    """The connections of one pool: those that are open, and those that are being opened."""

    def __init__(self, limit: int, poller: Poller) -> None:
        self._limit = limit
        self._poller = poller
        self._open: set[Connection] = set()
        self._dialling: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many connections are open or being opened."""
        return len(self._open) + len(self._dialling)

    def connect(self, address: Address, home: Home, exchange: DirectExchange) -> None:
        """Open a connection that lives at `home`, for `exchange`."""
        task = asyncio.get_running_loop().create_task(self._dial(address, home, exchange))
        self._dialling.add(task)
        task.add_done_callback(self._dialling.discard)

    def close(self) -> None:
        """Close everything."""
        for task in self._dialling:
            task.cancel()
        for connection in list(self._open):
            connection.abort()

    async def _dial(self, address: Address, home: Home, exchange: DirectExchange) -> None:
        connection = Connection(home)
        try:
            await dial(address, connection, self._poller)
        except DialFailed as failure:
            exchange.fail(failure.stage, failure.message)
            return
        except BaseException:
            exchange.fail("connect", "the attempt to connect was given up")
            raise
        self._open.add(connection)
        exchange.start(connection)


class Pool(Connections):
    """All connections to one origin."""

    def __init__(
        self, address: Address, head_lines: bytes, limit: int, now_s: Callable[[], float], poller: Poller
    ) -> None:
        super().__init__(limit, poller)
        self._address = address
        self._head_lines = head_lines
        self._now_s = now_s
        self._idle: list[Connection] = []
        self.prover: Prover | None = None

    def open(self, request_line: bytes, head: bytes, body: Piece, receiver: Receiver) -> DirectExchange:
        """Send a request over an idle connection, or a new one."""
        proof = self.prover.lines(request_line, body) if self.prover is not None else b""
        if proof is None:
            return self._open_later(request_line, head, body, receiver)
        pieces = (request_line, self._head_lines, proof, head)
        is_short = len(body) < SHORT_BYTES
        request: list[Piece] = [b"".join((*pieces, body))] if is_short else [b"".join(pieces), body]
        exchange = DirectExchange(self, receiver, request)
        self._begin(exchange)
        return exchange

    def _open_later(self, request_line: bytes, head: bytes, body: Piece, receiver: Receiver) -> DirectExchange:
        """Return an exchange that begins once there are credentials to prove it with."""
        prover = self.prover
        assert prover is not None
        exchange = DirectExchange(self, receiver, [body])

        def go(reason: str) -> None:
            proof = prover.lines(request_line, body)
            if proof is None:
                where = self._address.name
                exchange.fail("identity", f"no credentials for '{where}': {reason or 'they expired at once'}")
            elif exchange.complete(b"".join((request_line, self._head_lines, proof, head))):
                self._begin(exchange)

        prover.source.wait(go)
        return exchange

    def _begin(self, exchange: DirectExchange) -> None:
        if self._idle:
            connection = self._idle.pop()
            connection.is_reused = True
            exchange.start(connection)
        else:
            self.dial(exchange)

    def dial(self, exchange: DirectExchange) -> None:
        """Start a new connection for `exchange`."""
        if self.connections >= self._limit:
            exchange.fail("busy", f"all {self._limit} connections to {self._address.name} are in use")
            return
        self.connect(self._address, self, exchange)

    def give_back(self, connection: Connection) -> None:
        """Keep `connection` for the next exchange."""
        transport = connection.transport
        if transport is None or transport.is_closing() or len(self._idle) >= _IDLE_LIMIT:
            connection.abort()
            return
        connection.exchange = None
        connection.idle_since_s = self._now_s()
        self._idle.append(connection)

    def forget(self, connection: Connection) -> None:
        """Drop a connection that ended."""
        self._open.discard(connection)
        if connection.exchange is None and connection in self._idle:
            self._idle.remove(connection)

    def close_idle(self) -> None:
        """Close connections that have been idle too long; call about once a second."""
        horizon = self._now_s() - _IDLE_LIMIT_S
        stale = [connection for connection in self._idle if connection.idle_since_s < horizon]
        for connection in stale:
            self._idle.remove(connection)
            if connection.transport is not None:
                connection.transport.close()
