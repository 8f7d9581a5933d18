"""The control process: admin calls from the edges, keys to the edges, metrics from all."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from narrowgate.adapters.store.store import Store, StoreUnavailable
from narrowgate.adapters.telemetry.log import Log
from narrowgate.adapters.telemetry.metrics import EDGES, RENEWALS, SAMPLES_DECODER, Metrics
from narrowgate.config.start import CONTROL_DECODER, ControlStart
from narrowgate.control.api import AdminApi
from narrowgate.control.shapes import merged_states
from narrowgate.dialects.openai.errors import render_fault
from narrowgate.model.admin import ENCODER, REQUEST_DECODER, AdminAnswer, AdminRequest
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.policy.routing.vitals import State
from narrowgate.sandbox.apply import seal_process
from narrowgate.sandbox.landlock import keeping
from narrowgate.sandbox.profile import Role
from narrowgate.supervisor.channel import Channel
from narrowgate.wire.link import FrameReader, Kind, LinkError, frame

_WATCH_S = 0.2
_SCRAPE_S = 1.0
_KEYS_S = 4.0
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_BUG = Fault(FaultKind.INTERNAL, "a bug in the gateway; see the log of control, and whether the change was made")
_STATES = msgspec.msgpack.Decoder(list[State])
_METRICS_PATHS = frozenset({"/metrics", "/admin/metrics"})


class EdgeLink(asyncio.Protocol):
    """Control's end of the link to one edge."""

    def __init__(self, control: "ControlProcess") -> None:
        self._control = control
        self._reader = FrameReader()
        self.transport: asyncio.Transport | None = None
        self._stream = 0
        self._waiting: dict[int, asyncio.Future[bytes]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvloop's is no subclass
        """A new edge: it gets the keys at once."""
        self.transport = transport
        self._control.joined(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        """The edge is gone."""
        self.transport = None
        self._control.links.discard(self)
        for future in self._waiting.values():
            future.cancel()

    def data_received(self, data: bytes) -> None:
        """Act on frames."""
        try:
            for kind, stream, payload in self._reader.feed(data):
                self._act(kind, stream, payload)
        except (LinkError, msgspec.DecodeError):
            if self.transport is not None:
                self.transport.abort()

    def ask(self, kind: Kind, payload: bytes = b"") -> "asyncio.Future[bytes]":
        """Send a frame and return the future of the edge's answer."""
        self._stream += 1
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[self._stream] = future
        if self.transport is not None:
            self.transport.write(frame(kind, self._stream, payload))
        else:
            future.cancel()
        return future

    def reply(self, stream: int, answer: AdminAnswer) -> None:
        """Answer an admin call."""
        if self.transport is not None:
            self.transport.write(frame(Kind.ADMIN, stream, ENCODER.encode(answer)))

    def _act(self, kind: int, stream: int, payload: bytes) -> None:
        if kind == Kind.ADMIN:
            self._control.answer(self, stream, REQUEST_DECODER.decode(payload))
        elif kind in {Kind.KEYS, Kind.METRICS, Kind.TARGETS, Kind.BENCHES}:
            future = self._waiting.pop(stream, None)
            if future is not None and not future.done():
                future.set_result(payload)


class ControlProcess:
    """Everything control does."""

    def __init__(self, start: ControlStart, channel: Channel) -> None:
        self._start = start
        self._channel = channel
        self._log = Log("control", start.log.format, lambda: time.time_ns() // 1_000_000)
        self._store = Store(Path(start.data) / "narrowgate.db", lambda: int(time.time()))
        self._api = AdminApi(self._store, start.admin_digest, lambda: int(time.time()), os.urandom, start.exposure)
        self.links: set[EdgeLink] = set()
        self._version = -1
        self._last_keys = b""
        self._tasks: set[asyncio.Task[object]] = set()
        self._stopped = asyncio.Event()
        self._renewals: dict[tuple[str, str], int] = {}

    async def run(self, *, is_seal_required: bool) -> None:
        """Seal this process, then serve until stopped."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stopped.set)
        seal_process(Role.CONTROL, keeping(self._start.data), is_required=is_seal_required)
        loop.add_reader(self._channel.fileno(), self._hear)
        sock = socket.socket(fileno=self._start.listener_fd)
        if sys.version_info >= (3, 13):
            # The socket is the supervisor's: the next generation's control listens on it.
            server = await asyncio.start_unix_server(self._local, sock=sock, cleanup_socket=False)
        else:
            server = await asyncio.start_unix_server(self._local, sock=sock)
        self._hear()
        self._channel.send({"is": "ready"})
        self._spawn(self._watch())
        await self._stopped.wait()
        server.close()

    def joined(self, link: EdgeLink) -> None:
        """A new edge is there."""
        self.links.add(link)
        with contextlib.suppress(StoreUnavailable):
            link.ask(Kind.KEYS, ENCODER.encode(self._store.all_keys()))
            link.ask(Kind.BENCHES, ENCODER.encode(self._api.benches.take()))

    def answer(self, link: EdgeLink, stream: int, request: AdminRequest) -> None:
        """Answer one admin call."""
        if request.path in _METRICS_PATHS:
            self._spawn(self._metrics(link, stream, request))
            return
        if request.path.rstrip("/") == "/admin/targets" and request.method in {"GET", "HEAD"}:
            self._spawn(self._targets(link, stream, request))
            return
        try:
            answer = self._api.answer(request)
        except Exception as error:  # noqa: BLE001 - a bug in one admin call must not cost the edge its link
            self._log.error("internal error", type=type(error).__name__, path=request.path)
            answer = AdminAnswer(500, "application/json", render_fault(_BUG))
        self._log.info(
            "admin call", method=request.method, path=request.path, status=answer.status, client=request.client_address
        )
        if request.method in {"GET", "HEAD"}:
            link.reply(stream, answer)
        else:
            # A change is answered once every edge lives by it: a key works when its maker has it.
            self._spawn(self._reply_after_keys(link, stream, answer))

    async def push_keys(self) -> None:
        """Send all keys to all edges and wait until they have them."""
        await self._push(Kind.KEYS, self._store.all_keys)

    async def _reply_after_keys(self, link: EdgeLink, stream: int, answer: AdminAnswer) -> None:
        await self.push_keys()
        await self._push(Kind.BENCHES, self._api.benches.take)
        link.reply(stream, answer)

    async def _push(self, kind: Kind, read: Callable[[], object]) -> None:
        try:
            payload = ENCODER.encode(read())
        except StoreUnavailable as error:
            self._log.warning(str(error))
            return
        waiting = [link.ask(kind, payload) for link in self.links]
        if waiting:
            await asyncio.wait(waiting, timeout=_KEYS_S)

    async def _watch(self) -> None:
        """Notice changes that others make in the database (the `keys` command)."""
        while True:
            try:
                version = self._store.data_version()
                if version != self._version:
                    self._version = version
                    await self._push_if_changed()
            except StoreUnavailable as error:
                self._log.warning(str(error))
            await asyncio.sleep(_WATCH_S)

    async def _push_if_changed(self) -> None:
        payload = ENCODER.encode(self._store.all_keys())
        if payload != self._last_keys:
            self._last_keys = payload
            await self.push_keys()

    async def _targets(self, link: EdgeLink, stream: int, request: AdminRequest) -> None:
        """Tell how all targets are, as each edge sees them."""
        refused = self._api.refusal(request)
        if refused is not None:
            link.reply(stream, refused)
            return
        waiting = [other.ask(Kind.TARGETS) for other in self.links]
        done, _ = await asyncio.wait(waiting, timeout=_SCRAPE_S) if waiting else (set(), set())
        told = [_STATES.decode(future.result()) for future in done if not future.cancelled()]
        link.reply(stream, AdminAnswer(200, "application/json", msgspec.json.encode({"data": merged_states(told)})))

    async def _metrics(self, link: EdgeLink, stream: int, request: AdminRequest) -> None:
        if request.path != "/metrics":
            refused = self._api.refusal(request)
            if refused is not None:
                link.reply(stream, refused)
                return
        waiting = [other.ask(Kind.METRICS) for other in self.links]
        merged = Metrics()
        done, _ = await asyncio.wait(waiting, timeout=_SCRAPE_S) if waiting else (set(), set())
        answered = 0
        for future in done:
            if not future.cancelled():
                merged.merge(SAMPLES_DECODER.decode(future.result()))
                answered += 1
        merged.set(EDGES, (), answered)
        for labels, number in self._renewals.items():
            merged.add(RENEWALS, labels, number)
        link.reply(stream, AdminAnswer(200, _PROMETHEUS, merged.render()))

    async def _local(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve the `keys` command: after its change, wait until every edge has it."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_KEYS_S):
                if await reader.readline() == b"keys\n":
                    await self.push_keys()
                    writer.write(b"ok\n")
                    await writer.drain()
        writer.close()

    def _hear(self) -> None:
        try:
            while (received := self._channel.receive()) is not None:
                message, fds = received
                if message.get("do") == "attach":
                    self._spawn(self._attach(fds[0]))
                elif message.get("do") == "renewals":
                    self._renewals[str(message["provider"]), str(message["outcome"])] = int(message["number"])
                elif message.get("do") == "stop":
                    self._stopped.set()
        except EOFError:
            self._stopped.set()

    async def _attach(self, fd: int) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: EdgeLink(self), sock=socket.socket(fileno=fd))

    def _spawn(self, work: "asyncio._CoroutineLike[object]") -> None:
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def main(settings: bytes, channel_fd: int, *, is_seal_required: bool) -> int:
    """Run control until told to stop."""
    start = CONTROL_DECODER.decode(settings)
    asyncio.run(ControlProcess(start, Channel.from_fd(channel_fd)).run(is_seal_required=is_seal_required))
    return 0
