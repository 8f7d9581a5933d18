import pytest

from narrowgate.providers.bedrock_converse.models import Thinks, Traits, thinks_at_all, traits_of


@pytest.mark.parametrize(
    ("model", "version"),
    [
        ("anthropic.claude-v2:1", (2, 0)),
        ("anthropic.claude-3-5-haiku-20241022-v1:0", (3, 5)),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", (4, 0)),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", (4, 5)),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.anthropic.claude-opus-4-6-v1",
            (4, 6),
        ),
    ],
)
def test_the_version_of_a_claude_is_in_its_name(model: str, version: tuple[int, int]) -> None:
    traits = traits_of(model)
    assert traits.is_claude
    assert traits.version == version


@pytest.mark.parametrize(
    ("model", "thinks"),
    [
        ("us.amazon.nova-2-lite-v1:0", Thinks.NOVA),
        ("amazon.nova-pro-v1:0", Thinks.NEVER),
        ("openai.gpt-oss-120b-1:0", Thinks.EFFORT),
        ("meta.llama3-1-70b-instruct-v1:0", Thinks.NEVER),
        ("qwen.qwen3-235b-a22b-2507-v1:0", Thinks.EFFORT),
        ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc", Thinks.ANY),
        ("rec-1", Thinks.ANY),
    ],
)
def test_a_model_thinks_as_its_vendor_says(model: str, thinks: Thinks) -> None:
    assert traits_of(model).thinks is thinks


def test_claude_thinks_since_3_7() -> None:
    assert not thinks_at_all(traits_of("anthropic.claude-3-5-sonnet-20241022-v2:0"))
    assert thinks_at_all(traits_of("anthropic.claude-3-7-sonnet-20250219-v1:0"))
    assert not thinks_at_all(traits_of("cohere.command-r-v1:0"))


def test_a_schema_for_the_answer_is_known_since_claude_4_5() -> None:
    assert not traits_of("anthropic.claude-opus-4-1-20250805-v1:0").has_schema
    assert traits_of("anthropic.claude-haiku-4-5-20251001-v1:0").has_schema


def test_an_unknown_model_is_taken_to_know_everything() -> None:
    assert traits_of("abc") == Traits()
