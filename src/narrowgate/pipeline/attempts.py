"""The one retry loop: which target a call goes to, where it goes after a failure, and what all that was."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from narrowgate.model.fault import Fault
from narrowgate.pipeline.answer_head import usd
from narrowgate.pipeline.ask import Circumstances
from narrowgate.pipeline.router import Obstacle, Router
from narrowgate.pipeline.target import Target
from narrowgate.pipeline.way import Way
from narrowgate.policy.routing.remedy import Cause, Remedy, cause_of, remedy_of

_MS = 1_000_000
# Beyond this many attempts nobody is helped, whatever routes and fallbacks add up to.
_MOST_ATTEMPTS = 12
_SHOWN = 120
UNDER_WAY = "under way"


class Step(NamedTuple):
    """The next attempt: where, after how long, and why there."""

    target: Target
    delay_ns: int
    why: str


class Attempt(msgspec.Struct, omit_defaults=True):
    """One attempt as the receipt tells it. Times are milliseconds since the call began."""

    target: str
    why: str
    began_ms: int
    ended_ms: int = 0
    outcome: str = UNDER_WAY  # "answered", "lost the race", else a fault's kind
    key: str = ""
    status: int = 0
    code: str = ""
    wasted_usd_e9: int = 0


class Attempts:
    """What has been tried for one call."""

    __slots__ = (
        "_asked",
        "_at",
        "_barred",
        "_failed",
        "_first_way",
        "_known",
        "_present",
        "_retried",
        "_rounds",
        "_router",
        "_started_ns",
        "_tried",
        "_ways",
        "first_fault",
        "list",
        "wasted_usd_e9",
        "way",
    )

    def __init__(self, router: Router, way: Way, known: Circumstances, started_ns: int) -> None:
        self._router = router
        self._known = known
        self._started_ns = started_ns
        self._ways: list[Way] = []  # still to come, once it is known why
        self._at: Cause | None = None
        self._tried: set[int] = set()
        self._failed: set[int] = set()
        self._barred: set[int] = set()  # failed in a way that another try here does not mend
        self._asked: dict[int, int] = {}  # how often
        self._rounds = 0
        self._present = 0  # number of the target that is being asked
        self._first_way = way
        self._retried = 0  # times the present target was asked again
        self.way = way
        self.list: list[Attempt] = []
        self.first_fault: Fault | None = None
        self.wasted_usd_e9 = 0

    # -- choosing --------------------------------------------------------------------------------

    def first(self) -> Step | Obstacle:
        """Return where the call goes first, or why it can go nowhere now."""
        ways = (self.way, *self._chain(Cause.GENERAL))
        for way in ways:
            step = self._choose(way)
            if step is not None:
                if way is not self.way:
                    self._enter(ways[ways.index(way) + 1 :], Cause.GENERAL)
                    self.way = way
                    return Step(step.target, 0, f"fallback {way.name}")
                return step
        for way in ways:
            choice = self._router.anyway(way, self._known)
            if choice is not None:
                return Step(choice.target, 0, choice.why)
        return self._router.obstacle(ways, self._known)

    def second(self) -> Step | None:
        """Return what may be raced with the first target, None when there is nothing well."""
        choice = self._router.choose(self.way, self._known, self._tried)
        if choice is not None:
            return Step(choice.target, 0, "hedge")
        step = self._elsewhere(Cause.GENERAL)
        return None if step is None else step._replace(why=f"hedge, {step.why}")

    def began(self, step: Step, now_ns: int) -> None:
        """Note that an attempt goes out."""
        index = step.target.index
        self._tried.add(index)
        self._asked[index] = self._asked.get(index, 0) + 1
        self._present = index
        self.list.append(
            Attempt(step.target.name, step.why, (now_ns - self._started_ns) // _MS, key=step.target.key_name)
        )

    def after(
        self, target: Target, fault: Fault, wait_ms: int | None, left_ns: int, *, has_begun: bool = False
    ) -> Step | None:
        """Return what comes after `fault` of `target`, None when nothing more may help.

        `wait_ms` is what the provider asked for, `left_ns` the time until the call's deadline. With
        `has_begun` the client has part of an answer: the same target is not asked again.
        """
        if self.first_fault is None:
            self.first_fault = fault
        remedy, cause = remedy_of(fault), cause_of(fault)
        if remedy is Remedy.ELSEWHERE:
            self._barred.add(target.index)
        if remedy is Remedy.NOWHERE or left_ns <= 0 or len(self.list) >= _MOST_ATTEMPTS:
            return None
        if has_begun and not self._allows(self.way.streams.replay):
            ways = (self.way, *self._rest())
            unfit = {one.index for way in ways for one in way.targets if not one.takes_prefill}
            self._tried |= unfit
            self._barred |= unfit
        if cause is not Cause.GENERAL:
            return self._elsewhere(cause)
        step = self._choose(self.way)
        if step is None and remedy is Remedy.AGAIN and not has_begun:
            step = self._again(target, wait_ms, left_ns)
        return step or self._elsewhere(cause) or self._another_round(target, left_ns)

    def is_first_failure_of(self, target: Target) -> bool:
        """Whether this call has not failed there before; from now on it has."""
        is_first = target.index not in self._failed
        self._failed.add(target.index)
        return is_first

    @property
    def has_spare(self) -> bool:
        """Whether there is somewhere else to go if the present target is too slow."""
        if len(self.list) >= _MOST_ATTEMPTS:
            return False
        asked, barred, present = self._asked, self._barred, self._present
        return any(
            target.index not in barred and target.index != present and asked.get(target.index, 0) <= way.retries
            for way in self._all_ways()
            for target in way.targets
        )

    @property
    def may_resume(self) -> bool:
        """Whether another target may go on with an answer that breaks off after some of it was sent."""
        streams = self.way.streams
        return (self._allows(streams.replay) or self._allows(streams.continuation)) and self.has_spare

    def may_continue(self, target: Target) -> bool:
        """Whether `target` may be asked to go on from what was sent: only one that is known to take that."""
        return target.takes_prefill and self._allows(self.way.streams.continuation)

    def _allows(self, flag: bool | None) -> bool:  # noqa: FBT001 - what the route says, which may be nothing
        """Whether something may be done that calls which name fallbacks want unless the route says no."""
        if flag is not None:
            return flag
        return bool(self._named)

    def _all_ways(self) -> tuple[Way, ...]:
        return (self._first_way, *self._router.chain(self._first_way, Cause.GENERAL, self._named))

    def _rest(self) -> list[Way]:
        return self._chain(Cause.GENERAL) if self._at is None else self._ways

    def _enter(self, ways: Sequence[Way], cause: Cause) -> None:
        self._at = cause
        self._ways = [*ways]

    def _chain(self, cause: Cause) -> list[Way]:
        return self._router.chain(self.way, cause, self._named)

    @property
    def _named(self) -> tuple[str, ...]:
        """The fallbacks that the call itself names."""
        ask = self._known.ask
        return ask.fallbacks if ask is not None else ()

    def _choose(self, way: Way) -> Step | None:
        choice = self._router.choose(way, self._known, self._tried)
        if choice is None:
            return None
        self._retried = 0
        return Step(choice.target, 0, choice.why)

    def _again(self, target: Target, wait_ms: int | None, left_ns: int) -> Step | None:
        """Ask the same target once more, if it may, can, and the time allows."""
        router = self._router
        if self._retried >= self.way.retries or not router.may_retry(target, has_spare=self.has_spare):
            return None
        delay_ms = router.backoff_ms(self._retried, wait_ms)
        if delay_ms is None or delay_ms * _MS >= left_ns:
            return None
        self._retried += 1
        return Step(target, delay_ms * _MS, "again after a pause")

    def _elsewhere(self, cause: Cause) -> Step | None:
        """Go through the ways that stand in for the first."""
        if self._at is None or (self._at is Cause.GENERAL and cause is not Cause.GENERAL):
            self._enter(self._chain(cause), cause)
        while self._ways:
            way = self._ways.pop(0)
            step = self._choose(way)
            if step is not None:
                self.way = way
                return Step(step.target, 0, f"fallback {way.name}")
        return None

    def _another_round(self, last: Target, left_ns: int) -> Step | None:
        """Ask once more what failed in passing or was left alone until now: the soonest, when its pause is over."""
        found = self._router.soonest(self._all_ways(), self._known, self._asked, self._barred, last)
        if found is None:
            return None
        way, target, wait_ms = found
        if target.index in self._asked:
            wait_ms = max(wait_ms, self._router.backoff_ms(self._rounds, None) or 0)
            self._rounds += 1
        if wait_ms * _MS >= left_ns:
            return None
        self.way = way
        return Step(target, wait_ms * _MS, "another round")

    # -- what became of them ---------------------------------------------------------------------

    def ended(
        self,
        fault: Fault | None,
        now_ns: int,
        wasted_usd_e9: int = 0,
        outcome: str = "answered",
        *,
        of: Attempt | None = None,
    ) -> None:
        """Note how an attempt ended (the latest under way, or `of`), and what it cost without having been of use."""
        latest = of or next((one for one in reversed(self.list) if one.outcome == UNDER_WAY), None)
        if latest is None:
            return
        latest.wasted_usd_e9 = wasted_usd_e9
        self.wasted_usd_e9 += wasted_usd_e9
        latest.ended_ms = (now_ns - self._started_ns) // _MS
        latest.outcome = outcome
        if fault is not None:
            latest.outcome = fault.kind.value
            latest.status = fault.upstream_status or 0
            latest.code = fault.code or ""

    @property
    def has_moved(self) -> bool:
        """Whether more than one target was tried."""
        return any(one.target != self.list[0].target for one in self.list)

    def told(self, fault: Fault) -> Fault:
        """Return the fault the caller is shown: the primary's, with what else was tried."""
        first = self.first_fault or fault
        if not self.has_moved:
            return first
        others = ", ".join(f"{one.target} ({one.code or one.status or one.outcome})" for one in self.list[1:])
        more = len(others) - _SHOWN * 3
        shown = others if more <= 0 else others[: _SHOWN * 3] + "…"
        return msgspec.structs.replace(first, message=f"{first.message} [also tried: {shown}]")

    def receipt(self, name: str) -> str:
        """Return as JSON where the call to `name` went and why."""
        document = {
            "route": name,
            "attempts": self.list,
            "left": self._router.left((self.way, *self._rest()), self._known, self._tried),
            "wasted_usd": usd(self.wasted_usd_e9).decode(),
        }
        return msgspec.json.encode(document).decode()
