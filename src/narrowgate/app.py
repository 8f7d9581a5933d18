"""The composition root of an edge: the only place that knows every adapter."""

import asyncio
import contextlib
import gc
import random
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import uvloop

from narrowgate.adapters.control_link import ControlLink
from narrowgate.adapters.counters.shared import SharedCounters
from narrowgate.adapters.demo import DemoTransport
from narrowgate.adapters.journal.writer import JournalWriter
from narrowgate.adapters.server.door import Gate
from narrowgate.adapters.server.pages import Pages
from narrowgate.adapters.server.proxy_protocol import ProxyProtocol
from narrowgate.adapters.server.turn import Turn, at_once, soon
from narrowgate.adapters.telemetry.log import Log
from narrowgate.adapters.telemetry.metrics import (
    CONNECTIONS,
    IN_FLIGHT,
    JOURNAL_FAILURES,
    JOURNAL_RECORDS,
    LEFT_ALONE,
    RENEWALS,
    TARGET_FAILURES,
    WAITING,
    Metrics,
    Sample,
)
from narrowgate.adapters.telemetry.tally import CallLines, CallTally
from narrowgate.adapters.upstream.direct import DirectTransport, tls_contexts
from narrowgate.adapters.upstream.link import EgressLink
from narrowgate.adapters.upstream.openings import openings_of
from narrowgate.adapters.upstream.origins import read_origins
from narrowgate.adapters.upstream.tokens.source import Source
from narrowgate.adapters.upstream.tokens.sources import sources_of
from narrowgate.config.schema import Tls
from narrowgate.config.start import EDGE_DECODER, EdgeStart
from narrowgate.identity.keys import VirtualKey
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.principal import Principals
from narrowgate.pipeline.router import Change
from narrowgate.policy.budget.estimate import window_at
from narrowgate.sandbox.apply import UNSEALED, seal_process
from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.profile import Role
from narrowgate.supervisor.channel import Channel, Message

_SWEEP_S = 0.2
_DRAIN_POLL_S = 0.05


class SystemClock:
    """The machine's clocks."""

    work_ns = staticmethod(time.perf_counter_ns)

    @staticmethod
    def unix_ms() -> int:
        """Unix time in milliseconds."""
        return time.time_ns() // 1_000_000


def main(settings: bytes, channel_fd: int, *, is_seal_required: bool) -> int:
    """Run an edge until told to stop or the supervisor is gone."""
    start = EDGE_DECODER.decode(settings)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(EdgeProcess(start, Channel.from_fd(channel_fd)).run(is_seal_required=is_seal_required))
    return 0


def later(delay_ns: int, action: Callable[[], None]) -> asyncio.TimerHandle:
    """Do something after a time, never at once."""
    return asyncio.get_running_loop().call_later(delay_ns / 1_000_000_000, action)


class WindowCache:
    """`window_at`, computed once a minute: the calendar is slow and changes rarely."""

    def __init__(self, compute: Callable[[str, int], int]) -> None:
        self._compute = compute
        self._minute = -1
        self._known: dict[str, int] = {}

    def __call__(self, kind: str, unix_ms: int) -> int:
        """Return the window's number."""
        minute = unix_ms // 60_000
        if minute != self._minute:
            self._known.clear()
            self._minute = minute
        window = self._known.get(kind)
        if window is None:
            window = self._known[kind] = self._compute(kind, unix_ms)
        return window


