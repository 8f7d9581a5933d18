"""Prices as users write them, decimal text in USD per million tokens, to exact integers."""

import re
from collections.abc import Iterator

from narrowgate.config.complaint import Complaint
from narrowgate.config.schema import ModelPrice
from narrowgate.policy.budget.price import Price

_DECIMALS = 9
_E9 = 1_000_000_000
_DECIMAL = re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,9}))?")


def usd_e9_per_million(text: str) -> int | None:
    """Return decimal USD in units of 1e-9 USD, exactly; None when it is none, or finer than that."""
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return None
    return int(match[1]) * _E9 + int((match[2] or "").ljust(_DECIMALS, "0"))


def price_of(written: ModelPrice, path: str) -> Price | list[Complaint]:
    """Return the price that is written at `path`, or what is wrong with it."""
    complaints = list(_complaints(written, path))
    if complaints:
        return complaints
    return Price(
        input=usd_e9_per_million(written.input) or 0,
        output=usd_e9_per_million(written.output) or 0,
        cache_read=usd_e9_per_million(written.cache_read),
        cache_write=usd_e9_per_million(written.cache_write),
        reasoning=usd_e9_per_million(written.reasoning),
        cache_write_1h=usd_e9_per_million(written.cache_write_1h),
    )


def _complaints(written: ModelPrice, path: str) -> Iterator[Complaint]:
    fields = {
        "input": written.input,
        "output": written.output,
        "cache_read": written.cache_read or "0",
        "cache_write": written.cache_write or "0",
        "cache_write_1h": written.cache_write_1h or "0",
        "reasoning": written.reasoning or "0",
    }
    for field, text in fields.items():
        if usd_e9_per_million(text) is None:
            problem = "is not an amount of USD below a million with at most nine decimals"
            yield Complaint(f"{path}.{field}", problem, 'write USD per million tokens, as in "0.15"')
