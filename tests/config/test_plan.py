"""A configuration and the environment come to what the processes run on."""

import pytest

from narrowgate.config.complaint import ConfigRefused
from narrowgate.config.plan import Plan, make_plan
from narrowgate.config.schema import ApiKey, Config, Fetch, Listen, ModelPrice, Money, Provider
from narrowgate.policy.budget.price import Price
from tests.config.known import OTHER_NAMES, PROFILES, Catalogue


def plan(config: Config, **environment: str) -> Plan:
    return make_plan(config, environment, PROFILES, OTHER_NAMES, Catalogue())


def problems(config: Config, **environment: str) -> list[str]:
    with pytest.raises(ConfigRefused) as caught:
        plan(config, **environment)
    return [complaint.path for complaint in caught.value.complaints]


def names(found: Plan) -> list[tuple[str, int]]:
    return [(view.name, view.index) for view in found.edge.providers]


def test_without_providers_and_keys_the_demo_provider_answers() -> None:
    found = plan(Config())
    (view,) = found.edge.providers
    assert (view.name, view.index, view.is_demo) == ("demo", -1, True)
    assert found.origins == ()
    assert found.edge.prices["demo/chat"] == Price(0, 0)


def test_without_providers_those_with_a_key_in_the_environment_are_used() -> None:
    found = plan(Config(), GROQ_API_KEY="k", OPENAI_API_KEY="k", AZURE_API_KEY="")
    assert names(found) == [("openai", 0), ("groq", 1)]
    assert [origin.key_reference for origin in found.origins] == ["env://OPENAI_API_KEY", "env://GROQ_API_KEY"]


def test_a_local_server_is_used_when_its_address_is_in_the_environment() -> None:
    assert names(plan(Config(), OLLAMA_BASE_URL="http://127.0.0.1:11434/v1")) == [("ollama", 0)]
    assert names(plan(Config(), OLLAMA_API_KEY="k")) == [("demo", -1)]


def test_a_key_that_is_found_and_not_used_is_noted() -> None:
    found = plan(Config(), AZURE_TOKEN="k")
    assert found.notes == ("AZURE_TOKEN is set but Azure is not used: it needs AZURE_BASE_URL too",)
    assert names(plan(Config(), AZURE_TOKEN="k", AZURE_BASE_URL="https://r.example")) == [("azure", 0)]


def test_providers_in_the_file_are_the_only_ones() -> None:
    found = plan(Config(providers={"mine": Provider(base_url="http://x.example")}), OPENAI_API_KEY="k")
    assert names(found) == [("mine", 0)]


def test_the_demo_provider_can_be_turned_on_and_off() -> None:
    assert names(plan(Config(demo=True), OPENAI_API_KEY="k")) == [("openai", 0), ("demo", -1)]
    assert names(plan(Config(demo=False))) == []


def test_an_index_leads_to_the_origin_of_the_same_provider() -> None:
    found = plan(Config(demo=True), OPENAI_API_KEY="k", GROQ_API_KEY="k", OLLAMA_BASE_URL="http://x.example")
    for view in found.edge.providers:
        assert view.is_demo or found.origins[view.index].name == view.name


def test_what_is_fetched_has_the_number_behind_the_keys_of_all_providers() -> None:
    provider = Provider(api_keys=(ApiKey("a", "env://A"), ApiKey("b", "env://B")))
    found = plan(Config(providers={"openai": provider}, fetch=Fetch(enabled=True)))
    assert (len(found.origins), found.edge.fetch_origin) == (2, 2)


def test_prices_are_those_of_the_catalogue_and_the_users_own_before_them() -> None:
    money = Money(prices={"openai/gpt-4o": ModelPrice("1", "2"), "two/x": ModelPrice("0.5", "0.5")})
    providers = {"openai": Provider(), "two": Provider(kind="groq", api_key="env://K")}
    found = plan(Config(providers=providers, money=money), OPENAI_API_KEY="k")
    assert found.edge.prices == {
        "openai/gpt-4o": Price(1_000_000_000, 2_000_000_000),
        "two/llama": Price(1, 2),
        "two/x": Price(500_000_000, 500_000_000),
    }


def test_bare_names_lead_to_configured_providers() -> None:
    found = plan(Config(), OPENAI_API_KEY="k", GROQ_API_KEY="k")
    assert found.edge.catalog == {"gpt-4o": "openai/gpt-4o", "gpt-live": "openai/gpt-live", "llama": "groq/llama"}


def test_all_complaints_come_at_once() -> None:
    config = Config(
        listen=Listen(host="a b"),
        providers={"openai": Provider(), "groq": Provider(query="?")},
        aliases={"a": "nowhere/x", "b": "openai/x"},
        money=Money(
            prices={"x": ModelPrice("1", "1"), "nowhere/x": ModelPrice("1", "1"), "groq/y": ModelPrice("x", "1")},
            ceiling=ModelPrice("1", ""),
        ),
    )
    assert problems(config) == [
        "listen.host",
        "providers.openai.api_key",
        "providers.groq.query",
        "providers.groq.api_key",
        "money.prices.x",
        "money.prices['nowhere/x']",
        "money.prices['groq/y'].input",
        "money.ceiling.output",
        "aliases.a",
    ]


def test_the_version_changes_with_the_settings_and_tells_no_secret() -> None:
    one = plan(Config(), OPENAI_API_KEY="k").edge.version
    assert plan(Config(), OPENAI_API_KEY="another").edge.version == one
    assert plan(Config(), OPENAI_API_KEY="k", OPENAI_BASE_URL="https://x.example/v1").edge.version != one
    assert plan(Config(drain_s=1.0, listen=Listen(port=1)), OPENAI_API_KEY="k").edge.version != one
    assert len(one) == 12
