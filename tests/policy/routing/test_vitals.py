import msgspec
import pytest

from narrowgate.model.bench import Bench, Benches
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.policy.routing.settings import Breaker, Cooldown, Limits, RoutingView
from narrowgate.policy.routing.vitals import Vitals, Ward

NOW = 1_700_000_000_000
COOLDOWN = Cooldown()
RULES = RoutingView(breaker=Breaker(min_calls=2))


def refused(status: int, code: str | None = None) -> Fault:
    return Fault(FaultKind.UPSTREAM_REFUSED, "no", code=code, upstream_status=status)


class Four:
    """One provider with two keys and two models, and another provider."""

    def __init__(self) -> None:
        self.now = NOW
        self.ward = Ward(RULES, lambda: self.now)
        self.a1, self.a2 = (self.ward.find("p", model, "a", Limits()) for model in ("1", "2"))
        self.b1 = self.ward.find("p", "1", "b", Limits())
        self.other = self.ward.find("q", "1", "", Limits())

    def fail(self, fault: Fault, wait_ms: int | None = None, *, times: int = 1) -> str:
        said = ""
        for _ in range(times):
            said = self.a1.failed(fault, self.now, self.now, wait_ms, COOLDOWN)
        return said

    @property
    def unwell(self) -> list[str]:
        named = {"a1": self.a1, "a2": self.a2, "b1": self.b1, "other": self.other}
        return [name for name, vitals in named.items() if vitals.why_not(self.now) is not None]


@pytest.mark.parametrize(
    ("fault", "unwell"),
    [
        (refused(401), ["a1", "a2"]),
        (refused(502, "upstream_unauthorized"), ["a1", "a2"]),
        (refused(429, "insufficient_quota"), ["a1", "a2"]),
        (refused(402), ["a1", "a2"]),
        (refused(403), ["a1"]),
        (refused(404), ["a1"]),
        (refused(429), ["a1"]),
        (refused(500), ["a1", "b1"]),
        (refused(529), ["a1", "b1"]),
        (Fault(FaultKind.UPSTREAM_TIMEOUT, "slow"), ["a1", "b1"]),
        (Fault(FaultKind.UPSTREAM_BROKEN, "cut"), ["a1", "b1"]),
        (Fault(FaultKind.UPSTREAM_UNREACHABLE, "no"), ["a1", "a2", "b1"]),
        (refused(400), []),
        (refused(422), []),
        (Fault(FaultKind.BAD_REQUEST, "no"), []),
        (Fault(FaultKind.OVERLOADED, "our own pool"), []),
    ],
)
def test_a_failure_is_held_against_what_caused_it(fault: Fault, unwell: list[str]) -> None:
    four = Four()
    version = four.ward.pulse.version
    said = four.fail(fault, times=2)
    assert four.unwell == unwell
    assert bool(said) == bool(unwell)
    assert (four.ward.pulse.version > version) == bool(unwell)
    four.now += COOLDOWN.max_ms
    assert four.unwell == []


def test_one_error_alone_opens_nothing_but_is_remembered() -> None:
    four = Four()
    assert four.fail(refused(500)) == ""
    assert four.unwell == []
    assert four.a1.streak == 1
    four.a1.answered(NOW, NOW)
    assert four.a1.streak == 0


def test_a_rate_limit_without_a_time_is_soft_and_with_one_is_kept_to() -> None:
    four = Four()
    four.fail(refused(429))
    why = four.a1.why_not(NOW)
    assert why is not None
    assert why.is_soft
    four.fail(refused(429), 7_000)
    why = four.a1.why_not(NOW)
    assert why is not None
    assert (why.until_ms, why.is_soft) == (NOW + 7_000, False)
    four.ward.heed(Benches((Bench("p/1", "a", NOW + 60_000, "moved"),)))
    why = four.a1.why_not(NOW)
    assert why is not None
    assert (why.reason, why.until_ms) == ("benched: moved", NOW + 60_000), "the longest counts"


