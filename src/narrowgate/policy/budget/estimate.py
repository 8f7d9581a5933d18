"""What a call may cost before it is made, and what a broken one probably cost."""

from narrowgate.model.usage import Usage
from narrowgate.policy.budget.price import Price, cost_usd_e9

# English text is 4 bytes a token and most other text fewer than 3 in all current tokenisers;
# 3 keeps a reservation above the truth for nearly every call.
_RESERVED_BYTES_PER_TOKEN = 3
_TYPICAL_BYTES_PER_TOKEN = 4
# Reserved for output when the caller set no maximum. More would refuse small budgets any call.
_DEFAULT_OUTPUT_TOKENS = 4_096


def reservation_usd_e9(body_bytes: int, max_tokens: int | None, price: Price) -> int:
    """Return what to hold of a budget while a call is under way."""
    output = _DEFAULT_OUTPUT_TOKENS if max_tokens is None else max_tokens
    return cost_usd_e9(Usage(input_text=body_bytes // _RESERVED_BYTES_PER_TOKEN + 1, output_text=output), price)


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
