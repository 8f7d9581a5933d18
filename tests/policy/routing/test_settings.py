"""Settings of routing go to other processes and come back as they were."""

import msgspec

from narrowgate.policy.routing.settings import RouteView, RoutingView, Sticky, Strategy, TargetView


def test_a_route_survives_the_way_to_an_edge() -> None:
    route = RouteView(name="r", strategy=Strategy.USAGE, targets=(TargetView("p", "m"),), sticky=Sticky())
    packed = msgspec.msgpack.encode((route, RoutingView()))
    assert msgspec.msgpack.decode(packed, type=tuple[RouteView, RoutingView]) == (route, RoutingView())
