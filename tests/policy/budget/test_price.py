from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.usage import Usage
from narrowgate.policy.budget.price import Price, cost_usd_e9

COUNTS = st.integers(min_value=0, max_value=10**7)
USAGES = st.builds(Usage, *[COUNTS] * 9)
PRICE = Price(input=150_000_000, output=600_000_000, cache_read=75_000_000)


def test_a_known_call_has_its_known_cost() -> None:
    assert cost_usd_e9(Usage(input_text=1_000_000), PRICE) == 150_000_000
    assert cost_usd_e9(Usage(cache_read=1_000_000, output_text=1_000_000), PRICE) == 675_000_000


def test_a_cost_is_rounded_up_once() -> None:
    assert cost_usd_e9(Usage(input_text=1), Price(input=12_500_000, output=0)) == 13
    assert cost_usd_e9(Usage(input_text=2), Price(input=12_500_000, output=0)) == 25


def test_a_missing_special_price_is_the_plain_one() -> None:
    price = Price(input=1_000_000, output=2_000_000)
    assert cost_usd_e9(Usage(cache_read=1, cache_write=1, input_audio=1, input_image=1), price) == 4
    assert cost_usd_e9(Usage(cache_write_1h=1), price) == 1
    assert cost_usd_e9(Usage(cache_write_1h=1), Price(1, 1, cache_write=3_000_000)) == 3
    assert cost_usd_e9(Usage(cache_write_1h=1), Price(1, 1, cache_write_1h=5_000_000)) == 5
    assert cost_usd_e9(Usage(reasoning=1, output_audio=1, output_image=1), price) == 6


@given(USAGES, USAGES)
def test_more_usage_never_costs_less(first: Usage, second: Usage) -> None:
    both = Usage(*(a + b for a, b in zip(_counts(first), _counts(second), strict=True)))
    assert max(cost_usd_e9(first, PRICE), cost_usd_e9(second, PRICE)) <= cost_usd_e9(both, PRICE)


def _counts(usage: Usage) -> tuple[int, ...]:
    return tuple(getattr(usage, name) for name in usage.__struct_fields__)
