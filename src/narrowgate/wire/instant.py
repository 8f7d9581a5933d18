"""Moments as text: Unix seconds to RFC 3339 and back, and from HTTP dates, without a clock.

Source: https://www.rfc-editor.org/rfc/rfc3339#section-5.6 (read 2026-11).
"""

import re

_DAY_S = 86_400
_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Days of 400 years, the period of the calendar; from March 1 of the year 0 to 1970-01-01.
_ERA_DAYS = 146_097
_BEFORE_1970_DAYS = 719_468


def rfc3339(unix_s: int) -> str:
    """Return seconds since 1970 as text in UTC, like 2027-01-31T12:00:00Z."""
    days, rest = divmod(max(unix_s, 0), _DAY_S)
    # The year is counted from March, so that a leap day is the last of it.
    era, day_of_era = divmod(days + _BEFORE_1970_DAYS, _ERA_DAYS)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = era * 400 + year_of_era + (month <= 2)
    return f"{year:04}-{month:02}-{day:02}T{rest // 3_600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


def unix_of_rfc3339(text: str) -> int | None:
    """Return the second that RFC 3339 text names (fractions are cut off), None for other text."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    offset = 0
    if match[7]:
        offset = (int(match[8]) * 3_600 + int(match[9]) * 60) * (-1 if match[7] == "-" else 1)
    return _unix(year, month, day, hour * 3_600 + minute * 60 + second) - offset


def unix_of_http_date(text: str) -> int | None:
    """Return the second that an HTTP date names, as in `Wed, 21 Oct 2026 07:28:00 GMT`; None for other text.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 (read 2026-11), its preferred form.
    """
    match = _HTTP_DATE.fullmatch(text)
    if match is None or match[2] not in _MONTHS:
        return None
    hour, minute, second = int(match[4]), int(match[5]), int(match[6])
    return _unix(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]), hour * 3_600 + minute * 60 + second)


def _unix(year: int, month: int, day: int, second_of_day: int) -> int:
    shifted_year = year - (month <= 2)
    era, year_of_era = divmod(shifted_year, 400)
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return (era * _ERA_DAYS + day_of_era - _BEFORE_1970_DAYS) * _DAY_S + second_of_day
