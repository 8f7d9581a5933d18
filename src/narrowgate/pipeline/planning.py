"""Where a call goes first, and what it does where it can go nowhere yet."""

from narrowgate.identity.response_ids import StoredResponse
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.pipeline.account import Account
from narrowgate.pipeline.ask import Ask, Circumstances
from narrowgate.pipeline.attempts import Attempts
from narrowgate.pipeline.faults import all_full, invalid_body, not_allowed, unknown_model
from narrowgate.pipeline.lease import budget_used
from narrowgate.pipeline.ports import Timer
from narrowgate.pipeline.router import Obstacle
from narrowgate.pipeline.target import Target
from narrowgate.pipeline.waiting import Waiter
from narrowgate.pipeline.way import Way
from narrowgate.wire.errors import WireError


class Planning(Account):
    """The part of a call that finds a target for it, and waits for one."""

    __slots__ = ("_ask", "_began_ns", "_timer", "_waiter", "_waits_ms")

    _ask: Ask | None  # None: cannot be made again
    _began_ns: int  # of the gateway's own work at the present attempt
    _timer: Timer | None
    _waiter: Waiter | None
    _waits_ms: int  # until when a call that waits for room or for a pause to end does so

    def _start(self, target: Target, ask: Ask) -> None:
        """Send an attempt.

        Raises:
            Failed, WireError: it cannot go out, nor anything in its stead.
        """
        raise NotImplementedError

    def plan(self, name: str) -> Target:
        """Find the target of `name` that the call goes to, and check that the key may use it.

        Raises:
            Failed: it may not, there is none, or all are unwell or full.
        """
        target = self._plan(name)
        if isinstance(target, Obstacle):
            raise Failed(target.fault)
        return target

    def _plan(self, name: str) -> Target | Obstacle:
        """Find the target that the call goes to first, or why it can go nowhere at present.

        Raises:
            Failed: the key may not use it, or there is none.
        """
        self._name = name
        edge = self._edge
        if edge.journal.is_full:
            raise Failed(
                Fault(FaultKind.OVERLOADED, "the journal cannot be written, so calls are not accepted", retry_after_s=5)
            )
        router = edge.router
        way = router.find(name)
        if way is None:
            raise Failed(unknown_model(name))
        ask = self._ask
        target = way.targets[0]
        if way.is_simple and not target.vitals.is_special and (ask is None or not ask.fallbacks):
            if not self._principal.may_use(name, target):
                raise Failed(not_allowed(name))
            self._target = target
            return target
        self._attempts = self._make_attempts(way)
        if router.rooms.count and router.rooms.has(name):
            return Obstacle(all_full(name), -1)  # those who wait were here before
        return self._choose_first()

    def _choose_first(self) -> Target | Obstacle:
        attempts = self._attempts
        assert attempts is not None
        step = attempts.first()
        if isinstance(step, Obstacle):
            return step
        attempts.began(step, self.work_ns())
        self._target = step.target
        return step.target

    @property
    def _keeper(self) -> StoredResponse | None:
        """The stored response that the request goes on from, if it does."""
        return None

    def _make_attempts(self, way: Way) -> Attempts:
        ask, edge, principal = self._ask, self._edge, self._principal
        known = Circumstances(
            principal,
            ask.headers if ask is not None else {},
            ask,
            name=self._name,
            operation=self._operation._value_,
            now_ms=self._started_ms,
            budget_used=lambda: budget_used(edge, principal.key, self._started_ms),
            keeper=self._keeper,
        )
        return Attempts(edge.router, way, known, self._started_ns)

    # -- waiting until there is room ---------------------------------------------------------------

    def _wait(self, obstacle: Obstacle, *, is_back: bool = False) -> None:
        """Wait for room, or for a pause to end, if that may be soon.

        Raises:
            Failed: it would take too long, or too many wait.
        """
        edge, attempts = self._edge, self._attempts
        router = edge.router
        assert attempts is not None
        now_ms = edge.clock.unix_ms()
        if not self._waits_ms:
            self._waits_ms = now_ms + router.max_wait_ms
        left_ms = self._waits_ms - now_ms
        if obstacle.until_ms < 0 < left_ms:
            way, key = attempts.way, self._principal.key.id
            self._waiter = router.rooms.join(way.name, key, way.priority_class, self._look_again, is_back=is_back)
            if self._waiter is None:
                raise Failed(obstacle.fault)
            self._timer = edge.later(left_ms * 1_000_000, lambda: self._waited(obstacle.fault))
            return
        wait_ms = router.worth_waiting(obstacle.until_ms) if obstacle.until_ms > 0 else None
        if wait_ms is None or wait_ms > left_ms:
            raise Failed(obstacle.fault)
        self._timer = edge.later(wait_ms * 1_000_000, self._look_again)

    def _look_again(self) -> None:
        """Make the first attempt, if that is possible now."""
        ask = self._ask
        is_back = self._waiter is not None
        self._stop_waiting()
        if self.is_over or ask is None:
            return
        self._began_ns = self.work_ns()
        try:
            target = self._choose_first()
            if isinstance(target, Obstacle):
                self._wait(target, is_back=is_back)
            else:
                self._start(target, ask)
        except Failed as failed:
            self.fail(failed.fault)
        except WireError as error:
            self.fail(invalid_body(error))

    def _waited(self, fault: Fault) -> None:
        self._stop_waiting()
        if not self.is_over:
            self.fail(fault)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiter is not None:
            self._edge.router.rooms.leave(self._waiter)
            self._waiter = None
