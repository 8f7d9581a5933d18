from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.providers.registry import PROFILES
from tools.build_prices import PROVIDERS, price_of, rows

TODAY = "2026-11-25"


def model(**fields: object) -> dict[str, object]:
    return {"litellm_provider": "openai", "mode": "chat", "source": "https://example.com", **fields}


def names(table: dict[str, dict[str, object]]) -> list[object]:
    return [row["model"] for row in rows(table, TODAY)]


def test_providers_are_named_as_their_profiles() -> None:
    assert set(PROVIDERS.values()) <= set(PROFILES)


def test_prices_are_exact_to_the_last_digit() -> None:
    entry = model(input_cost_per_token="0.0000000125", output_cost_per_token="0.00000015")
    assert price_of(entry) == {"input": 12_500_000, "output": 150_000_000}


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_every_whole_price_survives(given_price: int, made_price: int) -> None:
    def text(price: int) -> str:
        return f"{Decimal(price) / Decimal(10) ** 15:f}"

    entry = model(input_cost_per_token=text(given_price), output_cost_per_token=text(made_price))
    assert price_of(entry) == {"input": given_price, "output": made_price}


def test_what_a_binary_fraction_left_is_dropped_and_a_real_fraction_is_not() -> None:
    entry = model(input_cost_per_token="0.0000029999900000000002", output_cost_per_token="0.000001")
    found = price_of(entry)
    assert found is not None
    assert found["input"] == 2_999_990_000
    with pytest.raises(ValueError, match="is not a whole number of 1e-9 USD"):
        price_of(model(input_cost_per_token="0.0000000000000015", output_cost_per_token="0.1"))


def test_a_price_by_query_or_of_one_side_only_is_unknown() -> None:
    assert price_of(model(input_cost_per_token="0.000001")) is None
    assert price_of(model(input_cost_per_second="0.0001")) is None
    by_query = model(mode="rerank", input_cost_per_token="0.0", input_cost_per_query="0.002")
    assert price_of(by_query) is None


def test_embeddings_make_no_tokens() -> None:
    assert price_of(model(mode="embedding", input_cost_per_token="0.000001")) == {"input": 10**9, "output": 0}


def test_what_a_model_makes_is_never_free_because_only_its_pictures_have_a_price() -> None:
    entry = model(mode="image_generation", input_cost_per_token="0.000005", output_cost_per_image_token="0.00004")
    assert price_of(entry) == {"input": 5 * 10**9, "output": 40 * 10**9, "output_image": 40 * 10**9}


def test_zeros_are_a_price_only_where_a_page_says_so() -> None:
    free = {"input_cost_per_token": 0, "output_cost_per_token": 0}
    assert price_of(model(**free)) == {"input": 0, "output": 0}
    assert price_of(model(**free, output_cost_per_image="0.04")) is None
    without_page = {name: value for name, value in model(**free).items() if name != "source"}
    assert price_of(without_page) is None
    assert price_of({**without_page, "mode": "moderation"}) == {"input": 0, "output": 0}


def test_a_zero_beside_a_price_is_no_price() -> None:
    entry = model(input_cost_per_token="1", output_cost_per_token="1", cache_creation_input_token_cost="0.0")
    assert price_of(entry) == {"input": 10**15, "output": 10**15}


def test_rows_are_sorted_and_without_the_prefix_of_the_provider() -> None:
    table = {
        "xai/grok": model(litellm_provider="xai"),
        "gpt-b": model(),
        "openai/gpt-a": model(),
        "together_ai/meta/llama": model(litellm_provider="together_ai"),
    }
    found = [(row["provider"], row["model"]) for row in rows(table, TODAY)]
    assert found == [("openai", "gpt-a"), ("openai", "gpt-b"), ("together", "meta/llama"), ("xai", "grok")]


def test_what_can_no_longer_be_called_is_left_out() -> None:
    table = {
        "gone": model(deprecation_date="2026-11-24"),
        "last-day": model(deprecation_date=TODAY),
        "stays": model(deprecation_date="2027-01-01"),
    }
    assert names(table) == ["last-day", "stays"]


def test_what_is_no_model_for_calls_is_left_out() -> None:
    table = {
        "1024-x-1024/gpt-image": model(),
        "ft:gpt-4o": model(),
        "video": model(mode="video_generation"),
        "somebody": model(litellm_provider="nobody"),
        "kept": model(),
    }
    assert names(table) == ["kept"]


def test_of_two_spellings_the_one_with_a_price_counts() -> None:
    priced = model(litellm_provider="gemini", input_cost_per_token="0.1", output_cost_per_token="0.1")
    table = {"gemini-x": model(litellm_provider="gemini"), "gemini/gemini-x": priced}
    (row,) = rows(table, TODAY)
    assert row["price"] is not None
