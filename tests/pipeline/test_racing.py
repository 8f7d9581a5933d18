"""Hedged calls, in virtual time."""

import json

import pytest

from narrowgate.policy.routing.settings import Hedge, RouteView, RoutingView, Strategy, TargetView
from tests.pipeline.simulation import Caller, Simulation

USD_E9 = 1_000_000_000


def raced(
    *faults: str, is_stream: bool = True, after_ms: int = 500, max_usd_e9: int = USD_E9
) -> tuple[Simulation, Caller]:
    targets = tuple(TargetView(f"p{at}", "m") for at in range(len(faults)))
    route = RouteView(name="r", strategy=Strategy.PRIORITY, targets=targets, hedge=Hedge(after_ms, max_usd_e9))
    world = Simulation(len(faults), lambda provider, _: faults[provider], route=route, routing=RoutingView())
    caller = world.call("r", is_stream=is_stream, budget=10 * USD_E9)
    world.run()
    return world, caller


def told(world: Simulation) -> list[tuple[str, str]]:
    (record,) = world.journal.records
    assert world.open == 0
    assert world.counters.leased == 0
    assert [state.target for state in world.edge.router.ward.states() if state.in_flight] == []
    return [(one["target"], one.get("outcome", "")) for one in json.loads(record.receipt)["attempts"]]


@pytest.mark.parametrize("is_stream", [True, False])
def test_a_second_target_answers_for_one_that_is_slow(is_stream: bool) -> None:
    world, caller = raced("slow", "ok", is_stream=is_stream)
    assert caller.is_right
    assert caller.ended_ms is not None
    assert caller.ended_ms - caller.began_ms < 1_200
    assert told(world) == [("p0/m", "lost the race"), ("p1/m", "answered")]
    (record,) = world.journal.records
    assert record.provider == "p1"
    assert record.counted_usd_e9 > (record.cost_usd_e9 or 0), "what the loser probably cost is counted, too"


@pytest.mark.parametrize("is_stream", [True, False])
def test_the_first_may_still_win(is_stream: bool) -> None:
    world, caller = raced("slow", "silent", is_stream=is_stream)
    assert caller.is_right
    assert told(world) == [("p0/m", "answered"), ("p1/m", "lost the race")]


def test_a_fast_answer_is_not_raced() -> None:
    world, caller = raced("ok", "ok")
    assert caller.is_right
    assert len(world.attempts) == 1


@pytest.mark.parametrize("is_stream", [True, False])
@pytest.mark.parametrize("fault", ["500", "429", "unreachable", "reset", "empty"])
def test_when_one_fails_the_other_goes_on(fault: str, is_stream: bool) -> None:
    world, caller = raced("slow", fault, is_stream=is_stream)
    assert caller.is_right
    assert told(world)[0] == ("p0/m", "answered")
    assert len(world.attempts) == 2


def test_when_both_fail_a_third_is_asked() -> None:
    world, caller = raced("silent", "silent", "ok")
    assert caller.is_right
    assert told(world)[-1] == ("p2/m", "answered")


@pytest.mark.parametrize("is_stream", [True, False])
def test_it_may_cost_so_much_and_no_more(is_stream: bool) -> None:
    world, caller = raced("slow", "ok", is_stream=is_stream, max_usd_e9=1)
    assert caller.is_right
    assert len(world.attempts) == 1


@pytest.mark.parametrize("after_ms", [600, 2_990])
def test_a_client_that_leaves_ends_both(after_ms: int) -> None:
    targets = (TargetView("p0", "m"), TargetView("p1", "m"))
    route = RouteView(name="r", strategy=Strategy.PRIORITY, targets=targets, hedge=Hedge(500, USD_E9))
    world = Simulation(2, lambda *_: "silent", route=route, routing=RoutingView())
    caller = world.call("r", is_stream=True, budget=10 * USD_E9)
    world.run(1_000 + after_ms)
    assert len(world.attempts) == 2
    caller.conversation.client_gone()
    world.run()
    assert ("p0/m", "lost the race") in told(world)


@pytest.mark.parametrize("faults", [("cut", "ok"), ("stall", "ok"), ("error event", "ok")])
def test_who_won_may_still_fail_and_that_is_told(faults: tuple[str, str]) -> None:
    world, caller = raced(*faults, after_ms=30_000)
    assert not caller.is_right
    assert b'"error"' in caller.text
    assert told(world)[0][0] == "p0/m"
