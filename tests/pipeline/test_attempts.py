"""The retry loop over all that goes wrong, in virtual time."""

import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.policy.routing.settings import Breaker, Queue, RoutingView
from tests.pipeline.simulation import FAULTS, MS, Caller, Simulation

DEFAULTS = RoutingView()
ALL = ("p0/m", ("p1/m", "p2/m"))


def always(*faults: str) -> Simulation:
    """One provider for each fault, which is all it ever does."""
    return Simulation(len(faults), lambda provider, _attempt: faults[provider], routing=DEFAULTS)


def called(world: Simulation, *, is_stream: bool = False, fallbacks: tuple[str, ...] = ()) -> Caller:
    caller = world.call("p0/m", is_stream=is_stream, fallbacks=fallbacks)
    world.run()
    return caller


def where(world: Simulation) -> list[int]:
    return [provider for provider, _ in world.attempts]


@pytest.mark.parametrize("is_stream", [True, False])
@pytest.mark.parametrize("fault", [one for one in FAULTS if one not in {"ok", "slow", "400"}])
def test_a_fallback_rescues_from_all_but_the_callers_own_fault(fault: str, is_stream: bool) -> None:
    world = always(fault, "ok")
    caller = called(world, is_stream=is_stream, fallbacks=("p1/m",))
    assert caller.is_right, caller.text
    assert world.open == 0
    assert len(world.attempts) <= 4


def test_what_is_the_callers_fault_is_told_at_once() -> None:
    world = always("400", "ok")
    caller = called(world, fallbacks=("p1/m",))
    assert caller.client.status == 400
    assert where(world) == [0]


@pytest.mark.parametrize(
    ("fault", "attempts"),
    [("500", 3), ("429", 3), ("unreachable", 3), ("cut", 3), ("silent", 1), ("401", 1), ("404", 1), ("too long", 1)],
)
def test_the_same_target_is_asked_again_only_where_that_may_help(fault: str, attempts: int) -> None:
    world = always(fault)
    caller = called(world)
    assert caller.client.status >= 400
    assert len(world.attempts) == attempts


def test_pauses_grow_and_are_never_the_same() -> None:
    world = always("500")
    called(world)
    moments = [ms for _, ms in world.attempts]
    first, second = (later - earlier for earlier, later in pairwise(moments))
    assert 125 <= first - 20 <= 250
    assert 250 <= second - 20 <= 500


def test_a_named_time_is_waited_for() -> None:
    world = Simulation(1, lambda _provider, attempt: "ok" if attempt else "429 named", routing=DEFAULTS)
    assert called(world).is_right
    assert world.attempts[1][1] - world.attempts[0][1] >= 2_000


def test_when_all_fail_the_caller_is_told_of_the_first_and_of_the_others() -> None:
    world = always("401", "503", "404")
    caller = called(world, fallbacks=("p1/m", "p2/m"))
    shown = json.loads(caller.text)["error"]["message"]
    assert shown.startswith("the provider refused the gateway's credentials")
    assert "also tried: p1/m" in shown
    assert "p2/m (model_not_found)" in shown


def test_an_outage_costs_one_attempt_a_call_and_is_over_when_it_is_over() -> None:
    """503 for 60 s, then healthy; 20 calls, one every 4 s."""
    world = Simulation(
        2, lambda provider, _: "503" if provider == 0 and world.ns < 61_000 * MS else "ok", routing=DEFAULTS
    )
    callers = []
    for number in range(20):
        world.run(1_000 + number * 4_000)
        callers.append(world.call("p0/m", is_stream=bool(number % 2), fallbacks=("p1/m",)))
    world.run()
    assert all(caller.is_right for caller in callers)
    per_call = Counter((ms - 1_000) // 4_000 for provider, ms in world.attempts if provider == 0)
    assert all(number == 1 for call, number in per_call.items() if call > 0), per_call
    assert len([call for call in per_call if 5 <= call < 15]) <= 3, "an open circuit lets few try"
    back = min(ms for provider, ms in world.attempts if provider == 0 and ms >= 61_000)
    assert back - 61_000 <= 30_000
    assert where(world)[-1] == 0, "and all go there again"


def test_a_receipt_tells_where_the_call_went_and_why() -> None:
    world = always("500", "ok")
    caller = called(world, fallbacks=("p1/m",))
    (record,) = world.journal.records
    receipt = json.loads(record.receipt)
    assert caller.is_right
    assert [(one["target"], one["outcome"]) for one in receipt["attempts"]] == [
        ("p0/m", "upstream_refused"),
        ("p0/m", "upstream_refused"),
        ("p0/m", "upstream_refused"),
        ("p1/m", "answered"),
    ]
    assert receipt["attempts"][0]["status"] == 500
    assert record.provider == "p1"
    assert record.attempts == 4


@st.composite
def schedules(draw: st.DrawFn) -> tuple[list[list[str]], list[tuple[int, bool]], RoutingView]:
    faults = [draw(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=6)) for _ in range(3)]
    calls = draw(st.lists(st.tuples(st.integers(0, 5_000), st.booleans()), min_size=1, max_size=8))
    routing = RoutingView(
        retries=draw(st.integers(0, 3)),
        breaker=Breaker(min_calls=draw(st.integers(1, 5))),
        queue=Queue(max_waiting=draw(st.integers(0, 3))),
    )
    return faults, calls, routing


