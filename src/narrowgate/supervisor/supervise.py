"""The supervisor: starts the processes, connects them, watches, reloads, drains."""

import os
import selectors
import signal
import socket
from collections.abc import Callable
from typing import Protocol

from narrowgate.adapters.counters.shared import COLUMNS
from narrowgate.adapters.telemetry.log import Log
from narrowgate.supervisor.channel import Message
from narrowgate.supervisor.child import UNSEALED_STATUS
from narrowgate.supervisor.hands import Hands, LaunchersHands
from narrowgate.supervisor.process import Backoff, Child, Handed
from narrowgate.supervisor.renewals import Renewals

_TICK_S = 0.5
_STOP_GRACE_S = 3.0
_RELOAD_DRAIN_S = 3_600.0  # as long as the longest call may take: a reload cuts nothing
_COLUMNS_PER_EDGE = 4  # old and new edges live side by side during reloads


class Plan(Protocol):
    """One configuration made ready to run: what each child is handed. Made anew by a reload."""

    edges: int
    drain_s: float
    needs_egress: bool
    requires_seal: bool

    def egress_is_handed(self) -> Handed:
        """Return what the egress is given: the table of origins, with keys."""

    def edge_is_handed(self, child: Child, columns: int, *, is_alone: bool) -> Handed:
        """Return what an edge is given."""

    def control_is_handed(self) -> Handed:
        """Return what control is given."""

    def recorder_is_handed(self) -> Handed:
        """Return what the recorder is given."""

    def open_segment(self, child: Child) -> int | None:
        """Open the next journal segment for an edge; None when the disk refuses."""

    def reclaim(self, column: int) -> None:
        """Count the leases of the dead edge that had `column` as spent."""


