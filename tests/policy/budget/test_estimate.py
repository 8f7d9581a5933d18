import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.policy.budget.estimate import (
    aborted_usage,
    civil_date,
    counted_usd_e9,
    reservation_usd_e9,
    window_at,
    window_start_ms,
)
from narrowgate.policy.budget.price import Price

MOMENTS = st.integers(min_value=0, max_value=4_000_000_000)


@given(st.integers(min_value=0, max_value=60_000))
def test_dates_are_the_calendars(days: int) -> None:
    date = dt.date(1970, 1, 1) + dt.timedelta(days=days)
    assert civil_date(days) == (date.year, date.month, date.day)


@given(MOMENTS, st.sampled_from(["day", "month", "total"]))
def test_a_window_starts_before_its_moment_and_with_another_number(now_s: int, kind: str) -> None:
    start_ms = window_start_ms(kind, now_s)
    assert start_ms <= now_s * 1000
    assert window_at(kind, start_ms) == window_at(kind, now_s * 1000)
    if start_ms:
        assert window_at(kind, start_ms - 1) != window_at(kind, start_ms)


def test_no_window_has_the_number_of_an_unused_counter() -> None:
    assert all(window_at(kind, 0) for kind in ("day", "month", "total"))


def test_a_reservation_counts_input_and_the_callers_limit() -> None:
    price = Price(input=1_000_000, output=1_000_000)
    assert reservation_usd_e9(300, 50, price) == 151
    assert reservation_usd_e9(300, None, price) > 4_000


def test_an_aborted_call_counts_an_event_as_a_token() -> None:
    usage = aborted_usage(400, 7)
    assert (usage.input_text, usage.output_text) == (101, 7)


def test_an_answer_of_unknown_cost_is_never_free() -> None:
    ceiling = Price(input=1_000_000, output=1_000_000)
    usage = aborted_usage(400, 7)
    assert counted_usd_e9(5, usage, ceiling, 9) == 5
    assert counted_usd_e9(None, usage, ceiling, 9) == 108
    assert counted_usd_e9(None, None, ceiling, 9) == 9
