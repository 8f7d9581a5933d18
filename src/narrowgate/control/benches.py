"""Admin calls about targets: which are out of service by a person's word, and from when to when."""

from collections.abc import Callable

import msgspec

from narrowgate.adapters.store.store import Store
from narrowgate.control.queries import Query, bad_parameter
from narrowgate.model.bench import Bench, Benches
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.wire.instant import rfc3339

_MOST_S = 366 * 86_400
_MOST_BENCHES = 1_000
_LONGEST = 300


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    target: str
    key: str | None = None
    for_s: int = _MOST_S
    why: str = "by an operator"


_ASKED = msgspec.json.Decoder(_Asked)


class BenchApi:
    """What operators say of targets; `take` returns what the edges have to hear of it."""

    def __init__(self, store: Store, now_s: Callable[[], int]) -> None:
        self._store = store
        self._now_s = now_s
        self._lifted: list[Bench] = []

    def take(self) -> Benches:
        """Return all benches, and those lifted since this was asked last."""
        lifted, self._lifted = tuple(self._lifted), []
        return Benches(self._store.benches(self._now_s() * 1_000), lifted)

    def list(self) -> list[dict[str, object]]:
        """Return all that hold."""
        return [_described(bench) for bench in self._store.benches(self._now_s() * 1_000)]

    def add(self, body: bytes) -> dict[str, object]:
        """Bench a target.

        Raises:
            Failed: the body says no target or time, or there are too many.
        """
        try:
            asked = _ASKED.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            fix = 'send {"target": "provider/model", "key": "its name, or leave it out", "for_s": 600, "why": "…"}'
            raise Failed(Fault(FaultKind.BAD_REQUEST, f"{error}; {fix}", code="invalid_body")) from None
        _check(asked.target, asked.key)
        if not 1 <= asked.for_s <= _MOST_S:
            raise Failed(bad_parameter("for_s", f"must be between 1 and {_MOST_S}"))
        if len(self._store.benches(self._now_s() * 1_000)) >= _MOST_BENCHES:
            raise Failed(bad_parameter("target", f"is one of more than {_MOST_BENCHES}; lift some"))
        bench = Bench(asked.target, asked.key, (self._now_s() + asked.for_s) * 1_000, asked.why[:_LONGEST])
        self._store.set_bench(bench)
        return _described(bench)

    def lift(self, query: Query) -> dict[str, object]:
        """Take a target back into service, whatever was held against it."""
        target, key = query.text("target"), query.text("key") or None
        _check(target, key)
        was_benched = self._store.lift_bench(target, key)
        self._lifted.append(Bench(target, key, 0, ""))
        return {"target": target, "key": key, "was_benched": was_benched}


def _check(target: str, key: str | None) -> None:
    provider, slash, model = target.partition("/")
    if not (provider and slash and model) or len(target) > _LONGEST:
        raise Failed(bad_parameter("target", "must be a provider/model, as GET /admin/targets shows it"))
    if key is not None and len(key) > _LONGEST:
        raise Failed(bad_parameter("key", "is no key's name"))


def _described(bench: Bench) -> dict[str, object]:
    return {
        "target": bench.target,
        "key": bench.key,
        "until": rfc3339(bench.until_ms // 1_000),
        "why": bench.why,
    }
