import pytest

from narrowgate.policy.routing.health import Breaker, Cooling
from narrowgate.policy.routing.settings import Breaker as Rule

RULE = Rule(window_s=30, min_calls=4, error_rate=0.5, open_s=10, max_open_s=25)
NOW = 1_700_000_000_000


def test_a_pause_doubles_while_it_goes_on_failing_and_starts_anew_after_a_success() -> None:
    cooling = Cooling()
    spans = []
    now = NOW
    for _ in range(4):
        cooling.pause(now, 100, 500, "rate limited")
        spans.append(cooling.until_ms - now)
        cooling.pause(now + 1, 100, 500, "a call that was under way")
        assert cooling.until_ms == now + spans[-1]
        now = cooling.until_ms
    assert spans == [100, 200, 400, 500]
    cooling.well(now - 1)  # went out before the pause: says nothing of what comes after
    cooling.well(now)
    cooling.pause(now, 100, 500, "again")
    assert cooling.until_ms == now + 100
    assert not cooling.is_named


def test_a_time_that_was_named_is_kept_and_only_made_longer() -> None:
    cooling = Cooling()
    cooling.keep(NOW, 5_000, "asked")
    cooling.keep(NOW, 1_000, "asked again")
    assert cooling.until_ms == NOW + 5_000
    assert cooling.is_named
    cooling.lift()
    assert (cooling.until_ms, cooling.is_named) == (0, False)


def opened() -> Breaker:
    breaker = Breaker(RULE)
    assert not any(breaker.failed(NOW, NOW) for _ in range(3))
    assert breaker.failed(NOW, NOW)
    return breaker


def test_it_opens_by_the_rate_of_errors_and_not_by_their_number() -> None:
    breaker = Breaker(RULE)
    for number in range(200):
        breaker.succeeded(NOW, NOW)
        if number % 2:
            assert not breaker.failed(NOW, NOW)
    assert breaker.state == "closed"
    assert opened().until_ms == NOW + 10_000


def test_what_is_older_than_the_window_does_not_count() -> None:
    breaker = Breaker(RULE)
    for at in range(0, 200_000, 20_000):
        assert not breaker.failed(NOW + at, NOW + at), "never four within 30 s"


def test_half_open_lets_one_try_and_closes_by_its_success() -> None:
    breaker = opened()
    assert not breaker.claim(NOW + 9_999), "goes out for want of another; tries nothing"
    then = NOW + 10_000
    assert breaker.claim(then)
    assert breaker.state == "half_open"
    assert breaker.until_ms == then + 10_000, "nobody else meanwhile"
    assert breaker.succeeded(then + 5, then)
    assert (breaker.state, breaker.until_ms) == ("closed", 0)


def test_each_failed_try_doubles_the_pause_up_to_its_bound() -> None:
    breaker = opened()
    spans, now = [], breaker.until_ms
    for _ in range(3):
        assert breaker.claim(now)
        assert breaker.failed(now, now)
        spans.append(breaker.until_ms - now)
        now = breaker.until_ms
    assert spans == [20_000, 25_000, 25_000]


def test_calls_from_before_it_opened_say_nothing() -> None:
    breaker = opened()
    assert not breaker.succeeded(NOW + 1, NOW - 1)
    assert not breaker.failed(NOW + 1, NOW - 1)
    assert breaker.state == "open"
    breaker.claim(NOW + 10_000)
    assert not breaker.failed(NOW + 10_001, NOW - 1)
    assert breaker.state == "half_open"


def test_a_try_that_tells_nothing_makes_way_for_another() -> None:
    breaker = opened()
    breaker.claim(NOW + 10_000)
    breaker.release(NOW + 10_001)
    assert breaker.until_ms == NOW + 10_001
    assert breaker.claim(NOW + 10_001)


@pytest.mark.parametrize("late", [0, 1, 60_000])
def test_a_try_that_is_never_heard_of_again_blocks_nothing_for_ever(late: int) -> None:
    breaker = opened()
    breaker.claim(NOW + 10_000)
    assert breaker.claim(NOW + 20_000 + late)
