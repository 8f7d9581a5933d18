import msgspec

from narrowgate.config.snapshot import EdgeSettings
from narrowgate.model.operation import Operation
from narrowgate.pipeline.target import Target, Targets, forwarded_lines
from narrowgate.policy.routing.settings import KeyView, Limits, RoutingView, TargetView, TimeLimits
from narrowgate.policy.routing.vitals import Ward
from tests.pipeline.fakes import settings, view


def targets_of(config: EdgeSettings | None = None) -> Targets:
    return Targets(config or settings(), Ward(RoutingView(), lambda: 0))


def one(name: str) -> Target:
    found = targets_of().of_name(name)
    assert len(found) == 1
    return found[0]


def test_a_target_is_found_by_every_name() -> None:
    targets = targets_of()
    first, second = targets.of_name("openai/m"), targets.of_name("fast")
    assert first[0].price is not None
    assert first[0].index == second[0].index
    assert first[0].vitals is second[0].vitals
    assert targets.of_name("nobody/x") == ()
    assert targets.owner("fast") == "openai"
    assert targets.knows("openai/m")
    assert not targets.knows("nobody/x")


def test_request_lines_are_ready_for_what_is_offered() -> None:
    target = one("openai/m")
    assert target.lines[Operation.EMBEDDINGS] == b"POST /v1/embeddings HTTP/1.1\r\n"
    assert Operation.RERANK not in target.lines


def test_a_name_cannot_break_out_of_a_header() -> None:
    assert targets_of().of_name("openai/a\r\nx: y") == ()
    assert not targets_of().knows("openai/a\r\nx: y")
    assert one("openai/ünï").answer_lines.isascii()


def test_only_listed_headers_are_forwarded() -> None:
    lines = forwarded_lines(one("openai/m"), {b"accept": b"a", b"x-team": b"b", b"cookie": b"c"})
    assert lines == b"accept: a\r\nx-team: b\r\n"


def test_a_model_is_one_target_with_each_key_that_is_for_it() -> None:
    keys = (KeyView("a", 4, weight=3.0), KeyView("b", 5, ("other*",)), KeyView("c", 6, ("m",), limits=Limits(rpm=2)))
    targets = targets_of(settings(msgspec.structs.replace(view(), keys=keys)))
    found = targets.of_name("openai/m")
    assert [(target.key_name, target.origin, target.weight) for target in found] == [("a", 4, 3.0), ("c", 6, 1.0)]
    assert [target.vitals.is_limited for target in found] == [False, True]
    routed = targets.of_route(TargetView("openai", "m", weight=8.0, priority=2), TimeLimits(total_s=1.0))
    assert [(target.weight, target.priority, target.limits.total_ns) for target in routed] == [
        (6.0, 2, 1_000_000_000),
        (2.0, 2, 1_000_000_000),
    ]
    assert routed[0].vitals is found[0].vitals
    assert [target.key_name for target in targets.of_route(TargetView("openai", "m", key="c"), TimeLimits())] == ["c"]
