"""Which target a call goes to: names, rules, and how the targets are."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from narrowgate.config.snapshot import EdgeSettings
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.usage import Usage
from narrowgate.pipeline.ask import Circumstances
from narrowgate.pipeline.faults import all_cooling, all_full, kept_elsewhere, not_allowed, nothing_fits
from narrowgate.pipeline.target import Target, Targets
from narrowgate.pipeline.upstream_error import fields_of
from narrowgate.pipeline.waiting import WaitingRooms
from narrowgate.pipeline.way import Way
from narrowgate.policy.routing.choose import Pool
from narrowgate.policy.routing.remedy import Cause
from narrowgate.policy.routing.sticky import ranked
from narrowgate.policy.routing.vitals import BUSY, Ward
from narrowgate.policy.routing.waits import asked_wait_ms
from narrowgate.wire.answer import Head

_LIMIT = 20_000  # names clients make up must not fill memory; a full table starts anew
_WORTH_WAITING_MS = 5_000  # for a provider's own advice; who wants more of a pause is better left
_TRIED_NONE: frozenset[int] = frozenset()
_S_NS = 1_000_000_000
# How long a target may be silent while another could be asked.
_PATIENCE_STREAM_NS, _PATIENCE_WHOLE_NS = 10 * _S_NS, 60 * _S_NS


class Choice(NamedTuple):
    """A target and the reason for it."""

    target: Target
    why: str


class Obstacle(NamedTuple):
    """Why none of several targets can be asked. `until_ms` is when that may change, -1 when a call ends, 0: never."""

    fault: Fault
    until_ms: int


class Change(NamedTuple):
    """What a failure meant for a target, for log and metrics."""

    target: Target
    what: str


class Router:
    """One edge's knowledge of names and targets."""

    def __init__(
        self,
        settings: EdgeSettings,
        targets: Targets,
        ward: Ward,
        now_ms: Callable[[], int],
        random: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._routing = settings.routing
        self._targets = targets
        self._now_ms = now_ms
        self._random = random
        self._ways: dict[str, Way | None] = {}
        self.ward = ward
        self.rooms = WaitingRooms(settings.routing.queue.max_waiting)
        self.max_wait_ms = int(settings.routing.queue.max_wait_s * 1_000)
        self.changed: Callable[[Change], None] = _ignore

    # -- names -----------------------------------------------------------------------------------

    def find(self, name: str) -> Way | None:
        """Return what `name` leads to, None when nothing knows it."""
        try:
            return self._ways[name]
        except KeyError:
            if len(self._ways) >= _LIMIT:
                self._ways.clear()
                self.ward.forget()
            way = self._ways[name] = self._make(name)
            return way

    def _make(self, name: str) -> Way | None:
        route = self._targets.route_of(name)
        view = self._settings.routes.get(route) if route is not None else None
        if view is not None:
            targets = tuple(made for one in view.targets for made in self._targets.of_route(one, view.timeouts))
        else:
            targets = self._targets.of_name(name)
        return Way(name, targets, self._routing, view) if targets else None

    def chain(self, way: Way, cause: Cause, named: Sequence[str]) -> list[Way]:
        """Return the ways that stand in for `way` after a fault of `cause`; `named` are those the caller wants."""
        names = {
            Cause.GENERAL: (*named, *way.fallbacks),
            Cause.CONTEXT_WINDOW: (*way.context_window_fallbacks, *named, *way.fallbacks),
            Cause.CONTENT_POLICY: way.content_policy_fallbacks,
        }[cause]
        found = (self.find(name) for name in dict.fromkeys(names))
        return [one for one in found if one is not None and one is not way]

    # -- choosing --------------------------------------------------------------------------------

    def choose(self, way: Way, known: Circumstances, tried: AbstractSet[int] = _TRIED_NONE) -> Choice | None:
        """Return the best target of `way` that was not tried, None when there is none that is well and has room."""
        now = self._now_ms()
        key = known.principal.key
        is_plain = not (tried or way.has_rules or key.models or key.providers or known.keeper)
        for pool in way.pools(self.ward.pulse.version, now):
            if not is_plain:
                fitting = [one for one in pool.targets if one.index not in tried and self._suits(one, way, known)]
                if not fitting:
                    continue
                pool = pool if len(fitting) == len(pool.targets) else Pool(fitting, way.strategy)  # noqa: PLW2901
            choice = self._pick(way, pool, known, now)
            if choice is not None:
                return choice
        return self._last_choice(way, known, tried, now)

    def _pick(self, way: Way, pool: Pool[Target], known: Circumstances, now: int) -> Choice | None:
        if way.sticky is not None:
            return self._stay(way, pool, known, now)
        target = pool.pick(self._random, now)
        if not target.vitals.is_limited or not target.vitals.room_ms(now):
            return Choice(target, way.strategy.value)
        roomy = [one for one in pool.targets if not one.vitals.room_ms(now)]
        return Choice(Pool(roomy, way.strategy).pick(self._random, now), way.strategy.value) if roomy else None

    def _stay(self, way: Way, pool: Pool[Target], known: Circumstances, now: int) -> Choice | None:
        """Choose for a call that belongs to others: where they went, if that is well."""
        assert way.sticky is not None
        assert way.moved is not None
        mark, why = known.mark(way.sticky), f"sticky by {way.sticky.by.value}"
        target = None
        if mark is not None:
            index = way.moved.find(mark, now)
            target = None if index is None else pool.at(index)
        if target is None or (target.vitals.is_limited and target.vitals.room_ms(now)):
            roomy = [one for one in pool.targets if not one.vitals.is_limited or not one.vitals.room_ms(now)]
            if not roomy:
                return None
            if mark is None:
                return Choice(Pool(roomy, way.strategy).pick(self._random, now), way.strategy.value)
            target = ranked(mark, roomy)
        assert mark is not None
        way.moved.note(mark, target.index, now)
        return Choice(target, why)

    def _last_choice(self, way: Way, known: Circumstances, tried: AbstractSet[int], now: int) -> Choice | None:
        """Choose where all are left alone: the one that failed only once, and is to be asked again the soonest."""
        open_to = [one for one in way.targets if one.index not in tried and self._suits(one, way, known)]
        soft: list[tuple[int, Target]] = []
        for target in open_to:
            why = target.vitals.why_not(now)
            if why is not None and why.is_soft and not target.vitals.room_ms(now):
                soft.append((why.until_ms, target))
        if soft:
            return Choice(min(soft, key=lambda pair: pair[0])[1], "all are left alone; the soonest to be asked again")
        return None

    def anyway(self, way: Way, known: Circumstances) -> Choice | None:
        """Choose where nothing is well and nobody made a rule: the provider's own answer is better than none."""
        if way.is_route:
            return None
        now = self._now_ms()
        fitting = [
            one
            for one in way.targets
            if self._suits(one, way, known) and one.vitals.bench.until_ms <= now and not one.vitals.room_ms(now)
        ]
        if not fitting:
            return None
        return Choice(min(fitting, key=lambda one: (one.vitals.why_not(now) or (0, 0))[1]), "nothing else to ask")

    def soonest(
        self,
        ways: Sequence[Way],
        known: Circumstances,
        asked: Mapping[int, int],
        barred: AbstractSet[int],
        last: Target,
    ) -> tuple[Way, Target, int] | None:
        """Return the target that can be asked (again) the soonest, and in how many milliseconds that is.

        `asked` says how often each was, `barred` are not to be, and of equals `last` is the last. None when there is
        none, or when it is too long until then.
        """
        now = self._now_ms()
        best: tuple[int, bool, int, Way, Target] | None = None
        for number, way in enumerate(ways):
            for target in way.targets:
                if target.index in barred or asked.get(target.index, 0) > way.retries:
                    continue
                if target.vitals.room_ms(now) or not self._suits(target, way, known):
                    continue
                why = target.vitals.why_not(now)
                wait = 0 if why is None or why.is_soft else why.until_ms - now
                rank = (wait, target.index == last.index, number, way, target)
                if best is None or rank[:3] < best[:3]:
                    best = rank
        if best is None or self.worth_waiting(now + best[0]) is None:
            return None
        return best[3], best[4], best[0]

    def _suits(self, target: Target, way: Way, known: Circumstances) -> bool:
        if not known.principal.may_use(way.name, target):
            return False
        keeper = known.keeper
        if keeper is not None and (keeper.provider, keeper.key_name) != (target.provider.name, target.key_name):
            return False
        if not way.has_rules:
            return True
        if not known.tags <= target.tags:
            return False
        return target.condition is None or target.condition(known.facts)

    # -- when there is no choice -----------------------------------------------------------------

    def obstacle(self, ways: Sequence[Way], known: Circumstances) -> Obstacle:
        """Return why no target of `ways` can be asked, and when that may change."""
        name, now = ways[0].name, self._now_ms()
        allowed = [(w, t) for w in ways for t in w.targets if known.principal.may_use(w.name, t)]
        if not allowed:
            return Obstacle(not_allowed(name), 0)
        suited = [target for way, target in allowed if self._suits(target, way, known)]
        if not suited:
            return Obstacle(nothing_fits(name) if known.keeper is None else kept_elsewhere(known.keeper), 0)
        full = 0
        soonest: list[int] = []
        for target in suited:
            why = target.vitals.why_not(now)
            if why is not None:
                soonest.append(why.until_ms)
                continue
            room = target.vitals.room_ms(now)
            full += room < 0
            if room > 0:
                soonest.append(room)
        if full:
            return Obstacle(all_full(name), -1)
        until = min(soonest, default=now)
        is_limit = all(target.vitals.pair.why == BUSY for target in suited)
        return Obstacle(all_cooling(name, until - now, is_limit=is_limit), until)

    def left(self, ways: Sequence[Way], known: Circumstances, tried: AbstractSet[int]) -> list[tuple[str, str]]:
        """Return the targets of `ways` that were not tried, each with why not."""
        now = self._now_ms()
        found: list[tuple[str, str]] = []
        for way in ways:
            for target in way.targets:
                if target.index in tried:
                    continue
                why = target.vitals.why_not(now)
                if not self._suits(target, way, known):
                    reason = "not for this key or call"
                elif why is not None:
                    reason = why.reason
                else:
                    reason = "full" if target.vitals.room_ms(now) else "not needed"
                found.append((f"{target.name} {target.key_name}".rstrip(), reason))
        return found

    # -- how attempts go -------------------------------------------------------------------------

    def began(self, target: Target) -> int:
        """Hear that an attempt goes out; return when that was, for what follows."""
        now = self._now_ms()
        target.vitals.began(now)
        return now

    def ended(self, target: Target) -> None:
        """Hear that it is over."""
        target.vitals.ended()
        if target.vitals.is_limited and self.rooms.count:
            self.rooms.wake()

    def note_failed(
        self, target: Target, fault: Fault, head: Head | None, began_ms: int, *, is_first: bool
    ) -> int | None:
        """Hear of a failed attempt; return how many milliseconds the provider asks to wait, None if it does not.

        A call that fails several times at the same target counts as one failure: `is_first`.
        """
        now = self._now_ms()
        wait_ms = None if fault.retry_after_s is None else fault.retry_after_s * 1_000
        if head is not None and fault.kind is FaultKind.UPSTREAM_REFUSED and (fault.upstream_status or 0) in _LATER:
            told = asked_wait_ms(fields_of(head), now)
            wait_ms = wait_ms if told is None else told
        if is_first:
            change = target.vitals.failed(fault, now, began_ms, wait_ms, self._routing.cooldown)
            if change:
                self.changed(Change(target, change))
        return wait_ms

    def note_answered(
        self, target: Target, began_ms: int, usage: Usage | None, first_ms: float, streamed_ms: float
    ) -> None:
        """Hear of an answer: how long it took to its first token and from there to its end."""
        now = self._now_ms()
        vitals = target.vitals
        vitals.answered(now, began_ms)
        load = vitals.load
        cached = speed = 0.0
        if usage is not None:
            inputs, outputs = usage.input_total, usage.output_total
            tokens = inputs + outputs
            vitals.took(now, tokens)
            cached = usage.cache_read / inputs if inputs else 0.0
            speed = outputs * 1_000 / streamed_ms if streamed_ms >= 1 else 0.0
        load.felt(first_ms, speed, cached)
        if self._routing.queue.adaptive:
            load.adapt(first_ms)

    def may_retry(self, target: Target, *, has_spare: bool) -> bool:
        """Whether a target that has just failed may be asked again by the same call.

        Where there is somewhere else to go, only if the call before this one fared better there.
        """
        vitals = target.vitals
        if vitals.bench.until_ms > self._now_ms():
            return False
        if not has_spare:
            return True
        return vitals.streak <= 1 and vitals.breaker.state == "closed" and vitals.line.state == "closed"

    def backoff_ms(self, retry: int, wait_ms: int | None) -> int | None:
        """Return the pause before retry number `retry` (from 0), None when the provider wants a longer one."""
        if wait_ms is not None:
            return wait_ms if wait_ms <= _WORTH_WAITING_MS else None
        rule = self._routing.backoff
        return int(min(rule.base_ms << min(retry, 20), rule.max_ms) * (0.5 + self._random() / 2))

    def worth_waiting(self, until_ms: int) -> int | None:
        """Return how many milliseconds to wait until then, None when that is too long for a caller."""
        wait = until_ms - self._now_ms()
        return max(wait, 1) if wait <= min(_WORTH_WAITING_MS, self.max_wait_ms) else None

    def patience_ns(self, *, is_stream: bool) -> int:
        """Return how long a target may take for its first token while another could be asked."""
        return _PATIENCE_STREAM_NS if is_stream else _PATIENCE_WHOLE_NS


_LATER = frozenset({429, 503, 529})


def _ignore(_change: Change) -> None:
    """Nobody listens."""
