"""Settings of routing go to other processes and come back as they were."""

import msgspec

from narrowgate.policy.routing.settings import Limits, RouteView, RoutingView, Sticky, Strategy, TargetView


def test_a_route_survives_the_way_to_an_edge() -> None:
    route = RouteView(name="r", strategy=Strategy.USAGE, targets=(TargetView("p", "m"),), sticky=Sticky())
    packed = msgspec.msgpack.encode((route, RoutingView()))
    assert msgspec.msgpack.decode(packed, type=tuple[RouteView, RoutingView]) == (route, RoutingView())


def test_limits_are_shared_out_and_none_stays_none() -> None:
    assert Limits(rpm=10, max_parallel=1).share(4) == Limits(rpm=3, max_parallel=1)
    assert Limits().share(4) == Limits()
