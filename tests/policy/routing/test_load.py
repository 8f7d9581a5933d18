from narrowgate.policy.routing.load import Load
from narrowgate.policy.routing.settings import Limits

NOW = 1_700_000_040_000  # a minute and a bit


def test_calls_and_tokens_are_bounded_by_the_minute() -> None:
    load = Load(Limits(rpm=2, tpm=1_000))
    assert load.is_limited
    load.began(NOW)
    assert load.room_ms(NOW) == 0
    load.began(NOW)
    until = load.room_ms(NOW)
    assert until > NOW
    assert until % 60_000 == 0
    assert load.room_ms(until) == 0
    load.took(until, 1_000)
    assert load.room_ms(until) == until + 60_000
    assert load.used(until) == 1.0
    assert load.used(until + 60_000) == 0.0


def test_calls_at_a_time_are_bounded_until_one_ends() -> None:
    load = Load(Limits(max_parallel=1))
    load.began(NOW)
    assert load.room_ms(NOW) == -1
    load.ended()
    assert load.room_ms(NOW) == 0


def test_without_bounds_there_is_always_room() -> None:
    load = Load(Limits())
    assert not load.is_limited
    for _ in range(1_000):
        load.began(NOW)
    assert load.room_ms(NOW) == 0


def test_speed_is_a_moving_average_that_load_makes_worse() -> None:
    load = Load(Limits())
    assert load.expected_ms() == 0, "unknown ones are tried"
    load.felt(100, 0, 0)
    load.felt(200, 100, 0.5)
    assert load.first_ms == 120
    assert load.tokens_per_s == 100, "the first that is known counts whole"
    assert load.cached == 0.1
    alone = load.expected_ms()
    load.began(NOW)
    assert load.expected_ms() == 2 * alone


def test_the_ceiling_falls_when_answers_slow_down_and_rises_again() -> None:
    load = Load(Limits(max_parallel=100))
    load.felt(100, 0, 0)
    for _ in range(50):
        load.adapt(1_000)
    low = load.ceiling
    assert 1 <= low < 20
    for _ in range(200):
        load.adapt(100)
    assert load.ceiling == 100
    free = Load(Limits())
    free.felt(100, 0, 0)
    free.adapt(1_000)
    assert free.ceiling == 0
