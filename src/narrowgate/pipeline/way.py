"""What a public model name leads to: one target, or several with rules for choosing."""

from narrowgate.pipeline.target import Target
from narrowgate.policy.routing.choose import Pool
from narrowgate.policy.routing.settings import (
    Hedge,
    PriorityClass,
    Rescue,
    RouteView,
    RoutingView,
    Strategy,
)
from narrowgate.policy.routing.sticky import Moved

_FRESH_MS = 1_000  # how long a choice of pools holds while nothing happens: prices and speeds move slowly


class Way:
    """The targets behind one name, in the order of the configuration, and how calls to it are conducted.

    `is_route`: the operator made rules for it. `is_simple`: one target, no rules and no fallbacks, so there is nothing
    to choose.
    """

    __slots__ = (
        "_pools",
        "_until_ms",
        "_version",
        "content_policy_fallbacks",
        "context_window_fallbacks",
        "drops",
        "fallbacks",
        "has_rules",
        "hedge",
        "is_route",
        "is_simple",
        "min_tokens_per_s",
        "moved",
        "name",
        "priority_class",
        "retries",
        "sticky",
        "strategy",
        "streams",
        "targets",
    )

    def __init__(self, name: str, targets: tuple[Target, ...], routing: RoutingView, view: RouteView | None) -> None:
        self.name = name
        self.targets = targets
        self.is_route = view is not None
        self.retries = routing.retries if view is None else view.retries
        self.strategy = Strategy.WEIGHTED if view is None else view.strategy
        self.fallbacks = routing.fallbacks if view is None else view.fallbacks
        self.context_window_fallbacks = () if view is None else view.context_window_fallbacks
        self.content_policy_fallbacks = () if view is None else view.content_policy_fallbacks
        self.streams: Rescue = routing.streams if view is None else view.streams
        self.hedge = Hedge() if view is None else view.hedge
        self.min_tokens_per_s = 0.0 if view is None else view.min_tokens_per_s
        self.drops = None if view is None else view.drops
        self.priority_class = PriorityClass.INTERACTIVE if view is None else view.priority_class
        self.sticky = None if view is None else view.sticky
        self.moved = Moved(int(self.sticky.ttl_s * 1_000)) if self.sticky is not None else None
        self.has_rules = any(target.condition is not None or target.tags for target in targets)
        self.is_simple = len(targets) == 1 and view is None and not self.fallbacks
        self._pools: tuple[Pool[Target], ...] = ()
        self._version = -1
        self._until_ms = 0

    def pools(self, version: int, now_ms: int) -> tuple[Pool[Target], ...]:
        """Return the targets that are well by their priority, the lowest number first.

        `version` counts changes of the state of targets: what was found for the present one still holds.
        """
        if version == self._version and now_ms < self._until_ms:
            return self._pools
        until = now_ms + _FRESH_MS
        by_priority: dict[int, list[Target]] = {}
        for target in self.targets:
            why = target.vitals.why_not(now_ms)
            if why is None:
                by_priority.setdefault(target.priority, []).append(target)
            else:
                until = min(until, why.until_ms)
        self._pools = tuple(Pool(by_priority[priority], self.strategy) for priority in sorted(by_priority))
        self._version, self._until_ms = version, until
        return self._pools
