"""One configuration made ready to run: sockets, keys, counters, journals, what each child gets."""

import fcntl
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from narrowgate.adapters.counters.shared import SharedCounters
from narrowgate.adapters.journal.segments import open_segment
from narrowgate.adapters.store.location import CONTROL_SOCKET, DATABASE, JOURNAL, LOCK
from narrowgate.adapters.store.store import Store, StoreUnavailable
from narrowgate.adapters.telemetry.log import Log
from narrowgate.adapters.upstream.openings import openings_of
from narrowgate.adapters.upstream.origins import read_origins
from narrowgate.config.fetching import fetch_origin
from narrowgate.config.plan import Plan
from narrowgate.config.schema import Config, Custody
from narrowgate.config.snapshot import Origin
from narrowgate.config.start import ENCODER, ControlStart, EdgeStart, RecorderStart
from narrowgate.identity.keys import VirtualKey
from narrowgate.policy.budget.estimate import window_at, window_start_ms
from narrowgate.recorder.ingest import Ingest
from narrowgate.sandbox.landlock import Openings, keeping
from narrowgate.sandbox.profile import Role
from narrowgate.supervisor.hands import Hands
from narrowgate.supervisor.process import Child, Handed
from narrowgate.supervisor.starting import fill

_CATCH_UP_STEPS = 2_000


class AlreadyRunning(Exception):
    """Another gateway uses the data directory."""


class Place:
    """What outlives a reload: the data directory, its lock, database, counters and sockets."""

    def __init__(self, data: Path, counters_fd: int, now_s: Callable[[], int], log: Log, hands: Hands) -> None:
        self.data = data
        self.hands = hands
        self.log = log
        self.now_s = now_s
        self.counters_fd = counters_fd
        self._lock = _lock(data / LOCK)
        self.store = Store(data / DATABASE, now_s)
        self.control_socket = hands.listen_locally(data / CONTROL_SOCKET)
        self.listeners: list[list[socket.socket]] = []
        self.admin_digest = b""
        self.id_secret = b""
        self._keys: tuple[VirtualKey, ...] = ()

    def all_keys(self) -> tuple[VirtualKey, ...]:
        """Return the virtual keys, as last seen if the database cannot be read now."""
        try:
            self._keys = self.store.all_keys()
        except StoreUnavailable as error:
            self.log.warning(str(error))
        return self._keys

    def catch_up(self) -> None:
        """Bring in what earlier runs left in journals, then tell the counters what was spent."""
        ingest = Ingest(self.store, self.data / JOURNAL, self.log.warning)
        for _ in range(_CATCH_UP_STEPS):
            progress = ingest.step()
            if not progress.records and not progress.segments_finished:
                break
        now_s = self.now_s()
        counters = SharedCounters(self.counters_fd, 0, 1)
        spends: dict[str, dict[str, int]] = {}
        for key in self.all_keys():
            if key.budget_usd_e9 is not None:
                kind = key.budget_window.value
                if kind not in spends:
                    spends[kind] = self.store.spend(window_start_ms(kind, now_s))
                counters.set_base(key.row, window_at(kind, now_s * 1_000), spends[kind].get(key.id, 0))
        counters.close()


class RunningPlan:
    """Implements the supervisor's Plan for one configuration.

    `exposure` returns what `GET /exposure` shows, a JSON document.
    """

    def __init__(
        self,
        config: Config,
        plan: Plan,
        origins: Sequence[Origin],
        place: Place,
        edges: int,
        exposure: Callable[[], bytes] = bytes,
    ) -> None:
        self.edges = edges
        self.drain_s = config.drain_s
        self.requires_seal = config.sandbox.require
        table = [*origins, *fetch_origin(config.fetch)]
        self.needs_egress = bool(table) and plan.edge.custody is Custody.SPLIT
        self._config = config
        self._plan = plan
        self._place = place
        self._exposure = exposure
        # In memory of the kernel's, not on our heap: the supervisor needs it again only to start
        # an egress after a crash.
        self._origins = place.hands.memory()
        fill(self._origins, msgspec.json.encode(table))

    def egress_is_handed(self) -> Handed:
        """Return what the egress is given: the table of origins, with keys."""
        return Handed(Role.EGRESS, self._table())

    def edge_is_handed(self, child: Child, columns: int, *, is_alone: bool) -> Handed:
        """Return what an edge is given."""
        place = self._place
        child.writer = place.store.next_writer_number()
        listeners = [sock.fileno() for sock in place.listeners[child.slot]]
        is_merged = self._plan.edge.custody is Custody.MERGED
        start = EdgeStart(
            settings=self._plan.edge,
            keys=place.all_keys(),
            slot=child.slot,
            listener_fds=tuple(listeners),
            counters_fd=place.counters_fd,
            column=child.column,
            columns=columns,
            call_prefix=f"{place.now_s():08x}{child.writer:06x}",
            needs_egress=self.needs_egress,
            is_alone=is_alone,
            edges=self.edges,
            id_secret=place.id_secret,
            origins=self._table() if is_merged else None,
        )
        openings = openings_of(read_origins(self._table())) if is_merged else Openings()
        tls = self._config.listen.tls
        files = () if tls is None else (tls.certificate, tls.private_key, tls.client_ca)
        openings = replace(openings, read=(*openings.read, *(file for file in files if file)))
        role = Role.MERGED_EDGE if is_merged else Role.EDGE
        return Handed(role, ENCODER.encode(start), (*listeners, place.counters_fd), openings)

    def control_is_handed(self) -> Handed:
        """Return what control is given."""
        place = self._place
        fd = place.control_socket.fileno()
        start = ControlStart(
            data=str(place.data),
            admin_digest=place.admin_digest,
            listener_fd=fd,
            log=self._config.log,
            exposure=self._exposure(),
        )
        return Handed(Role.CONTROL, ENCODER.encode(start), (fd,), keeping(str(place.data)))

    def recorder_is_handed(self) -> Handed:
        """Return what the recorder is given."""
        data = str(self._place.data)
        start = RecorderStart(data=data, journal=self._config.journal, log=self._config.log)
        return Handed(Role.RECORDER, ENCODER.encode(start), (), keeping(data))

    def open_segment(self, child: Child) -> int | None:
        """Open an edge's next journal segment."""
        child.segments += 1
        try:
            return open_segment(self._place.data / JOURNAL, child.writer, child.segments)
        except OSError as error:
            self._place.log.error("a journal segment cannot be opened; free some disk space", reason=error.strerror)
            return None

    def _table(self) -> bytes:
        return os.pread(self._origins, os.fstat(self._origins).st_size, 0)

    def reclaim(self, column: int) -> None:
        """Count a dead edge's leases as spent."""
        place = self._place
        rows = max((key.row for key in place.all_keys()), default=0)
        counters = SharedCounters(place.counters_fd, column, column + 1)
        counters.reclaim(rows)
        counters.close()


def usual_edges() -> int:
    """Return how many edges to start when nobody says: a processor each, but for one."""
    return max(1, min(8, len(os.sched_getaffinity(0)) - 1))


def _lock(path: Path) -> int:
    """Take the data directory for this gateway, for as long as it lives."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise AlreadyRunning(
            f"another gateway runs on the data directory '{path.parent}'; stop it, or choose another with --data"
        ) from None
    return fd
