from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.instant import rfc3339


@given(st.integers(0, 253_402_300_799))
def test_every_second_is_written_as_the_calendar_has_it(second: int) -> None:
    assert rfc3339(second) == datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def test_a_leap_day_and_an_unknown_moment() -> None:
    assert rfc3339(1_709_164_800) == "2024-02-29T00:00:00Z"
    assert rfc3339(-1) == "1970-01-01T00:00:00Z"
