"""Moments in JSON: Unix seconds to RFC 3339 text and back, without a clock.

Source: https://www.rfc-editor.org/rfc/rfc3339#section-5.6 (read 2026-11).
"""

import re

_DAY_S = 86_400
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?Z", re.ASCII)
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


def unix_s(text: str) -> int | None:
    """Return the seconds since 1970 of a moment in UTC, like 2027-01-31T12:00:00Z; fractions are cut off.

    What no clock shows is None.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    from_march, years = (month + 9) % 12, year - (month <= 2)
    days = years * 365 + years // 4 - years // 100 + years // 400 + (153 * from_march + 2) // 5 + day - 1
    moment = (days - _BEFORE_1970_DAYS) * _DAY_S + hour * 3_600 + minute * 60 + second
    return moment if rfc3339(moment)[:19] == text[:19] else None
