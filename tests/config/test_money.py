"""Prices are exact integers of what was written, or complaints."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.config.money import price_of, usd_e9_per_million
from narrowgate.config.schema import ModelPrice
from narrowgate.policy.budget.price import Price


@given(st.integers(0, 999_999), st.integers(0, 999_999_999))
def test_every_decimal_of_nine_places_is_kept_exactly(whole: int, billionths: int) -> None:
    assert usd_e9_per_million(f"{whole}.{billionths:09}") == whole * 10**9 + billionths


@pytest.mark.parametrize(
    "text", ["", "1.", ".5", "-1", "+1", "1e3", "1_000", "1,5", "1.0000000001", "1000000", "\u0661", "inf"]
)
def test_what_is_no_plain_decimal_is_none(text: str) -> None:
    assert usd_e9_per_million(text) is None


def test_prices_left_out_are_unknown_not_zero() -> None:
    assert price_of(ModelPrice("0.15", "0.60", cache_read="0"), "p") == Price(150_000_000, 600_000_000, cache_read=0)


def test_every_amount_that_cannot_be_read_is_told() -> None:
    found = price_of(ModelPrice("x", "1", reasoning="1e3"), "money.ceiling")
    assert isinstance(found, list)
    assert [complaint.path for complaint in found] == ["money.ceiling.input", "money.ceiling.reasoning"]