@given(schedules())
def test_whatever_fails_and_when_every_call_ends_in_time_and_is_settled(
    schedule: tuple[list[list[str]], list[tuple[int, bool]], RoutingView],
) -> None:
    faults, calls, routing = schedule
    world = Simulation(3, lambda provider, attempt: faults[provider][attempt % len(faults[provider])], routing=routing)
    callers: list[Caller] = []
    for number, (pause_ms, is_stream) in enumerate(calls):
        world.run(world.ns // MS + pause_ms)
        fallbacks = ALL[1] if number % 3 else ()
        callers.append(world.call(ALL[0], is_stream=is_stream, fallbacks=fallbacks, budget=10**12))
        if number % 4 == 3:
            left = callers[-1]
            world.later(500 * MS, left.conversation.client_gone)
    world.run()
    assert world.open == 0, "no exchange is left open"
    assert world.edge.calls == 0
    assert len(world.journal.records) == len(callers), "each is written down once"
    assert world.counters.leased == 0, "every lease is settled"
    assert all(
        vitals.load.in_flight == 0 == vitals.key.load.in_flight for vitals in world.edge.router.ward.all.values()
    )
    for caller, record in zip(callers, sorted(world.journal.records, key=lambda one: one.call_id), strict=True):
        assert caller.ended_ms is not None
        assert caller.ended_ms - caller.began_ms <= 121_000, "nothing goes beyond its deadline"
        assert record.attempts <= 12
        if record.fault == "":
            assert caller.is_right
            assert record.cost_usd_e9 == 10 + 12 * 2, "what the target that answered cost"
        assert record.counted_usd_e9 >= 0
        said = caller.text
        assert said or record.fault == "client_gone"
    assert len(world.attempts) == sum(min(record.attempts, 12) for record in world.journal.records) or any(
        record.fault for record in world.journal.records
    )


def test_a_day_of_trouble_at_three_providers_is_not_noticed() -> None:
    """Every tenth attempt fails in some way, at 5 calls a second for 100 s, each with two others to go to."""
    trouble = [one for one in FAULTS if one not in {"400", "too long", "silent"}]
    world = Simulation(
        3,
        lambda provider, attempt: (
            trouble[(attempt // 10 + provider) % len(trouble)] if attempt % 10 == provider else "ok"
        ),
        routing=DEFAULTS,
    )
    callers = []
    for number in range(500):
        world.run(1_000 + number * 200)
        callers.append(world.call("p0/m", is_stream=bool(number % 2), fallbacks=("p1/m", "p2/m")))
    world.run()
    assert [caller.text[:300] for caller in callers if not caller.is_right] == []
    assert world.open == 0


def test_when_all_failed_in_passing_another_round_is_made_of_those_that_may_be_asked_again() -> None:
    plan = {0: ["401"], 1: ["cut", "ok"], 2: ["cut", "ok"]}
    world = Simulation(3, lambda at, attempt: plan[at][min(attempt, len(plan[at]) - 1)], routing=DEFAULTS)
    caller = called(world, is_stream=True, fallbacks=("p1/m", "p2/m"))
    assert caller.is_right, caller.text
    assert where(world)[:3] == [0, 1, 2]
    assert len(where(world)) == 4
    assert where(world)[3] != 0, "whose key was refused"


def test_a_pause_of_all_that_is_short_is_waited_for_after_a_failure_too() -> None:
    world = Simulation(2, lambda _, attempt: "ok" if attempt else "429 named", routing=RoutingView(retries=1))
    caller = called(world, fallbacks=("p1/m",))
    assert caller.is_right
    assert world.attempts[-1][1] - world.attempts[0][1] >= 2_000
