"""How one model with one key is: what failed there, how busy it is, and what a failure means for it.

A failure is held against what caused it: a refused key against the key, too many calls against the model with that
key, errors and silence against the model whatever the key, a connection that cannot be made against the provider.
"""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from narrowgate.model.bench import Bench, Benches
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.policy.routing.health import Breaker, Cooling
from narrowgate.policy.routing.load import Load
from narrowgate.policy.routing.remedy import NO_MONEY
from narrowgate.policy.routing.settings import Cooldown, Limits, RoutingView

_UNWELL = frozenset({408, 425, 498, 499})
_NO_KEY = frozenset({401, 402, 407})
_NO_MODEL = frozenset({403, 404, 410})
_TOO_MANY = 429
BUSY = "rate limited"
_MOST_UNTIL_MS = 1 << 62


class Why(NamedTuple):
    """Why a target is not asked: until when, and whether it may be asked all the same where nothing else can be."""

    reason: str
    until_ms: int
    is_soft: bool = False


class KeyVitals:
    """One key of a provider."""

    __slots__ = ("cooling", "load")

    def __init__(self, limits: Limits) -> None:
        self.cooling = Cooling()
        self.load = Load(limits)


class Pulse:
    """Counts changes, so that what was made of the state of many targets is known to be stale."""

    __slots__ = ("version",)

    def __init__(self) -> None:
        self.version = 0