class EdgeProcess:
    """Builds one edge and runs it."""

    def __init__(self, start: EdgeStart, channel: Channel) -> None:
        settings = start.settings
        self._start = start
        self._channel = channel
        clock = SystemClock()
        self._log = Log(f"edge-{start.slot}", settings.log.format, clock.unix_ms)
        self._metrics = Metrics()
        self._tally = CallTally(self._metrics)
        self._egress: EgressLink | None = None
        self._direct: DirectTransport | None = None
        self._sources: list[Source | None] = []
        self._openings = Openings()
        self._sealed = UNSEALED
        if start.origins is None:
            self._egress = EgressLink()
        else:
            origins = read_origins(start.origins)
            self._openings = openings_of(origins)
            contexts = tls_contexts(origins)
            self._sources = sources_of(origins, contexts, self._tell)
            self._direct = DirectTransport(origins, time.monotonic, contexts, self._sources)
        self._journal = JournalWriter(
            settings.journal.segment_bytes,
            self._ask_for_segment,
            self._log.warning,
            self._direct.poller.at_end if self._direct is not None else soon,
        )
        self._counters = SharedCounters(start.counters_fd, start.column, start.columns)
        self._counters.is_shared = not start.is_alone
        self._edge = Edge(
            settings,
            transport=self._egress or self._direct,  # type: ignore[arg-type] # one of the two is there
            demo=DemoTransport(lambda: clock.unix_ms() // 1_000),
            journal=self._journal,
            counters=self._counters,
            tally=self._tally,
            call_log=CallLines(self._log, settings.log.calls),
            clock=clock,
            window_of=WindowCache(window_at),
            later=later,
            random=random.random,
            call_prefix=f"call_{start.call_prefix}",
            edges=start.edges,
            id_secret=start.id_secret,
        )
        self._edge.principals = Principals(start.keys)
        ward = self._edge.router.ward
        self._edge.router.changed = self._target_changed
        self._control = ControlLink(self._take_keys, self._samples, ward.heed, ward.states)
        turn = Turn(self._direct.poller.turn if self._direct is not None else at_once)
        self._gate = Gate(self._edge, self._control, self._pages(), turn)
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()
        self._has_egress = asyncio.Event()
        self._is_draining = False

    async def run(self, *, is_seal_required: bool) -> None:
        """Seal this process, then serve until stopped."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._unhandled)
        # Certificates are read and libuv's spare descriptor is opened before: afterwards no file can be.
        self._servers = [await self._server(fd) for fd in self._start.listener_fds]
        role = Role.EDGE if self._direct is None else Role.MERGED_EDGE
        self._sealed = seal_process(role, self._openings, is_required=is_seal_required)
        if self._direct is not None:
            self._direct.start()
        for source in filter(None, self._sources):
            source.start()
        loop.add_reader(self._channel.fileno(), self._hear)
        self._hear()
        if self._start.needs_egress:
            # Until providers can be reached, clients wait in the listener's queue.
            await self._has_egress.wait()
        for server in self._servers:
            if not self._is_draining:  # told so while there was no egress: they are closed
                await server.start_serving()
        gc.collect()
        gc.freeze()
        # The hot path makes no reference cycles; rare collections keep pauses out of it.
        gc.set_threshold(50_000, 20, 50)
        loop.call_later(_SWEEP_S, self._sweep)
        self._channel.send({"is": "ready"})
        await self._stopped.wait()
        self._journal.close()

    async def _server(self, fd: int) -> asyncio.Server:
        """Return a server that does not serve yet."""
        loop = asyncio.get_running_loop()
        listen = self._edge.settings.listen
        sock = socket.socket(fileno=fd)
        factory = self._gate.connect
        if listen.proxy_protocol:
            factory = lambda: ProxyProtocol(self._gate.connect)  # type: ignore[assignment,return-value] # noqa: E731 - hands over to the connection
        context = _server_context(listen.tls) if listen.tls is not None else None
        if sock.family == socket.AF_UNIX:
            return await loop.create_unix_server(factory, sock=sock, ssl=context, backlog=4096, start_serving=False)
        return await loop.create_server(factory, sock=sock, ssl=context, backlog=4096, start_serving=False)

    def _tell(self, sentence: str, fields: dict[str, str | int], *, is_good: bool) -> None:
        write = self._log.info if is_good else self._log.warning
        write(sentence, **fields)
        self._metrics.add(RENEWALS, (str(fields["provider"]), "obtained" if is_good else "failed"))

    # -- the channel -------------------------------------------------------------------------------------

    def _hear(self) -> None:
        try:
            while (received := self._channel.receive()) is not None:
                self._obey(*received)
        except EOFError:
            self._has_egress.set()
            self._stopped.set()

    def _obey(self, message: Message, fds: list[int]) -> None:
        what = message.get("do")
        if what == "attach":
            self._spawn(self._attach(str(message["peer"]), fds[0]))
        elif what == "segment":
            self._journal.take_segment(fds[0])
        elif what == "share":
            self._counters.is_shared = True
            self._channel.send({"is": "sharing"})
        elif what == "drain":
            self._spawn(self._drain(float(message["within_s"])))
        elif what == "stop":
            self._has_egress.set()
            self._stopped.set()

    def _spawn(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attach(self, peer: str, fd: int) -> None:
        loop = asyncio.get_running_loop()
        protocol = self._egress if peer == "egress" else self._control.connection()
        assert protocol is not None
        await loop.create_unix_connection(lambda: protocol, sock=socket.socket(fileno=fd))
        if peer == "egress":
            self._has_egress.set()

    async def _drain(self, within_s: float) -> None:
        """Stop accepting, let calls end, then leave. Streams are cut only at the deadline."""
        self._is_draining = True
        self._has_egress.set()
        for server in self._servers:
            server.close()
        deadline = time.monotonic() + within_s
        while self._gate.connections and time.monotonic() < deadline:
            self._gate.drain()
            await asyncio.sleep(_DRAIN_POLL_S)
        cut = self._edge.calls
        if cut:
            self._log.warning("calls were cut at the end of the drain", calls=cut)
        for connection in list(self._gate.connections):
            connection.abort()
        await asyncio.sleep(0)
        self._journal.flush()
        self._channel.send({"is": "drained"})
        self._stopped.set()

    def _ask_for_segment(self) -> None:
        self._channel.send({"is": "segment wanted"})

    # -- keys, pages, metrics ------------------------------------------------------------------------------

    def _take_keys(self, keys: tuple[VirtualKey, ...]) -> None:
        self._edge.principals = Principals(keys)

    def _pages(self) -> Pages:
        def refusal(fault: object) -> tuple[int, bytes, bytes]:
            return self._gate.refusal(fault)  # type: ignore[arg-type] # the gate is made after its pages

        return Pages(self._edge, self._problems, self._render, refusal, self._confinement)

    def _confinement(self) -> dict[str, object]:
        return self._sealed.document()

    def _problems(self) -> list[str]:
        problems = []
        if self._egress is not None and not self._egress.is_up and self._start.needs_egress:
            problems.append("the egress process is not there")
        if self._journal.is_full:
            problems.append("the journal cannot be written")
        if self._is_draining:
            problems.append("this edge is draining")
        return problems

    def _samples(self) -> list[Sample]:
        self._tally.publish()
        metrics = self._metrics
        metrics.set(CONNECTIONS, (), len(self._gate.connections))
        metrics.set(IN_FLIGHT, (), self._edge.calls)
        metrics.set(JOURNAL_RECORDS, (), self._journal.records)
        metrics.set(JOURNAL_FAILURES, (), self._journal.write_failures)
        router = self._edge.router
        metrics.set(WAITING, (), router.rooms.count)
        metrics.clear(LEFT_ALONE)
        for state in router.ward.states():
            if state.state != "well":
                metrics.set(LEFT_ALONE, (state.target, state.key), 1)
        return metrics.samples()

    def _target_changed(self, change: Change) -> None:
        target = change.target
        self._metrics.add(TARGET_FAILURES, (target.name, target.key_name, change.what))
        self._log.warning("target left alone", target=target.name, key=target.key_name, why=change.what)

    def _render(self) -> bytes:
        self._samples()
        return self._metrics.render()

    def _sweep(self) -> None:
        asyncio.get_running_loop().call_later(_SWEEP_S, self._sweep)
        self._gate.sweep()
        self._tally.collect()

    def _unhandled(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """A bug: counted, logged by type and place, never with values."""
        self._gate.count_internal_error()
        error = context.get("exception")
        place = ""
        if isinstance(error, BaseException) and error.__traceback__ is not None:
            trace = error.__traceback__
            while trace.tb_next is not None:
                trace = trace.tb_next
            place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        self._log.error("internal error", type=type(error).__name__, place=place, what=str(context.get("message", "")))


def _server_context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(tls.certificate, tls.private_key)
    if tls.client_ca:
        context.load_verify_locations(cafile=tls.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
