"""The transport that dials from this process. Standard library only."""

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping, Sequence

from narrowgate.adapters.upstream.aws import AwsSigner
from narrowgate.adapters.upstream.bearer import Bearer
from narrowgate.adapters.upstream.connection import DirectExchange, Piece
from narrowgate.adapters.upstream.dial import Address, tls_context
from narrowgate.adapters.upstream.fetch import FetchPool
from narrowgate.adapters.upstream.origins import OriginTable
from narrowgate.adapters.upstream.pool import Pool
from narrowgate.adapters.upstream.stream import Poller
from narrowgate.adapters.upstream.tokens.source import Source
from narrowgate.pipeline.ports import Receiver
from narrowgate.signing.identities import AwsIdentity, urls_of

_SWEEP_S = 1.0


class DirectTransport:
    """Opens exchanges over pools of its own, one for each origin."""

    def __init__(
        self,
        origins: Sequence[OriginTable],
        now_s: Callable[[], float],
        contexts: Mapping[str, ssl.SSLContext] | None = None,
        sources: Sequence[Source | None] = (),
    ) -> None:
        known = tls_contexts(origins) if contexts is None else contexts
        self.poller = Poller()
        self._pools = [_pool(origin, known, now_s, self.poller) for origin in origins]
        for origin, pool, source in zip(origins, self._pools, sources, strict=False):
            if source is not None and isinstance(pool, Pool):
                is_aws = isinstance(origin.identity, AwsIdentity)
                signer = AwsSigner(source, origin.region, origin.authority, time.time)
                pool.prover = signer if is_aws else Bearer(source)
        self._sweeper: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to close connections that stay idle; needs a running loop."""
        self._sweeper = asyncio.get_running_loop().call_later(_SWEEP_S, self._sweep)

    def open(self, origin: int, request_line: bytes, head: bytes, body: Piece, receiver: Receiver) -> DirectExchange:
        """See `Transport.open`."""
        return self._pools[origin].open(request_line, head, body, receiver)

    def connections(self) -> int:
        """How many connections are open to all origins."""
        return sum(pool.connections for pool in self._pools)

    def close(self) -> None:
        """Close everything."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for pool in self._pools:
            pool.close()

    def _sweep(self) -> None:
        for pool in self._pools:
            pool.close_idle()
        self.start()


def tls_contexts(origins: Sequence[OriginTable]) -> dict[str, ssl.SSLContext]:
    """Return a context for each CA file: reading the system's authorities takes some 20 ms."""
    return {file: tls_context(file) for file in {origin.ca_file for origin in origins if _has_tls(origin)}}


def _has_tls(origin: OriginTable) -> bool:
    urls = urls_of(origin.identity) if origin.identity is not None else ()
    return origin.scheme == "https" or any(url.startswith("https:") for url in urls)


def _pool(
    origin: OriginTable, contexts: Mapping[str, ssl.SSLContext], now_s: Callable[[], float], poller: Poller
) -> Pool | FetchPool:
    if origin.fetch is not None:
        tls = contexts[origin.ca_file]
        return FetchPool(origin.fetch, tls, origin.max_connections, origin.connect_timeout_s, poller)
    address = Address(
        name=origin.name,
        host=origin.host,
        port=origin.port,
        tls=contexts[origin.ca_file] if origin.scheme == "https" else None,
        proxy=origin.proxy,
        connect_timeout_s=origin.connect_timeout_s,
        allow_private=origin.allow_private,
    )
    return Pool(address, origin.head_lines, origin.max_connections, now_s, poller)
