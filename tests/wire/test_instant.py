from datetime import UTC, datetime
from email.utils import formatdate

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.instant import rfc3339, unix_of_http_date, unix_of_rfc3339


@given(st.integers(0, 253_402_300_799))
def test_every_second_is_written_as_the_calendar_has_it(second: int) -> None:
    assert rfc3339(second) == datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def test_a_leap_day_and_an_unknown_moment() -> None:
    assert rfc3339(1_709_164_800) == "2024-02-29T00:00:00Z"
    assert rfc3339(-1) == "1970-01-01T00:00:00Z"


@given(st.integers(0, 253_402_300_799))
def test_rfc3339_is_read_as_it_is_written(unix_s: int) -> None:
    assert unix_of_rfc3339(rfc3339(unix_s)) == unix_s


@given(st.integers(0, 253_402_300_799))
def test_http_dates_are_read_as_the_standard_library_writes_them(unix_s: int) -> None:
    assert unix_of_http_date(formatdate(unix_s, usegmt=True)) == unix_s


def test_offsets_and_fractions_are_understood_and_other_text_is_not() -> None:
    assert unix_of_rfc3339("2026-10-21T08:06:40.123+02:00") == unix_of_rfc3339("2026-10-21T06:06:40Z") == 1_792_562_800
    assert unix_of_rfc3339("2026-10-21") is None
    assert unix_of_http_date("2026-10-21T06:06:40Z") is None
    assert unix_of_http_date("Wed, 21 Okt 2026 06:06:40 GMT") is None
