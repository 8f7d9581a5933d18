"""What becomes of calls when there is no target for them yet, in virtual time."""

import json
from collections import Counter

import msgspec
import pytest

from narrowgate.policy.routing.settings import (
    Limits,
    PriorityClass,
    Queue,
    RouteView,
    RoutingView,
    Strategy,
    TargetView,
)
from tests.pipeline.simulation import MS, Simulation


def routed(number: int, *, limits: Limits = Limits(), kind: PriorityClass = PriorityClass.INTERACTIVE) -> RouteView:  # noqa: B008 - frozen
    targets = tuple(TargetView(f"p{at}", "m", limits=limits) for at in range(number))
    return RouteView(name="r", strategy=Strategy.PRIORITY, targets=targets, priority_class=kind)


def test_when_everything_is_left_alone_a_call_fails_at_once_and_is_told_when_to_come_back() -> None:
    world = Simulation(2, lambda *_: "503", route=routed(2), routing=RoutingView())
    for _ in range(6):
        world.call("r", is_stream=False)
        world.run()
    seen = len(world.attempts)
    caller = world.call("r", is_stream=False)
    world.run(world.ns // MS + 1)
    assert len(world.attempts) == seen
    assert caller.client.status == 503
    assert json.loads(caller.text)["error"]["code"] == "all_targets_cooling"
    assert b"retry-after: " in caller.client.lines


def test_a_pause_that_is_short_enough_is_waited_for() -> None:
    world = Simulation(
        1,
        lambda _, attempt: "429 named" if attempt == 0 else "ok",
        route=msgspec.structs.replace(routed(1), retries=0),
        routing=RoutingView(),
    )
    first = world.call("r", is_stream=False)
    world.run(world.ns // MS + 100)
    assert first.client.status == 429
    callers = [world.call("r", is_stream=False) for _ in range(3)]
    world.run(world.ns // MS + 1_000)
    assert len(world.attempts) == 1
    world.run()
    assert all(caller.is_right for caller in callers)
    assert world.attempts[1][1] >= 2_000


def test_calls_beyond_what_may_be_under_way_wait_for_their_turn() -> None:
    world = Simulation(1, lambda *_: "slow", route=routed(1, limits=Limits(max_parallel=2)), routing=RoutingView())
    callers = [world.call("r", is_stream=False) for _ in range(6)]
    assert len(world.attempts) == 2
    world.run()
    assert all(caller.is_right for caller in callers)
    assert [ms for _, ms in world.attempts] == [1_000, 1_000, 4_000, 4_000, 7_000, 7_000]
    assert world.edge.router.rooms.count == 0


def test_who_waits_too_long_or_finds_too_many_waiting_is_told() -> None:
    queue = Queue(max_waiting=1, max_wait_s=1)
    world = Simulation(
        1, lambda *_: "slow", route=routed(1, limits=Limits(max_parallel=1)), routing=RoutingView(queue=queue)
    )
    first, waiting, refused = (world.call("r", is_stream=False) for _ in range(3))
    assert refused.client.status == 503
    assert b"retry-after: 1" in refused.client.lines
    world.run()
    assert first.is_right
    assert waiting.client.status == 503
    assert waiting.ended_ms is not None
    assert waiting.ended_ms - waiting.began_ms < 1_300
    assert {json.loads(caller.text)["error"]["code"] for caller in (waiting, refused)} == {"all_targets_full"}


def test_a_client_that_leaves_while_it_waits_leaves_nothing_behind() -> None:
    world = Simulation(1, lambda *_: "slow", route=routed(1, limits=Limits(max_parallel=1)), routing=RoutingView())
    world.call("r", is_stream=False)
    waiting = world.call("r", is_stream=False)
    waiting.conversation.client_gone()
    assert world.edge.router.rooms.count == 0
    world.run()
    assert len(world.attempts) == 1
    assert Counter(record.fault for record in world.journal.records) == {"": 1, "client_gone": 1}


@pytest.mark.parametrize("adaptive", [True, False])
def test_an_overload_of_three_times_what_may_be_under_way_is_served_in_turn(adaptive: bool) -> None:
    queue = Queue(adaptive=adaptive)
    world = Simulation(
        3, lambda *_: "ok", route=routed(3, limits=Limits(max_parallel=4)), routing=RoutingView(queue=queue)
    )
    callers = [world.call("r", is_stream=bool(number % 2)) for number in range(36)]
    world.run()
    assert all(caller.is_right for caller in callers)
    assert world.open == 0
