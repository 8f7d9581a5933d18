"""Which target a call goes to: names, rules, and how the targets are."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from narrowgate.config.snapshot import EdgeSettings
from narrowgate.model.fault import Fault
from narrowgate.pipeline.ask import Facts
from narrowgate.pipeline.faults import all_cooling, not_allowed
from narrowgate.pipeline.target import Target, Targets
from narrowgate.pipeline.way import Way
from narrowgate.policy.routing.remedy import Cause
from narrowgate.wire.answer import Head


class Choice(NamedTuple):
    """A target and the reason for it."""

    target: Target
    why: str


class Router:
    """One edge's knowledge of names and targets."""

    def __init__(
        self, settings: EdgeSettings, targets: Targets, now_ms: Callable[[], int], random: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._targets = targets
        self._now_ms = now_ms
        self._random = random
        self._ways: dict[str, Way] = {}
        self.retries = 2
        self.is_troubled = False

    def find(self, name: str) -> Way | None:
        """Return what `name` leads to, None when nothing knows it."""
        way = self._ways.get(name)
        if way is None:
            target = self._targets.find(name)
            if target is None:
                return None
            way = self._ways[name] = Way(name, (target,), self.retries)
        return way

    def chain(self, way: Way, cause: Cause, named: Sequence[str]) -> list[Way]:
        """Return the ways that stand in for `way` after a fault of `cause`; `named` are those the caller wants."""
        names = {
            Cause.GENERAL: (*named, *way.fallbacks),
            Cause.CONTEXT_WINDOW: (*way.context_window_fallbacks, *named, *way.fallbacks),
            Cause.CONTENT_POLICY: way.content_policy_fallbacks,
        }[cause]
        found = (self.find(name) for name in dict.fromkeys(names))
        return [one for one in found if one is not None and one is not way]

    def choose(self, way: Way, facts: Facts, tried: AbstractSet[int]) -> Choice | None:
        """Return the best target of `way` that was not tried, None when there is none that is well."""
        for target in way.targets:
            if target.index not in tried and facts.principal.may_use(way.name, target):
                return Choice(target, "next in order")
        return None

    def left(self, way: Way, facts: Facts, tried: AbstractSet[int]) -> list[tuple[str, str]]:
        """Return the targets of `way` that were not tried, each with why not."""
        del facts
        return [(target.name, "not needed") for target in way.targets if target.index not in tried]

    def nothing(self, way: Way, facts: Facts) -> Fault:
        """Return why no target of `way` can be used."""
        if not any(facts.principal.may_use(way.name, target) for target in way.targets):
            return not_allowed(way.name)
        return all_cooling(way.name, None)

    def note_failed(self, target: Target, fault: Fault, head: Head | None) -> int | None:
        """Hear of a failed attempt; return how many milliseconds the provider asks to wait, None if it does not."""
        del target, head
        return None if fault.retry_after_s is None else fault.retry_after_s * 1_000

    def may_retry(self, target: Target) -> bool:
        """Whether a target that has just failed may be asked again by the same call."""
        del target
        return True

    def backoff_ms(self, retry: int, wait_ms: int | None) -> int | None:
        """Return the pause before retry number `retry` (from 0), None when the provider wants a longer one."""
        if wait_ms is not None:
            return wait_ms if wait_ms <= 5_000 else None
        return int(250 * 2**retry * (0.5 + self._random() / 2))

    def patience_ns(self, *, is_stream: bool) -> int:
        """Return how long a target may take for its first token while another could be asked."""
        return (10 if is_stream else 60) * 1_000_000_000
