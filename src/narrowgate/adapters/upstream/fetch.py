"""Fetch what clients named by URL: no credentials, no body, a connection for each. Standard library only."""

import asyncio
import ssl

from narrowgate.adapters.upstream.connection import Connection, DirectExchange, Piece
from narrowgate.adapters.upstream.dial import Address
from narrowgate.adapters.upstream.fetch_rules import FetchRules, NotAllowed, target_of
from narrowgate.adapters.upstream.pool import Connections
from narrowgate.adapters.upstream.stream import Poller
from narrowgate.pipeline.ports import Receiver

_HEAD = b"user-agent: narrowgate\r\naccept: */*\r\naccept-encoding: identity\r\nconnection: close\r\n\r\n"


class FetchPool(Connections):
    """Opens one connection for each thing to fetch; has the place of a pool among those of the origins."""

    def __init__(
        self, rules: FetchRules, tls: ssl.SSLContext | None, limit: int, connect_timeout_s: float, poller: Poller
    ) -> None:
        super().__init__(limit, poller)
        self._rules = rules
        self._tls = tls
        self._connect_timeout_s = connect_timeout_s

    def open(self, request_line: bytes, _head: bytes, _body: Piece, receiver: Receiver) -> DirectExchange:
        """Fetch what `request_line` names. What else the edge would say is not said."""
        try:
            target = target_of(request_line, self._rules)
        except NotAllowed as refusal:
            exchange = DirectExchange(_Visit(self, None), receiver, [])
            asyncio.get_running_loop().call_soon(exchange.fail, "egress", str(refusal))
            return exchange
        request = b"GET %b HTTP/1.1\r\nhost: %b\r\n%b" % (target.path, target.authority.encode(), _HEAD)
        address = Address(
            name="fetch",
            host=target.host,
            port=target.port,
            tls=self._tls if target.scheme == "https" else None,
            proxy="",
            connect_timeout_s=self._connect_timeout_s,
            allow_private=self._rules.allow_private,
        )
        visit = _Visit(self, address)
        exchange = DirectExchange(visit, receiver, [request])
        visit.dial(exchange)
        return exchange

    def begin(self, address: Address, visit: "_Visit", exchange: DirectExchange) -> None:
        """Start a connection."""
        if self.connections >= self._limit:
            exchange.fail("busy", f"{self._limit} things are being fetched already")
            return
        self.connect(address, visit, exchange)

    def forget(self, connection: Connection) -> None:
        """Drop a connection that ended."""
        self._open.discard(connection)

    def close_idle(self) -> None:
        """Nothing is kept idle here."""


class _Visit:
    """The home of one connection, which has no second exchange."""

    __slots__ = ("_address", "_pool")

    def __init__(self, pool: FetchPool, address: Address | None) -> None:
        self._pool = pool
        self._address = address

    def dial(self, exchange: DirectExchange) -> None:
        """Start the connection."""
        if self._address is not None:
            self._pool.begin(self._address, self, exchange)

    def give_back(self, connection: Connection) -> None:
        """Close: nobody comes here twice."""
        connection.abort()

    def forget(self, connection: Connection) -> None:
        """Drop the connection."""
        self._pool.forget(connection)
