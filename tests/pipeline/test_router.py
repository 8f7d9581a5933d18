"""Choosing among targets, and what becomes of calls when there is none; in virtual time where calls are made."""

from collections.abc import Mapping

import msgspec

from narrowgate.model.bench import Bench, Benches
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.pipeline.ask import Ask, Circumstances
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.principal import Principal
from narrowgate.policy.routing.settings import (
    KeyView,
    Limits,
    RouteView,
    Sticky,
    StickyBy,
    Strategy,
    TargetView,
)
from narrowgate.policy.routing.sticky import PREFIX_BYTES
from narrowgate.schemas.openai import read_head
from tests.pipeline.fakes import World, key, settings, view

HEADERS: Mapping[bytes, bytes] = {}


def edge(
    *targets: TargetView, strategy: Strategy = Strategy.PRIORITY, keys: tuple[KeyView, ...] = (), **more: object
) -> Edge:
    route = msgspec.structs.replace(RouteView(name="r", strategy=strategy, targets=targets), **more)
    providers = tuple(msgspec.structs.replace(view(name), keys=keys) for name in ("a", "b"))
    return World(settings(providers=providers, routes={"r": route})).edge


def known(headers: Mapping[bytes, bytes] = HEADERS, body: object = None, **who: object) -> Circumstances:
    text = msgspec.json.encode(body or {"model": "r"})
    ask = Ask(read_head(text), text, headers, ())
    return Circumstances(Principal(key(**who)), headers, ask, name="r", operation="chat", now_ms=0)


def chosen(made: Edge, about: Circumstances | None = None, tried: frozenset[int] = frozenset()) -> str | None:
    way = made.router.find("r")
    assert way is not None
    choice = made.router.choose(way, about or known(), tried)
    return None if choice is None else f"{choice.target.name} {choice.target.key_name}".rstrip()


def test_in_order_and_what_failed_is_not_asked_again() -> None:
    made = edge(TargetView("a", "1"), TargetView("b", "2"))
    assert chosen(made) == "a/1"
    way = made.router.find("r")
    assert way is not None
    assert chosen(made, tried=frozenset({way.targets[0].index})) == "b/2"
    assert chosen(made, tried=frozenset(target.index for target in way.targets)) is None


def test_a_higher_priority_is_used_while_it_is_well() -> None:
    made = edge(
        TargetView("a", "spare", priority=9), TargetView("a", "1"), TargetView("b", "1"), strategy=Strategy.WEIGHTED
    )
    assert {chosen(made) for _ in range(20)} <= {"a/1", "b/1"}
    until = made.clock.unix_ms() + 1_000
    made.router.ward.heed(Benches(tuple(Bench(name, None, until, "gone") for name in ("a/1", "b/1"))))
    assert chosen(made) == "a/spare"


def test_conditions_and_tags_choose_for_whom_a_target_is() -> None:
    made = edge(
        TargetView("a", "gold", when="headers['x-tier'] == 'gold' and params.max_tokens < 100"),
        TargetView("a", "tagged", tags=("eu", "fast")),
        TargetView("b", "rest"),
    )
    gold = {b"x-tier": b"gold"}
    assert chosen(made, known(gold, {"model": "r", "max_tokens": 50})) == "a/gold"
    assert chosen(made, known(gold, {"model": "r", "max_tokens": 500})) == "a/tagged"
    assert chosen(made, known({b"x-narrowgate-tags": b"eu"})) == "a/tagged"
    assert chosen(made, known({b"x-narrowgate-tags": b"us"})) is None
    obstacle = made.router.obstacle([made.router.find("r")], known({b"x-narrowgate-tags": b"us"}))  # type: ignore[list-item] # it is there
    assert obstacle.fault.code == "no_target_fits"


def test_a_key_sees_only_what_it_may_use() -> None:
    made = edge(TargetView("a", "1"), TargetView("b", "1"))
    assert chosen(made, known(providers=("b",))) == "b/1"
    about = known(providers=("c",))
    assert chosen(made, about) is None
    way = made.router.find("r")
    assert way is not None
    assert made.router.obstacle([way], about).fault.kind is FaultKind.FORBIDDEN


def test_keys_of_a_provider_share_by_weight_and_stand_in_for_each_other() -> None:
    keys = (KeyView("one", 0, weight=3.0), KeyView("two", 1, weight=1.0))
    made = World(settings(providers=(msgspec.structs.replace(view("a"), keys=keys),))).edge
    way = made.router.find("a/m")
    assert way is not None
    assert [target.origin for target in way.targets] == [0, 1]
    refused = Fault(FaultKind.UPSTREAM_REFUSED, "no", upstream_status=401)
    made.router.note_failed(way.targets[0], refused, None, 0, is_first=True)
    choices = [made.router.choose(way, known()) for _ in range(10)]
    assert {choice.target.key_name for choice in choices if choice is not None} == {"two"}


def test_sessions_stay_and_come_back() -> None:
    made = edge(
        TargetView("a", "1"), TargetView("b", "1"), TargetView("b", "2"),
        strategy=Strategy.WEIGHTED, sticky=Sticky(StickyBy.SESSION, ttl_s=60),
    )  # fmt: skip
    sessions = [known({b"x-session-id": str(number).encode()}) for number in range(30)]
    first = [chosen(made, about) for about in sessions]
    assert len(set(first)) == 3
    assert [chosen(made, about) for about in sessions] == first
    other = edge(
        TargetView("a", "1"), TargetView("b", "1"), TargetView("b", "2"),
        strategy=Strategy.WEIGHTED, sticky=Sticky(StickyBy.SESSION, ttl_s=60),
    )  # fmt: skip
    assert [chosen(other, about) for about in sessions] == first, "in every edge and replica alike"
    made.router.ward.heed(Benches((Bench("a/1", None, made.clock.unix_ms() + 10, "gone"),)))
    moved = [chosen(made, about) for about in sessions]
    assert [now for now, before in zip(moved, first, strict=True) if before != "a/1"] == [
        before for before in first if before != "a/1"
    ], "only those move that must"
    made.router.ward.heed(Benches())
    assert [chosen(made, about) for about in sessions] == moved, "what was warmed there is used while it lasts"


def test_prompts_with_one_beginning_stay_together() -> None:
    made = edge(TargetView("a", "1"), TargetView("b", "1"), strategy=Strategy.WEIGHTED, sticky=Sticky(StickyBy.PREFIX))
    long = "x" * PREFIX_BYTES
    bodies = [{"model": "r", "messages": [{"content": long}, {"content": str(number)}]} for number in range(10)]
    assert len({chosen(made, known(body=body)) for body in bodies}) == 1


def test_a_full_target_is_passed_over() -> None:
    made = edge(TargetView("a", "1", limits=Limits(max_parallel=1)), TargetView("b", "1", limits=Limits(rpm=1)))
    way = made.router.find("r")
    assert way is not None
    made.router.began(way.targets[0])
    assert chosen(made) == "b/1"
    made.router.began(way.targets[1])
    made.router.ended(way.targets[1])
    assert chosen(made) is None
    assert made.router.obstacle([way], known()).until_ms == -1
    assert [why for _, why in made.router.left([way], known(), frozenset())] == ["full", "full"]
    made.router.ended(way.targets[0])
    assert chosen(made) == "a/1"