class Vitals:
    """One model with one key. `index` numbers it; key, breaker and line are shared with others."""

    __slots__ = (
        "_key_load",
        "_pulse",
        "bench",
        "breaker",
        "index",
        "is_limited",
        "key",
        "key_name",
        "line",
        "load",
        "name",
        "pair",
        "streak",
    )

    def __init__(
        self, index: int, names: tuple[str, str], key: KeyVitals, breakers: tuple[Breaker, Breaker], pulse: Pulse
    ) -> None:
        """`names` are provider/model and the key's, `breakers` those of the model and of the provider."""
        self.index = index
        self.name, self.key_name = names
        self.key = key
        self.breaker, self.line = breakers
        self.pair = Cooling()
        self.bench = Cooling()  # by a person
        self.load = Load(Limits())
        self.is_limited = key.load.is_limited
        self._key_load = key.load if key.load.is_limited else None  # without a limit nobody looks at it
        self.streak = 0  # calls in a row that failed here
        self._pulse = pulse

    def limit(self, limits: Limits) -> None:
        """Bound it; of two routes that do, the narrower holds."""
        old = self.load.limits
        both = ((old.rpm, limits.rpm), (old.tpm, limits.tpm), (old.max_parallel, limits.max_parallel))
        self.load = Load(Limits(*(min(a, b) or max(a, b) for a, b in both)))
        self.is_limited = self.is_limited or self.load.is_limited

    def why_not(self, now_ms: int) -> Why | None:
        """Return why it is not to be asked now, None when it is well."""
        sure: Why | None = None
        soft: Why | None = None
        for cooling, what in ((self.bench, "benched: "), (self.key.cooling, "key "), (self.pair, "")):
            until = cooling.until_ms
            if now_ms >= until:
                continue
            if not cooling.is_sure:
                soft = Why(what + cooling.why, until, is_soft=True)
            elif sure is None or sure.until_ms < until:
                sure = Why(what + cooling.why, until)
        for breaker, what in ((self.breaker, "errors"), (self.line, "no connection")):
            until = breaker.until_ms
            if now_ms < until and (sure is None or sure.until_ms < until):
                sure = Why(f"circuit {breaker.state}: {what}", until)
        return sure or soft

    def room_ms(self, now_ms: int) -> int:
        """See `Load.room_ms`; for the target and its key."""
        return self.load.room_ms(now_ms) or self.key.load.room_ms(now_ms)

    @property
    def is_special(self) -> bool:
        """Whether it cannot be asked without a look at its limits, or at what a person said."""
        return self.is_limited or bool(self.bench.until_ms)

    # -- what happens to it ------------------------------------------------------------------------

    def began(self, now_ms: int) -> None:
        """An attempt goes out."""
        self.load.began(now_ms)
        if self._key_load is not None:
            self._key_load.began(now_ms)
        if self.breaker.state != "closed" and self.breaker.claim(now_ms):
            self._pulse.version += 1
        if self.line.state != "closed" and self.line.claim(now_ms):
            self._pulse.version += 1

    def ended(self) -> None:
        """It is over, however it went."""
        self.load.ended()
        if self._key_load is not None:
            self._key_load.ended()

    def took(self, now_ms: int, tokens: int) -> None:
        """Count tokens of an answer, also for the key."""
        self.load.took(now_ms, tokens)
        if self._key_load is not None:
            self._key_load.took(now_ms, tokens)

    def answered(self, now_ms: int, began_ms: int) -> None:
        """It went well, or failed by the caller's own doing."""
        self.streak = 0
        self.pair.well(now_ms)
        self.key.cooling.well(now_ms)
        self._alive(now_ms, began_ms)

    def told_nothing(self, now_ms: int) -> None:
        """It ended before it could be told how the target is: the client left, or another was faster."""
        for one in (self.breaker, self.line):
            if one.state == "half_open":
                one.release(now_ms)
                self._pulse.version += 1

    def failed(self, fault: Fault, now_ms: int, began_ms: int, wait_ms: int | None, rule: Cooldown) -> str:
        """Hold a failure against what caused it; return what that changed, "" for nothing.

        To be told once a call. `wait_ms` is the time that the provider asked for.
        """
        status = fault.upstream_status or 0
        self.streak += 1
        change = ""
        if fault.kind is FaultKind.UPSTREAM_REFUSED:
            change = self._refused(fault, status, now_ms, began_ms, wait_ms, rule)
        elif fault.kind is FaultKind.UPSTREAM_UNREACHABLE:
            change = "circuit opened: no connection" if self.line.failed(now_ms, began_ms) else ""
        elif fault.kind in {FaultKind.UPSTREAM_TIMEOUT, FaultKind.UPSTREAM_BROKEN}:
            change = "circuit opened: errors" if self.breaker.failed(now_ms, began_ms) else ""
        else:
            self.told_nothing(now_ms)
        if change:
            self._pulse.version += 1
        return change

    def _refused(
        self, fault: Fault, status: int, now_ms: int, began_ms: int, wait_ms: int | None, rule: Cooldown
    ) -> str:
        named = None if wait_ms is None else min(wait_ms, rule.max_ms)
        if status in _NO_KEY or fault.code == "upstream_unauthorized" or fault.code in NO_MONEY:
            self._alive(now_ms, began_ms)
            self.key.cooling.pause(now_ms, rule.key_ms, rule.max_ms, "refused")
            return "key benched: refused"
        if status in _NO_MODEL:
            self._alive(now_ms, began_ms)
            self.pair.pause(now_ms, rule.model_ms, rule.max_ms, "not to be had with this key")
            return "benched: not to be had with this key"
        if status == _TOO_MANY:
            self._alive(now_ms, began_ms)
            if named is None:
                self.pair.pause(now_ms, rule.rate_limited_ms, rule.max_ms, BUSY)
            else:
                self.pair.keep(now_ms, named, BUSY)
            return BUSY
        if status >= 500 or status in _UNWELL:
            if named:
                self.pair.keep(now_ms, named, "asked to wait")
            return (
                "circuit opened: errors" if self.breaker.failed(now_ms, began_ms) else "asked to wait" if named else ""
            )
        self.streak = 0
        self._alive(now_ms, began_ms)
        return ""

    def _alive(self, now_ms: int, began_ms: int) -> None:
        """The endpoint was there and answered, whatever it said."""
        if self.breaker.succeeded(now_ms, began_ms) | self.line.succeeded(now_ms, began_ms):
            self._pulse.version += 1

    def set_bench(self, until_ms: int | None, why: str) -> None:
        """Leave it alone until then, whatever happens; None: ask it again, whatever happened."""
        if until_ms is None:
            for cooling in (self.bench, self.pair, self.key.cooling):
                cooling.lift()
            for one in (self.breaker, self.line):
                one.succeeded(_MOST_UNTIL_MS, _MOST_UNTIL_MS)
            self.streak = 0
        else:
            self.bench.lift()
            self.bench.keep(0, until_ms, why)
        self._pulse.version += 1


