from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.identity.moments import MOST_UNIX_S, unix_s

ZONES = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1970, 1, 3), datetime(9999, 12, 29), timezones=ZONES))  # noqa: DTZ001 - bounds have none
def test_text_is_the_moment_the_calendar_says(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert unix_s(moment.isoformat()) == int(whole.timestamp())
    assert unix_s(whole.astimezone(UTC).isoformat().replace("+00:00", "z").replace("T", "t")) == int(whole.timestamp())


def test_seconds_are_themselves() -> None:
    assert [unix_s(seconds) for seconds in (0, 5, MOST_UNIX_S)] == [0, 5, MOST_UNIX_S]


@pytest.mark.parametrize(
    "moment",
    [
        -1,
        MOST_UNIX_S + 1,
        "",
        "5",
        "tomorrow",
        "2027-01-01",
        "2027-01-01T00:00:00",
        "2027-02-29T00:00:00Z",
        "2027-13-01T00:00:00Z",
        "2027-01-01T24:00:00Z",
        "2027-01-01T00:00:00+24:00",
        "1969-12-31T23:59:59Z",
        "202\u0667-01-01T00:00:00Z",
    ],
)
def test_what_is_no_moment_is_refused(moment: int | str) -> None:
    with pytest.raises(ValueError, match="no moment"):
        unix_s(moment)
