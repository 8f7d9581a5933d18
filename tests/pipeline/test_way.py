from narrowgate.pipeline.target import Target, Targets
from narrowgate.pipeline.way import Way
from narrowgate.policy.routing.settings import Limits, RouteView, RoutingView, Strategy, TargetView, TimeLimits
from narrowgate.policy.routing.vitals import Ward
from tests.pipeline.fakes import settings, view

NOW = 1_700_000_000_000
RULES = RoutingView(fallbacks=("openai/other",))


def targets(*views: TargetView) -> tuple[Target, ...]:
    made = Targets(settings(providers=(view("a"), view("b"))), Ward(RULES, lambda: NOW))
    return tuple(target for one in views for target in made.of_route(one, TimeLimits()))


def test_a_name_without_a_route_has_the_defaults() -> None:
    way = Way("a/m", targets(TargetView("a", "m")), RULES, None)
    assert not way.is_route
    assert not way.is_simple, "it has fallbacks"
    assert way.fallbacks == ("openai/other",)
    assert Way("a/m", way.targets, RoutingView(), None).is_simple


def test_pools_are_made_by_priority_of_those_that_are_well_and_only_when_something_changed() -> None:
    found = targets(TargetView("a", "1", priority=2), TargetView("a", "2"), TargetView("b", "1"))
    way = Way("r", found, RULES, RouteView(name="r", strategy=Strategy.WEIGHTED, targets=()))
    pools = way.pools(1, NOW)
    assert [[target.name for target in pool.targets] for pool in pools] == [["a/2", "b/1"], ["a/1"]]
    found[1].vitals.pair.keep(NOW, 500, "asked")
    assert way.pools(1, NOW) is pools
    assert [[target.name for target in pool.targets] for pool in way.pools(2, NOW)] == [["b/1"], ["a/1"]]
    assert len(way.pools(2, NOW + 500)) == 2, "and when the soonest pause is over"
    assert len(way.pools(2, NOW + 500)[0].targets) == 2


def test_limits_are_the_targets() -> None:
    (target,) = targets(TargetView("a", "m", limits=Limits(max_parallel=2)))
    assert target.vitals.is_limited
    assert target.load is target.vitals.load