class Supervisor:
    """Runs one gateway. `reload` returns a new plan, or None when the new configuration is bad."""

    def __init__(
        self,
        plan: Plan,
        reload: Callable[[], Plan | None],
        has_changed: Callable[[], bool],
        log: Log,
        now_s: Callable[[], float],
        hands: Hands,
    ) -> None:
        self._plan = plan
        self._reload = reload
        self._has_changed = has_changed
        self._log = log
        self._now_s = now_s
        self._hands = hands
        self._generation = 1
        self._children: list[Child] = []
        self._backoff = Backoff()
        self._renewals = Renewals()
        self._due: list[tuple[float, Callable[[], None]]] = []
        self._selector = selectors.DefaultSelector()
        self._columns = min(1 + _COLUMNS_PER_EDGE * plan.edges, COLUMNS)
        self._is_stopping = False
        self._wants_reload = False
        self._next_plan: Plan | None = None
        self._deadline_s = 0.0
        self._wake_read, self._wake_write = socket.socketpair()
        self._started: Callable[[], None] | None = None
        self._status = 0

    def run(self, started: Callable[[], None]) -> int:
        """Run until SIGTERM or SIGINT, then drain; return the exit status.

        `started` is called once, when calls can be served.
        """
        self._started = started
        self._catch_signals()
        self._start_generation(self._plan)
        while not self._is_over():
            self._wait()
            self._reap()
            self._run_due()
            self._advance()
        for child in self._children:
            child.kill()
        return self._status

    # -- events ------------------------------------------------------------------------------------------

    def _catch_signals(self) -> None:
        self._wake_read.settimeout(0)
        self._wake_write.settimeout(0)
        signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_reload)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        if isinstance(self._hands, LaunchersHands):
            self._selector.register(self._hands, selectors.EVENT_READ, self._hands)

    def _on_stop(self, _number: int, _frame: object) -> None:
        if self._is_stopping:
            self._deadline_s = 0.0  # asked twice: at once
            return
        self._is_stopping = True
        self._deadline_s = self._now_s() + self._plan.drain_s
        self._due.append((0.0, self._begin_stop))

    def _on_reload(self, _number: int, _frame: object) -> None:
        self._wants_reload = True

    def _wait(self) -> None:
        soonest = min((at for at, _ in self._due), default=self._now_s() + _TICK_S)
        timeout = max(0.0, min(_TICK_S, soonest - self._now_s()))
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                self._swallow_wakeups()
            elif isinstance(key.data, LaunchersHands):
                key.data.hear()
            else:
                self._hear(key.data)

    def _swallow_wakeups(self) -> None:
        try:
            while self._wake_read.recv(4_096):
                pass
        except BlockingIOError:
            return

    def _hear(self, child: Child) -> None:
        if child.channel is None:
            return
        try:
            while (received := child.channel.receive()) is not None:
                self._obey(child, received[0])
        except EOFError:
            self._selector.unregister(child.channel)
            child.close()

    def _obey(self, child: Child, message: Message) -> None:
        if message.get("is") == "ready":
            child.is_ready = True
        elif message.get("is") == "sharing":
            child.is_sharing = True
        elif message.get("is") == "segment wanted":
            self._give_segment(child)
        elif message.get("is") in {"told", "warned"}:
            self._pass_on(message)

    def _pass_on(self, message: Message) -> None:
        """Write a log line for the egress, which has no log of its own, and have control count what became of it."""
        fields = {name: value for name, value in message.items() if name not in {"is", "sentence"}}
        write = self._log.info if message["is"] == "told" else self._log.warning
        write(str(message.get("sentence", "")), **fields)
        counted = self._renewals.count(message)
        for control in self._of("control", None):
            self._tell(control, counted)

    def _run_due(self) -> None:
        now = self._now_s()
        due = [action for at, action in self._due if at <= now]
        self._due = [(at, action) for at, action in self._due if at > now]
        for action in due:
            action()

    # -- starting ------------------------------------------------------------------------------------------

    def _start_generation(self, plan: Plan) -> None:
        if plan.needs_egress:
            self._start_egress(plan)
        for slot in range(plan.edges):
            self._start_edge(plan, slot)

    def _start_egress(self, plan: Plan) -> None:
        egress = self._start(Child("egress", 0, self._generation), plan.egress_is_handed())
        for edge in self._of("edge", self._generation):
            self._connect(edge, egress)

    def _start_edge(self, plan: Plan, slot: int) -> None:
        child = Child("edge", slot, self._generation)
        child.column = self._free_column()
        is_alone = plan.edges == 1 and not self._of("edge", None)
        handed = plan.edge_is_handed(child, self._columns, is_alone=is_alone)
        child.is_sharing = not is_alone
        self._start(child, handed)
        self._give_segment(child)
        for other in (*self._of("egress", self._generation), *self._of("control", None)):
            self._connect(child, other)

    def _start_control(self) -> None:
        control = self._start(Child("control", 0, self._generation), self._plan.control_is_handed())
        for counted in self._renewals.all():
            self._tell(control, counted)
        for edge in self._of("edge", None):
            self._connect(edge, control)

    def _start_recorder(self) -> None:
        self._start(Child("recorder", 0, self._generation), self._plan.recorder_is_handed())

    def _start(self, child: Child, handed: Handed) -> Child:
        child.start(handed, self._now_s(), self._hands, is_seal_required=self._plan.requires_seal)
        assert child.channel is not None
        self._selector.register(child.channel, selectors.EVENT_READ, child)
        self._children.append(child)
        return child

    def _connect(self, edge: Child, other: Child) -> None:
        """Give both ends of a fresh socket pair away."""
        if edge.channel is None or other.channel is None or edge.is_leaving:
            return
        ours, theirs = socket.socketpair()
        with ours, theirs:
            edge.channel.send({"do": "attach", "peer": other.role}, [ours.fileno()])
            other.channel.send({"do": "attach", "peer": "edge"}, [theirs.fileno()])

    def _give_segment(self, child: Child) -> None:
        if child.channel is None:
            return
        fd = self._plan.open_segment(child)
        if fd is None:
            self._due.append((self._now_s() + 1.0, lambda: self._give_segment(child)))
            return
        child.channel.send({"do": "segment"}, [fd])
        os.close(fd)

    def _free_column(self) -> int:
        taken = {child.column for child in self._children}
        return next(column for column in range(1, COLUMNS) if column not in taken)

    # -- watching ------------------------------------------------------------------------------------------

    def _reap(self) -> None:
        for child in [child for child in self._children if child.exit_status() is not None]:
            self._hear(child)
            self._children.remove(child)
            if child.channel is not None:
                self._selector.unregister(child.channel)
                child.close()
            if child.role == "edge":
                self._plan.reclaim(child.column)
            if child.exit_status() == UNSEALED_STATUS and not self._is_stopping:
                self._status = 1
                self._on_stop(0, None)
            elif not child.is_leaving and not self._is_stopping:
                self._replace(child)

    def _replace(self, child: Child) -> None:
        delay = self._backoff.delay_s(child.name, self._now_s() - child.started_s)
        how = child.exit_status()
        self._log.error("a process ended and is started again", process=child.name, status=how, after_s=round(delay, 1))
        self._due.append((self._now_s() + delay, lambda: self._start_again(child)))

    def _start_again(self, child: Child) -> None:
        if self._is_stopping or child.generation != self._generation:
            return
        if child.role == "edge":
            self._start_edge(self._plan, child.slot)
        elif child.role == "egress":
            self._start_egress(self._plan)
        elif child.role == "control":
            self._start_control()
        else:
            self._start_recorder()

    def _advance(self) -> None:
        """Take whatever next step has become possible."""
        if self._started is not None and self._is_generation_ready():
            started, self._started = self._started, None
            self._start_control()
            self._start_recorder()
            started()
        if self._is_stopping:
            self._advance_stop()
        elif self._next_plan is not None:
            if all(child.is_sharing for child in self._of("edge", None)):
                self._start_next_generation()
        elif self._wants_reload or self._has_changed():
            self._wants_reload = False
            self._begin_reload()
        if not self._is_stopping and self._is_generation_ready():
            self._retire_old()

    def _is_generation_ready(self) -> bool:
        current = [child for child in self._children if child.generation == self._generation]
        edges = sum(child.is_ready for child in current if child.role == "edge")
        has_egress = not self._plan.needs_egress or any(c.is_ready for c in current if c.role == "egress")
        return edges == self._plan.edges and has_egress

    # -- reloading -------------------------------------------------------------------------------------------

    def _begin_reload(self) -> None:
        """Start the next generation beside this one; nothing changes if the configuration is bad."""
        live = sum(child.role == "edge" for child in self._children)
        plan = self._reload()
        if plan is None:
            self._log.error("the new configuration is not used; the present one goes on")
            return
        if live + plan.edges >= self._columns:
            self._log.warning("a reload waits until the edges of an earlier one have drained")
            self._due.append((self._now_s() + 1.0, self._ask_reload))
            return
        # An edge that was alone must lock its counters before another one counts beside it.
        for child in self._of("edge", None):
            self._tell(child, {"do": "share"})
        self._next_plan = plan

    def _start_next_generation(self) -> None:
        plan, self._next_plan = self._next_plan, None
        if plan is None:
            return
        self._plan = plan
        self._generation += 1
        self._log.info("reloading", generation=self._generation)
        self._start_generation(plan)

    def _ask_reload(self) -> None:
        self._wants_reload = True

    def _retire_old(self) -> None:
        """Let processes of earlier generations go, in the order that loses nothing."""
        for child in self._children:
            if child.generation == self._generation or child.is_leaving:
                continue
            if child.role == "edge":
                child.is_leaving = True
                self._tell(child, {"do": "drain", "within_s": _RELOAD_DRAIN_S})
            elif child.role == "egress" and not self._of("edge", child.generation):
                child.is_leaving = True
                self._tell(child, {"do": "stop"})
            elif child.role in {"control", "recorder"}:
                child.is_leaving = True
                self._tell(child, {"do": "stop"})
                start = self._start_control if child.role == "control" else self._start_recorder
                self._due.append((0.0, start))

    # -- stopping --------------------------------------------------------------------------------------------

    def _begin_stop(self) -> None:
        self._log.info("draining", within_s=self._plan.drain_s)
        for child in self._of("edge", None):
            child.is_leaving = True
            self._tell(child, {"do": "drain", "within_s": self._plan.drain_s})

    def _advance_stop(self) -> None:
        """Edges first; then those they need; the recorder last, when all journals are complete."""
        is_late = self._now_s() > self._deadline_s + _STOP_GRACE_S
        edges = self._of("edge", None)
        if edges:
            if is_late:
                for child in edges:
                    child.kill()
            return
        for child in self._children:
            if not child.is_leaving:
                child.is_leaving = True
                self._tell(child, {"do": "stop"})
            elif self._now_s() > self._deadline_s + 3 * _STOP_GRACE_S:
                child.kill()

    def _is_over(self) -> bool:
        return self._is_stopping and not self._children

    # -- children --------------------------------------------------------------------------------------------

    def _of(self, role: str, generation: int | None) -> list[Child]:
        return [c for c in self._children if c.role == role and generation in {None, c.generation}]

    @staticmethod
    def _tell(child: Child, message: Message) -> None:
        if child.channel is not None:
            child.channel.send(message)
