import re
from collections import Counter
from urllib.parse import urlsplit

import pytest

from narrowgate.model.operation import Operation
from narrowgate.providers.profile import Profile, ReasoningCount, StreamUsage
from narrowgate.providers.registry import ALIASES, PROFILES

VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
# Whose address is that of a resource of the user's own.
OWN_ADDRESS = {"cloudflare", "databricks", "snowflake"}
OWN_ADDRESS |= {"azure", "azure-ai", "azure-anthropic", "bedrock", "vertex", "vertex-anthropic"}
# The issue names these; users look for them.
PROMISED = (
    "openai azure groq xai deepseek mistral openrouter together fireworks perplexity cerebras sambanova nvidia nebius "
    "novita hyperbolic deepinfra moonshot dashscope zai minimax baseten databricks github huggingface ollama vllm "
    "sglang llamacpp lmstudio ai21 venice writer cohere gemini anthropic scaleway ovhcloud nscale featherless friendli "
    "lambda vercel voyage jina elevenlabs deepgram cloudflare snowflake watsonx replicate"
)


@pytest.fixture(params=sorted(PROFILES))
def profile(request: pytest.FixtureRequest) -> Profile:
    return PROFILES[str(request.param)]


def test_the_promised_providers_are_there() -> None:
    assert set(PROMISED.split()) <= set(PROFILES)
    assert len(PROFILES) >= 45


def test_names_are_unique_and_can_stand_before_a_slash() -> None:
    assert all(name == profile.name for name, profile in PROFILES.items())
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) for name in PROFILES)
    assert "demo" not in PROFILES
    assert max(Counter(profile.title for profile in PROFILES.values()).values()) == 1


def test_other_names_lead_to_profiles_and_hide_none() -> None:
    assert set(ALIASES.values()) <= set(PROFILES)
    assert not set(ALIASES) & set(PROFILES)


@pytest.mark.parametrize(
    ("known_as", "name"),
    [
        ("azure_openai", "azure"),
        ("fireworks_ai", "fireworks"),
        ("hosted_vllm", "vllm"),
        ("lm_studio", "lmstudio"),
        ("nvidia_nim", "nvidia"),
        ("together_ai", "together"),
        ("vercel_ai_gateway", "vercel"),
    ],
)
def test_the_spellings_of_litellm_are_understood(known_as: str, name: str) -> None:
    assert ALIASES[known_as] == name


def test_calls_leave_the_machine_encrypted_or_not_at_all(profile: Profile) -> None:
    address = urlsplit(profile.base_url)
    if profile.name in OWN_ADDRESS:
        assert profile.base_url == ""
    elif profile.needs_key:
        assert address.scheme == "https"
    else:
        assert (address.scheme, address.hostname) == ("http", "127.0.0.1")
        assert address.port
    assert not profile.base_url.endswith("/")
    assert not address.query


def test_paths_can_be_appended(profile: Profile) -> None:
    assert profile.operations or profile.forms
    for path in (text for form in profile.forms.values() for text in (form.whole, form.stream)):
        assert re.fullmatch(r"/[!-~]+[^/]", path.replace("{model}", "m"))
    for operation in profile.operations:
        path = profile.path_of(operation)
        assert path.startswith("/")
        assert not path.endswith("/")
        assert " " not in path
        if profile.model_in_path and operation is not Operation.RESPONSES:
            assert "{model}" in path
        else:
            assert "{" not in path
    assert set(profile.paths) <= profile.operations or profile.model_in_path


def test_keys_and_addresses_come_from_well_named_variables(profile: Profile) -> None:
    variables = (*profile.key_env, *profile.base_url_env)
    assert profile.key_env
    assert profile.base_url_env
    assert all(VARIABLE.fullmatch(variable) for variable in variables)
    assert len(set(variables)) == len(variables)
    stem = profile.name.upper().replace("-", "_")
    assert f"{stem}_BASE_URL" in profile.base_url_env


def test_no_general_token_is_sent_to_a_model_provider(profile: Profile) -> None:
    assert not {"GITHUB_TOKEN", "GH_TOKEN", "AWS_SECRET_ACCESS_KEY"} & set(profile.key_env)


def test_no_two_providers_are_sent_the_same_key() -> None:
    shared = Counter(variable for profile in PROFILES.values() if profile.needs_key for variable in profile.key_env)
    assert [variable for variable, count in shared.items() if count > 1] == []


def test_no_two_providers_take_their_address_from_one_variable() -> None:
    shared = Counter(variable for profile in PROFILES.values() for variable in profile.base_url_env)
    assert [variable for variable, count in shared.items() if count > 1] == []


def test_every_fact_has_its_page_and_month(profile: Profile) -> None:
    assert profile.source.startswith("https://")
    assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", profile.read)


def test_bearer_keys_are_the_rule_and_some_are_the_exceptions() -> None:
    assert {profile.name for profile in PROFILES.values() if profile.auth_prefix != "Bearer "} == {
        "azure",
        "azure-ai",
        "azure-anthropic",
        "anthropic",
        "deepgram",
        "elevenlabs",
        "gemini",
    }
    azure = PROFILES["azure"]
    assert (azure.auth_header, azure.auth_prefix) == ("api-key", "")
    assert azure.query == "api-version=2024-10-21"
    assert azure.query_env == ("AZURE_API_VERSION", "OPENAI_API_VERSION")
    assert azure.path_of(Operation.CHAT) == "/openai/deployments/{model}/chat/completions"
    assert azure.path_of(Operation.RESPONSES) == "/openai/v1/responses?api-version=v1"


def test_reasoning_stands_beside_the_completion_at_xai_only() -> None:
    beside = {one.name for one in PROFILES.values() if one.reasoning_count is ReasoningCount.BESIDE}
    assert beside == {"xai"}


def test_streams_are_asked_for_usage_wherever_it_was_not_seen_to_come_by_itself() -> None:
    unasked = {one.name for one in PROFILES.values() if one.stream_usage is StreamUsage.ALWAYS}
    assert unasked == {
        "ai21",
        "cerebras",
        "deepseek",
        "mistral",
        "moonshot",
        "openrouter",
        "perplexity",
        "together",
    }
    assert not any(one.stream_usage is StreamUsage.NEVER for one in PROFILES.values())
