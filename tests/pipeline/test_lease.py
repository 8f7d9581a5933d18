import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.config.schema import UnknownPrice
from narrowgate.identity.keys import VirtualKey
from narrowgate.model.fault import Failed, FaultKind
from narrowgate.model.usage import Usage
from narrowgate.pipeline.lease import Lease, budget_used
from narrowgate.pipeline.ports import Verdict
from narrowgate.policy.budget.estimate import reservation_usd_e9
from narrowgate.policy.budget.price import Price
from tests.pipeline.fakes import World, key, settings, target_of

LIMITED = key(budget_usd_e9=10**9)
TARGET = target_of("openai/m")
DEAR = target_of("openai/dear")  # its price is not known


def lease_of(world: World, who: VirtualKey = LIMITED) -> Lease:
    return Lease(world.edge, who, world.clock.unix_ms())


def held(world: World, who: VirtualKey = LIMITED) -> Lease:
    lease = lease_of(world, who)
    lease.hold("m", TARGET, 300, 10, 0)
    return lease


def amount_of(body_bytes: int, output: int) -> int:
    assert TARGET.price is not None
    return reservation_usd_e9(body_bytes, output, TARGET.price)


def test_what_an_attempt_may_cost_is_held() -> None:
    world = World()
    assert held(world).held_usd_e9 == world.counters.leased == amount_of(300, 10) > 0


def test_a_key_with_a_rate_alone_is_counted_once_and_nothing_is_held() -> None:
    world = World()
    lease = held(world, key(rpm=5))
    lease.hold("m", TARGET, 300, 10, 0)
    assert (world.counters.reservations, lease.held_usd_e9) == (1, 0)
    assert lease.settle(5, Usage(), None, 0) == 0
    assert world.counters.total == 0


def test_a_second_attempt_holds_only_what_is_missing() -> None:
    world = World()
    lease = held(world)
    lease.hold("m", TARGET, 300, 10, 0)
    assert world.counters.reservations == 1
    lease.hold("m", TARGET, 300, 10, 7)
    assert lease.held_usd_e9 == world.counters.leased == amount_of(300, 10) + 7


@pytest.mark.parametrize(
    ("verdict", "code"),
    [(Verdict.OVER_BUDGET, "insufficient_quota"), (Verdict.RATE_LIMITED, "rate_limit_exceeded")],
)
def test_what_is_refused_is_not_held(verdict: Verdict, code: str) -> None:
    world = World()
    world.counters.verdict = verdict
    lease = lease_of(world)
    with pytest.raises(Failed) as caught:
        lease.hold("m", TARGET, 300, 10, 0)
    assert caught.value.fault.code == code
    assert (lease.held_usd_e9, lease.settle(None, None, None, 0)) == (0, 0)


def test_an_unknown_price_is_refused_for_a_key_with_a_budget_alone() -> None:
    world = World()
    with pytest.raises(Failed) as caught:
        lease_of(world).hold("dear", DEAR, 300, 10, 0)
    assert caught.value.fault.code == "price_unknown"
    lease_of(world, key(rpm=5)).hold("dear", DEAR, 300, 10, 0)
    assert world.counters.reservations == 1


def test_an_unknown_price_may_be_held_at_the_ceiling() -> None:
    config = settings(unknown_price=UnknownPrice.CEILING)
    lease = lease_of(World(config))
    lease.hold("dear", DEAR, 300, 10, 0)
    assert lease.held_usd_e9 == reservation_usd_e9(300, 10, config.ceiling)


@pytest.mark.parametrize(
    ("cost", "usage", "fault", "counted"),
    [
        (42, Usage(input_text=1), None, 42),
        (None, Usage(input_text=1), None, 10_000),  # at the ceiling, ten USD a million
        (None, None, FaultKind.UPSTREAM_BROKEN, 0),
        (None, None, None, amount_of(300, 10)),
    ],
)
def test_what_counts_is_the_cost_or_what_comes_nearest(
    cost: int | None, usage: Usage | None, fault: FaultKind | None, counted: int
) -> None:
    world = World()
    assert held(world).settle(cost, usage, fault, 3) == counted + 3, "3 was wasted by attempts before"
    assert (world.counters.leased, world.counters.total) == (0, counted + 3)


def test_it_is_settled_once() -> None:
    world = World()
    lease = held(world)
    assert (lease.settle(42, None, None, 0), lease.settle(42, None, None, 0)) == (42, 0)
    assert world.counters.total == 42


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=5), st.integers(0, 10**6))
def test_whatever_was_tried_nothing_stays_held(attempts: list[tuple[int, int]], cost: int) -> None:
    world = World()
    lease = lease_of(world)
    for body_bytes, wasted in attempts:
        lease.hold("m", TARGET, body_bytes, 10, wasted)
        assert lease.held_usd_e9 == world.counters.leased >= amount_of(body_bytes, 10) + wasted
    assert world.counters.total == 0
    lease.settle(cost, None, None, 0)
    assert (world.counters.leased, world.counters.total) == (0, cost if attempts else 0)


def test_the_share_of_the_budget_has_what_is_held_in_it() -> None:
    world = World()
    world.counters.total = 250_000_000
    assert budget_used(world.edge, LIMITED, 0) == 0.25
    held(world)
    assert budget_used(world.edge, LIMITED, 0) > 0.25
    assert budget_used(world.edge, key(), 0) == 0.0
    assert budget_used(world.edge, key(budget_usd_e9=0), 0) == 0.0


def test_free_targets_hold_nothing() -> None:
    world = World(settings(prices={"openai/m": Price(input=0, output=0)}))
    lease = lease_of(world)
    lease.hold("m", target_of("openai/m", settings(prices={"openai/m": Price(input=0, output=0)})), 300, 10, 0)
    assert (lease.held_usd_e9, world.counters.reservations) == (0, 1)
