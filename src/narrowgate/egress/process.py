"""The egress process: one link per edge on one side, providers on the other. Standard library only."""

import asyncio
import contextlib
import gc
import signal
import socket
import time

from narrowgate.adapters.upstream.direct import DirectTransport, tls_contexts
from narrowgate.adapters.upstream.openings import openings_of
from narrowgate.adapters.upstream.origins import read_origins
from narrowgate.adapters.upstream.stream import Stream
from narrowgate.adapters.upstream.tokens.sources import sources_of
from narrowgate.egress.server import LINK_HIGH_BYTES, EdgeLink
from narrowgate.sandbox.apply import seal_process
from narrowgate.sandbox.profile import Role
from narrowgate.supervisor.channel import Channel


def main(settings: bytes, channel_fd: int, *, is_seal_required: bool) -> int:
    """Serve links until told to stop or the supervisor is gone."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(settings, channel_fd, is_seal_required=is_seal_required))
    return 0


async def _run(settings: bytes, channel_fd: int, *, is_seal_required: bool) -> None:
    loop = asyncio.get_running_loop()
    origins = read_origins(settings)
    contexts = tls_contexts(origins)
    channel = Channel.from_fd(channel_fd)
    stopped = asyncio.Event()

    def tell(sentence: str, fields: dict[str, str | int], *, is_good: bool) -> None:
        channel.send({**fields, "is": "told" if is_good else "warned", "sentence": sentence})

    sources = sources_of(origins, contexts, tell)

    def attach(fd: int) -> None:
        # Each edge has connections of its own: one that was turned could otherwise give back a
        # connection in the middle of an answer, and another edge would read the rest as its own.
        transport = DirectTransport(origins, time.monotonic, contexts, sources)
        transport.start()
        sock = socket.socket(fileno=fd)
        sock.settimeout(0)
        link = EdgeLink(origins, transport)
        link.connection_made(Stream(transport.poller, sock, link, LINK_HIGH_BYTES))

    def hear() -> None:
        try:
            while (received := channel.receive()) is not None:
                message, fds = received
                if message.get("do") == "attach":
                    attach(fds[0])
                elif message.get("do") == "stop":
                    stopped.set()
        except EOFError:
            stopped.set()

    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    seal_process(Role.EGRESS, openings_of(origins), is_required=is_seal_required)
    loop.add_reader(channel.fileno(), hear)
    for source in filter(None, sources):
        source.start()
    gc.collect()
    gc.freeze()
    channel.send({"is": "ready"})
    await stopped.wait()
