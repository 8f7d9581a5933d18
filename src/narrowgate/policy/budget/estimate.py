"""What a call may cost before it is made, and what a broken one probably cost."""

from narrowgate.model.usage import Usage
from narrowgate.policy.budget.price import Price, cost_usd_e9, plain_cost_usd_e9

# English text is 4 bytes a token and most other text fewer than 3 in all current tokenisers;
# 3 keeps a reservation above the truth for nearly every call.
_RESERVED_BYTES_PER_TOKEN = 3
_TYPICAL_BYTES_PER_TOKEN = 4
# Reserved for output when the caller set no maximum. More would refuse small budgets any call.
DEFAULT_OUTPUT_TOKENS = 4_096
_DAY_S = 86_400


def reservation_usd_e9(body_bytes: int, max_tokens: int | None, price: Price) -> int:
    """Return what to hold of a budget while a call is under way."""
    output = DEFAULT_OUTPUT_TOKENS if max_tokens is None else max_tokens
    return plain_cost_usd_e9(body_bytes // _RESERVED_BYTES_PER_TOKEN + 1, output, price)


def counted_usd_e9(cost: int | None, usage: Usage | None, ceiling: Price, otherwise: int) -> int:
    """Return what a call counts against a budget: its cost, or its usage at the ceiling's price.

    `otherwise` is for a call that told neither: what was held for it, or nothing if it failed.
    """
    if cost is not None:
        return cost
    return otherwise if usage is None else cost_usd_e9(usage, ceiling)


def aborted_usage(body_bytes: int, events: int) -> Usage:
    """Estimate the usage of a call that ended before its usage was told.

    `events` are the stream events seen: providers send about one a token.
    """
    return Usage(input_text=body_bytes // _TYPICAL_BYTES_PER_TOKEN + 1, output_text=events)


def window_of(kind: str, year: int, month: int, day_number: int) -> int:
    """Number the budget window that a moment (UTC) lies in; numbers of one kind never repeat.

    `day_number` is whole days since 1970-01-01. Zero is left to mean an unused counter.
    """
    if kind == "day":
        return 1_000_000 + day_number
    if kind == "month":
        return year * 12 + month
    return 1


def window_start_ms(kind: str, now_s: int) -> int:
    """Return when the budget window that `now_s` (Unix, UTC) lies in began, in Unix ms."""
    if kind == "day":
        return now_s // _DAY_S * _DAY_S * 1_000
    if kind == "month":
        year, month, day = civil_date(now_s // _DAY_S)
        del year, month
        return (now_s // _DAY_S - (day - 1)) * _DAY_S * 1_000
    return 0


def civil_date(days: int) -> tuple[int, int, int]:
    """Return (year, month, day) of a day counted from 1970-01-01, in the Gregorian calendar.

    Source: https://howardhinnant.github.io/date_algorithms.html#civil_from_days (read 2026-11).
    """
    days += 719_468
    era, day_of_era = divmod(days, 146_097)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day


def window_at(kind: str, unix_ms: int) -> int:
    """Number the budget window that a moment lies in."""
    days = unix_ms // 1_000 // _DAY_S
    year, month, _ = civil_date(days)
    return window_of(kind, year, month, days)