class State(msgspec.Struct, frozen=True):
    """What an operator is told of one target. Times in ms, speeds as moving averages."""

    target: str
    key: str
    state: str  # "well" or why it is left alone
    for_ms: int
    in_flight: int
    calls_this_minute: int
    tokens_this_minute: int
    first_token_ms: int
    tokens_per_s: float
    cached_share: float
    failed_in_a_row: int


class Ward:
    """All targets of one edge by provider, model and key; the parts that some share are made once."""

    def __init__(self, routing: RoutingView, now_ms: Callable[[], int], edges: int = 1) -> None:
        self._edges = edges
        self._routing = routing
        self._now_ms = now_ms
        self._breakers: dict[str, Breaker] = {}
        self._keys: dict[tuple[str, str], KeyVitals] = {}
        self._made = 0
        self._benches: tuple[Bench, ...] = ()
        self.pulse = Pulse()
        self.all: dict[tuple[str, str], Vitals] = {}

    def find(self, provider: str, model: str, key: str, key_limits: Limits) -> Vitals:
        """Return the vitals of a model with a key."""
        name = f"{provider}/{model}"
        found = self.all.get((name, key))
        if found is None:
            breaker = self._breakers.setdefault(name, Breaker(self._routing.breaker))
            line = self._breakers.setdefault(f"{provider}/", Breaker(self._routing.breaker))
            shared = self._keys.get((provider, key))
            if shared is None:
                shared = self._keys[provider, key] = KeyVitals(key_limits.share(self._edges))
            self._made += 1
            found = Vitals(self._made, (name, key), shared, (breaker, line), self.pulse)
            self._bench(found)
            self.all[name, key] = found
        return found

    def limit(self, vitals: Vitals, limits: Limits) -> None:
        """Bound a target by this edge's part of `limits`."""
        vitals.limit(limits.share(self._edges))

    def forget(self) -> None:
        """Forget all targets: names that clients make up must not fill memory."""
        self.all.clear()
        self._breakers.clear()
        self._keys.clear()

    def states(self) -> list[State]:
        """Return how all are."""
        now = self._now_ms()
        found: list[State] = []
        for vitals in self.all.values():
            why, load = vitals.why_not(now), vitals.load
            found.append(
                State(
                    vitals.name,
                    vitals.key_name,
                    "well" if why is None else why.reason,
                    0 if why is None else why.until_ms - now,
                    load.in_flight,
                    load.calls,
                    load.tokens,
                    int(load.first_ms),
                    round(load.tokens_per_s, 1),
                    round(load.cached, 3),
                    vitals.streak,
                )
            )
        return found

    def heed(self, benches: Benches) -> None:
        """Leave alone what is benched and nothing else that was; ask again what was lifted, whatever happened to it."""
        self._benches = benches.benches
        for vitals in self.all.values():
            if any(bench.means(vitals.name, vitals.key_name) for bench in benches.lifted):
                vitals.set_bench(None, "")
            self._bench(vitals)
        self.pulse.version += 1

    def _bench(self, vitals: Vitals) -> None:
        vitals.bench.lift()
        for bench in self._benches:
            if bench.means(vitals.name, vitals.key_name):
                vitals.set_bench(bench.until_ms, bench.why)
