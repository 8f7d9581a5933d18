import json
from importlib.resources import files

import msgspec
import pytest

from narrowgate.policy.budget.price import Price
from narrowgate.providers.catalog.catalog import FAMILIES, Catalog
from narrowgate.providers.registry import PROFILES

DATA = files("narrowgate.providers.catalog").joinpath("prices.json").read_bytes()
CATALOG = Catalog.decode(DATA)
LINES = [json.loads(line.rstrip(b",")) for line in DATA.splitlines()[1:-1]]


def test_the_data_says_its_date_and_unit() -> None:
    whole = json.loads(DATA)
    assert CATALOG.version == whole["version"]
    assert len(CATALOG.version) == len("2026-11-25")
    assert whole["unit"] == "1e-9 USD per million tokens"


def test_the_file_has_one_model_a_line_in_order_and_none_twice() -> None:
    names = [(line["provider"], line["model"]) for line in LINES]
    assert names == sorted(set(names))
    assert 1_000 < len(names) < 3_000


def test_every_price_belongs_to_a_provider_there_is_a_profile_for() -> None:
    assert {line["provider"] for line in LINES} <= set(PROFILES)
    for profile in PROFILES.values():
        for name in profile.catalog_prefixes:
            assert CATALOG.models_of(name)


def test_prices_are_whole_and_never_negative() -> None:
    amounts = [amount for line in LINES if line["price"] for amount in line["price"].values()]
    assert all(type(amount) is int and amount >= 0 for amount in amounts)
    # A thousand USD per million tokens: more would be a slip of the point.
    assert max(amounts) < 1_000_000_000_000


@pytest.mark.parametrize(
    ("provider", "model", "price"),
    [
        ("openai", "gpt-4o-mini", Price(150_000_000, 600_000_000, cache_read=75_000_000)),
        ("openai", "gpt-4o-mini-2024-07-18", Price(150_000_000, 600_000_000, cache_read=75_000_000)),
        ("openai", "gpt-4o", Price(2_500_000_000, 10_000_000_000, cache_read=1_250_000_000)),
        ("openai", "text-embedding-3-small", Price(20_000_000, 0)),
        (
            "anthropic",
            "claude-sonnet-4-6",
            Price(
                3_000_000_000,
                15_000_000_000,
                cache_read=300_000_000,
                cache_write=3_750_000_000,
                cache_write_1h=6_000_000_000,
            ),
        ),
        ("mistral", "mistral-large-latest", Price(500_000_000, 1_500_000_000, cache_read=50_000_000)),
    ],
)
def test_well_known_prices_are_exact(provider: str, model: str, price: Price) -> None:
    assert CATALOG.price_of(provider, model) == price


def test_what_is_not_paid_by_token_has_no_price() -> None:
    for provider, model in (("openai", "whisper-1"), ("openai", "tts-1"), ("cohere", "rerank-v3.5")):
        assert CATALOG.entry(provider, model) is not None
        assert CATALOG.price_of(provider, model) is None


def test_unknown_models_and_providers_are_unknown() -> None:
    assert CATALOG.entry("openai", "gpt-nothing") is None
    assert CATALOG.price_of("nobody", "gpt-4o") is None
    assert CATALOG.models_of("nobody") == ()


def test_models_come_with_what_is_known_of_them() -> None:
    entry = CATALOG.entry("openai", "gpt-4o-mini")
    assert entry in CATALOG.models_of("openai")
    assert entry is not None
    assert (entry.mode, entry.max_input, entry.max_output) == ("chat", 128_000, 16_384)
    assert entry.source.startswith("https://")


@pytest.mark.parametrize(
    ("model", "maker"),
    [
        ("gpt-4o", "openai"),
        ("o3", "openai"),
        ("text-embedding-3-small", "openai"),
        ("claude-sonnet-4-6", "anthropic"),
        ("gemini-2.5-pro", "gemini"),
        ("mistral-large-latest", "mistral"),
        ("deepseek-v4-pro", "deepseek"),
        ("grok-4.5", "xai"),
        ("command-r-08-2024", "cohere"),
        ("kimi-k3", "moonshot"),
        ("glm-5.2", "zai"),
        ("qwen-max", "dashscope"),
        ("sonar", "perplexity"),
    ],
)
def test_a_bare_name_belongs_to_its_maker(model: str, maker: str) -> None:
    assert CATALOG.owners()[model] == maker


def test_resellers_own_nothing() -> None:
    owners = CATALOG.owners()
    # Mistral sells GLM, DashScope DeepSeek, Perplexity everybody's.
    assert "zai-glm-5" not in owners
    assert "deepseek-v4-flash-0731" not in owners
    assert not any("/" in model for model in owners)
    assert set(owners.values()) == set(FAMILIES)


def test_no_name_could_belong_to_two_makers() -> None:
    beginnings = [(start, maker) for maker, starts in FAMILIES.items() for start in starts]
    for start, maker in beginnings:
        assert [one for other, one in beginnings if start.startswith(other) and one != maker] == []


def test_a_file_of_another_shape_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        Catalog.decode(b'{"models":[]}')
