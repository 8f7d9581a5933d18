"""What a call holds of its key's limits from before it goes out until it is settled."""

from narrowgate.config.schema import UnknownPrice
from narrowgate.identity.keys import VirtualKey
from narrowgate.model.fault import Failed, FaultKind
from narrowgate.model.usage import Usage
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.faults import limit_fault, unpriced
from narrowgate.pipeline.ports import Verdict
from narrowgate.pipeline.target import Target
from narrowgate.policy.budget.estimate import counted_usd_e9, reservation_usd_e9
from narrowgate.policy.budget.price import Price


class Lease:
    """One call's reservation; amounts are in 1e-9 USD."""

    __slots__ = ("_edge", "_held", "_is_counted", "_key", "_started_ms", "_window")

    def __init__(self, edge: Edge, key: VirtualKey, started_ms: int) -> None:
        self._edge = edge
        self._key = key
        self._started_ms = started_ms
        self._window = edge.window_of(key.budget_window._value_, started_ms)
        self._held = 0
        self._is_counted = False

    @property
    def held_usd_e9(self) -> int:
        """What is held."""
        return self._held

    def hold(self, name: str, target: Target, body_bytes: int, output_limit: int | None, wasted: int) -> None:
        """Hold what an attempt at `target` may cost beside `wasted` by earlier ones; count the call once.

        Raises:
            Failed: over budget, rate limited, or the price is unknown and the key has a budget.
        """
        key = self._key
        amount = 0
        if key.budget_usd_e9 is not None:
            price = target.price or self._stand_in(name)
            amount = reservation_usd_e9(body_bytes, output_limit, price) + wasted - self._held
        if amount <= 0:
            if self._is_counted:
                return
            amount = 0
        minute = self._started_ms // 60_000
        rpm = None if self._is_counted else key.rpm
        verdict = self._edge.counters.reserve(key.row, minute, rpm, self._window, key.budget_usd_e9, amount)
        if verdict is not Verdict.GRANTED:
            raise Failed(limit_fault(verdict, key, self._started_ms))
        self._is_counted = True
        self._held += amount

    def settle(self, cost: int | None, usage: Usage | None, fault: FaultKind | None, wasted: int) -> int:
        """Turn what is held into what was spent; return what counts against the budget."""
        if not self._held:
            return 0
        otherwise = 0 if fault is not None else self._held
        counted = counted_usd_e9(cost, usage, self._edge.settings.ceiling, otherwise) + wasted
        self._edge.counters.settle(self._key.row, self._window, self._held, counted)
        self._held = 0
        return counted

    def _stand_in(self, name: str) -> Price:
        """Return what stands for a price that is not known.

        Raises:
            Failed: nothing does.
        """
        if self._edge.settings.unknown_price is UnknownPrice.CEILING:
            return self._edge.settings.ceiling
        raise Failed(unpriced(name))


def budget_used(edge: Edge, key: VirtualKey, unix_ms: int) -> float:
    """Return the share of a key's budget that is spent or held, 0 for a key without one."""
    limit = key.budget_usd_e9
    if not limit:
        return 0.0
    return edge.counters.spent(key.row, edge.window_of(key.budget_window._value_, unix_ms)) / limit