def test_a_key_that_is_refused_once_is_asked_in_need_and_after_that_no_more() -> None:
    four = Four()
    four.fail(refused(401))
    why = four.a1.why_not(NOW)
    assert why is not None
    assert (why.reason, why.is_soft) == ("key refused", True)
    four.now = why.until_ms
    four.fail(refused(401))
    again = four.a1.why_not(four.now)
    assert again is not None
    assert (again.until_ms - four.now, again.is_soft) == (2 * COOLDOWN.key_ms, False)


def test_an_overloaded_provider_that_names_a_time_is_left_alone_for_it() -> None:
    four = Four()
    assert four.fail(refused(503), 3_000) == "asked to wait"
    assert four.unwell == ["a1"]
    four.now += 3_000
    assert four.unwell == []


def test_no_time_that_is_named_is_longer_than_the_longest() -> None:
    four = Four()
    four.fail(refused(429), 10**12)
    why = four.a1.why_not(NOW)
    assert why is not None
    assert why.until_ms == NOW + COOLDOWN.max_ms


def test_half_open_one_call_tries_and_its_success_tells_all() -> None:
    four = Four()
    four.fail(refused(500), times=2)
    why = four.a1.why_not(NOW)
    assert why is not None
    assert why.reason == "circuit open: errors"
    four.now = why.until_ms
    four.b1.began(four.now)
    assert four.unwell == ["a1", "b1"], "one at a time"
    version = four.ward.pulse.version
    four.b1.ended()
    four.b1.answered(four.now, four.now)
    assert four.unwell == []
    assert four.ward.pulse.version > version


def test_a_try_whose_client_left_lets_another_try() -> None:
    four = Four()
    four.fail(refused(500), times=2)
    four.now += 10_000
    four.a1.began(four.now)
    assert four.unwell
    four.a1.told_nothing(four.now)
    assert four.unwell == []


def test_people_bench_and_unbench() -> None:
    four = Four()
    four.fail(refused(500), times=2)
    four.fail(refused(401))
    held = Bench("p/1", None, NOW + 60_000, "maintenance")
    four.ward.heed(Benches((held,)))
    assert four.unwell == ["a1", "a2", "b1"]
    why = four.a1.why_not(NOW)
    assert why is not None
    assert "maintenance" in why.reason
    assert four.a1.is_special
    only_a = Bench("p/1", "a", NOW + 60_000, "maintenance")
    four.ward.heed(Benches((only_a,), lifted=(Bench("p/1", "b", 0, ""),)))
    assert four.b1.why_not(NOW) is None, "asked again, whatever had happened"
    assert four.a1.why_not(NOW) is not None
    four.ward.heed(Benches((), lifted=(held,)))
    assert four.unwell == []


def test_an_operator_sees_how_all_are() -> None:
    four = Four()
    four.a1.began(NOW)
    four.fail(refused(401))
    states = {(state.target, state.key): state for state in four.ward.states()}
    assert states["p/1", "a"].state == "key refused"
    assert states["p/1", "a"].for_ms == COOLDOWN.key_ms
    assert states["p/1", "a"].in_flight == 1
    assert states["q/1", ""].state == "well"
    assert msgspec.json.encode(states["q/1", ""])


def test_of_two_bounds_the_narrower_holds() -> None:
    vitals: Vitals = Four().a1
    assert not vitals.is_limited
    vitals.limit(Limits(rpm=10))
    vitals.limit(Limits(rpm=20, max_parallel=3))
    assert vitals.load.limits == Limits(rpm=10, max_parallel=3)
    assert vitals.is_limited


def test_forgetting_keeps_what_people_said() -> None:
    four = Four()
    four.ward.heed(Benches((Bench("p/1", "a", NOW + 1, "broken"),)))
    four.ward.forget()
    assert four.ward.states() == []
    again = four.ward.find("p", "1", "a", Limits())
    assert again.index > four.other.index, "numbers are not used again"
    assert again.why_not(NOW) is not None
