"""A moment as it is asked for: RFC 3339 text or Unix seconds.

Source: https://www.rfc-editor.org/rfc/rfc3339#section-5.6 (read 2026-11).
"""

import re

MOST_UNIX_S = 253_402_300_799  # the end of the year 9999, the last that RFC 3339 can write
_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def unix_s(moment: int | str) -> int:
    """Return a moment from 1970 to 9999 as Unix seconds; a fraction of a second is left out.

    Raises:
        ValueError: it is none.
    """
    seconds = _from_text(moment) if isinstance(moment, str) else moment
    if seconds is None or not 0 <= seconds <= MOST_UNIX_S:
        shown = f"'{moment[:40]}'" if isinstance(moment, str) else "the number"
        raise ValueError(f"{shown} is no moment from 1970 to 9999, as Unix seconds or like 2027-01-31T12:00:00Z")
    return seconds


def _from_text(text: str) -> int | None:
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    ahead_hour, ahead_minute = int(match[8] or 0), int(match[9] or 0)
    if not (1 <= month <= 12 and 1 <= day <= _days_of(year, month) and hour < 24 and minute < 60 and second < 60):
        return None
    if ahead_hour > 23 or ahead_minute > 59:
        return None
    ahead_s = (ahead_hour * 60 + ahead_minute) * (-60 if match[7] == "-" else 60)
    return ((_days_before(year, month) + day - 1) * 24 + hour) * 3_600 + minute * 60 + second - ahead_s


def _days_of(year: int, month: int) -> int:
    return _DAYS[month - 1] + (month == 2 and _is_leap(year))


def _days_before(year: int, month: int) -> int:
    """Return the days from 1970-01-01 to the first of a month."""
    past = year - 1
    leap_days = past // 4 - past // 100 + past // 400 - 477  # 477 of them before 1970
    return (year - 1970) * 365 + leap_days + sum(_days_of(year, earlier) for earlier in range(1, month))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
