"""Which of several targets that are all well: one function a strategy, each over targets of the same priority."""

from bisect import bisect
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Generic, Protocol, TypeVar

from narrowgate.policy.budget.price import Price
from narrowgate.policy.routing.load import Load
from narrowgate.policy.routing.settings import Strategy

_USUAL_INPUT = 4  # input tokens for each of output, where prices are compared
_UNKNOWN = float("inf")


class Option(Protocol):
    """What a strategy looks at."""

    @property
    def index(self) -> int:
        """Its number."""

    @property
    def weight(self) -> float:
        """Its share of the calls, for `weighted`, and of what it can carry, for `least_busy`."""

    @property
    def load(self) -> Load:
        """How busy and how fast it is."""

    @property
    def price(self) -> Price | None:
        """What it costs, None when unknown."""


T = TypeVar("T", bound=Option)
Random = Callable[[], float]


class Pool(Generic[T]):
    """Targets of the same priority, in the order of the configuration, none of them unwell.

    What of them does not change with every call is worked out once: a pool lives for a second at most.
    """

    __slots__ = ("_by_index", "_cheapest", "_sums", "pick", "targets")

    def __init__(self, targets: Sequence[T], strategy: Strategy) -> None:
        self.targets = tuple(targets)
        self.pick: Callable[[Random, int], T] = {
            Strategy.PRIORITY: self.priority,
            Strategy.WEIGHTED: self.weighted,
            Strategy.LEAST_BUSY: self.least_busy,
            Strategy.LOWEST_LATENCY: self.lowest_latency,
            Strategy.LOWEST_COST: self.lowest_cost,
            Strategy.USAGE: self.usage,
        }[strategy]
        self._sums: list[float] | None = None
        self._cheapest: T | None = None
        self._by_index: dict[int, T] | None = None

    def at(self, index: int) -> T | None:
        """Return the target of that number, None when it is not here."""
        if self._by_index is None:
            self._by_index = {target.index: target for target in self.targets}
        return self._by_index.get(index)

    def weighted(self, random: Random, _now_ms: int) -> T:
        """At random, by weight."""
        sums = self._sums
        if sums is None:
            sums = self._sums = list(accumulate(target.weight for target in self.targets))
        return self.targets[min(bisect(sums, random() * sums[-1]), len(sums) - 1)]

    def least_busy(self, random: Random, _now_ms: int) -> T:
        """The one with the fewest calls under way for its weight; of equals, any."""
        targets = self.targets
        start = int(random() * len(targets))
        best, least = targets[start], _UNKNOWN
        for target in targets[start:] + targets[:start]:  # a loop takes half the time of `min` with a key
            busy = target.load.in_flight / target.weight
            if busy < least:
                best, least = target, busy
        return best

    def lowest_latency(self, random: Random, _now_ms: int) -> T:
        """The faster of two at random: all the calls at the fastest would make it slow."""
        one, other = self._two(random)
        return one if one.load.expected_ms() <= other.load.expected_ms() else other

    def usage(self, random: Random, now_ms: int) -> T:
        """The one of two at random that has used less of its calls and tokens a minute."""
        one, other = self._two(random)
        return one if one.load.used(now_ms) <= other.load.used(now_ms) else other

    def lowest_cost(self, _random: Random, _now_ms: int) -> T:
        """The cheapest, as it would be with its usual share of cached input; of equals, the first."""
        if self._cheapest is None:
            self._cheapest = min(self.targets, key=effective_price)
        return self._cheapest

    def priority(self, _random: Random, _now_ms: int) -> T:
        """The first."""
        return self.targets[0]

    def _two(self, random: Random) -> tuple[T, T]:
        targets = self.targets
        number = len(targets)
        first = int(random() * number)
        second = int(random() * (number - 1)) if number > 1 else first
        return targets[first], targets[second + (second >= first) if number > 1 else first]


def effective_price(option: Option) -> float:
    """Return what a token costs on average, in 1e-9 USD a million, with the share of cached input seen there."""
    price = option.price
    if price is None:
        return _UNKNOWN
    cached = option.load.cached
    read = price.input if price.cache_read is None else price.cache_read
    return _USUAL_INPUT * (price.input * (1 - cached) + read * cached) + price.output
