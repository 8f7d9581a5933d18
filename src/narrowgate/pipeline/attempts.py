"""The one retry loop: which target a call goes to, where it goes after a failure, and what all that was."""

from typing import NamedTuple

import msgspec

from narrowgate.model.fault import Failed, Fault
from narrowgate.pipeline.answer_head import usd
from narrowgate.pipeline.ask import Facts
from narrowgate.pipeline.router import Router
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
    first_token_ms: int = 0
    wasted_usd_e9: int = 0


class Attempts:
    """What has been tried for one call."""

    __slots__ = (
        "_at",
        "_facts",
        "_retried",
        "_router",
        "_started_ns",
        "_tried",
        "_ways",
        "first_fault",
        "list",
        "wasted_usd_e9",
        "way",
    )

    def __init__(self, router: Router, way: Way, facts: Facts, started_ns: int) -> None:
        self._router = router
        self._facts = facts
        self._started_ns = started_ns
        self._ways: list[Way] = []  # still to come, once it is known why
        self._at: Cause | None = None
        self._tried: set[int] = set()
        self._retried = 0  # times the present target was asked again
        self.way = way
        self.list: list[Attempt] = []
        self.first_fault: Fault | None = None
        self.wasted_usd_e9 = 0

    # -- choosing --------------------------------------------------------------------------------

    def first(self) -> Step:
        """Return where the call goes first.

        Raises:
            Failed: all targets are unwell or full; with the soonest time that another try may help.
        """
        step = self._choose(self.way)
        if step is None:
            step = self._elsewhere(Cause.GENERAL)
        if step is None:
            raise Failed(self._router.nothing(self.way, self._facts))
        return step

    def began(self, step: Step, now_ns: int) -> None:
        """Note that an attempt goes out."""
        self._tried.add(step.target.index)
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
        if remedy is Remedy.NOWHERE or left_ns <= 0 or len(self.list) >= _MOST_ATTEMPTS:
            return None
        if cause is Cause.GENERAL:
            step = self._choose(self.way)
            if step is not None:
                return step
            if remedy is Remedy.AGAIN and not has_begun:
                again = self._again(target, wait_ms, left_ns)
                if again is not None:
                    return again
        return self._elsewhere(cause)

    @property
    def has_spare(self) -> bool:
        """Whether there is somewhere to go if the present target is too slow."""
        if len(self.list) >= _MOST_ATTEMPTS:
            return False
        if any(target.index not in self._tried for target in self.way.targets):
            return True
        if self._at is None:
            return bool(self._chain(Cause.GENERAL))
        return any(target.index not in self._tried for way in self._ways for target in way.targets)

    @property
    def may_resume(self) -> bool:
        """Whether another target may go on with an answer that breaks off after some of it was sent."""
        ask = self._facts.ask
        is_named = ask is not None and bool(ask.fallbacks)
        return (is_named or self.way.may_continue or self.way.may_replay) and self.has_spare

    def may_continue(self, target: Target) -> bool:
        """Whether `target` may be asked to go on from what was sent: only one that is known to take that."""
        ask = self._facts.ask
        return target.takes_prefill and (self.way.may_continue or (ask is not None and bool(ask.fallbacks)))

    def _chain(self, cause: Cause) -> list[Way]:
        ask = self._facts.ask
        return self._router.chain(self.way, cause, ask.fallbacks if ask is not None else ())

    def _choose(self, way: Way) -> Step | None:
        choice = self._router.choose(way, self._facts, self._tried)
        if choice is None:
            return None
        self._retried = 0
        return Step(choice.target, 0, choice.why)

    def _again(self, target: Target, wait_ms: int | None, left_ns: int) -> Step | None:
        """Ask the same target once more, if it may, can, and the time allows."""
        router = self._router
        if self._retried >= self.way.retries or not router.may_retry(target):
            return None
        delay_ms = router.backoff_ms(self._retried, wait_ms)
        if delay_ms is None or delay_ms * _MS >= left_ns:
            return None
        self._retried += 1
        return Step(target, delay_ms * _MS, "again after a pause")

    def _elsewhere(self, cause: Cause) -> Step | None:
        """Go through the ways that stand in for the first."""
        if self._at is None or (self._at is Cause.GENERAL and cause is not Cause.GENERAL):
            self._at = cause
            self._ways = self._chain(cause)
        while self._ways:
            way = self._ways.pop(0)
            step = self._choose(way)
            if step is not None:
                self.way = way
                return Step(step.target, 0, f"fallback {way.name}")
        return None

    # -- what became of them ---------------------------------------------------------------------

    def ended(self, fault: Fault | None, now_ns: int, wasted_usd_e9: int = 0, outcome: str = "answered") -> None:
        """Note how the latest attempt ended, and what it cost without having been of use."""
        if not self.list:
            return
        latest = self.list[-1]
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
            "left": self._router.left(self.way, self._facts, self._tried),
            "wasted_usd": usd(self.wasted_usd_e9).decode(),
        }
        return msgspec.json.encode(document).decode()
