import pytest

from narrowgate.policy.routing.resolve import Destination, Names, matches, resolve

NAMES = Names(
    providers={"openai": ("gpt-4o",), "local": ("llama", "org/model")},
    aliases={
        "fast": "openai/gpt-4o-mini",
        "faster": "fast",
        "gpt-*": "openai/gpt-*",
        "gpt-4o-*": "local/four-*",
        "all-*": "local/one",
        "loop": "loop",
        "a": "b",
        "b": "a",
    },
    catalog={"claude": "anthropic/claude", "grok": "openai/grok"},
)


@pytest.mark.parametrize(
    ("name", "provider", "model"),
    [
        ("openai/gpt-4o", "openai", "gpt-4o"),
        ("openai/org/model", "openai", "org/model"),
        ("fast", "openai", "gpt-4o-mini"),
        ("faster", "openai", "gpt-4o-mini"),
        ("gpt-3.5", "openai", "gpt-3.5"),
        ("gpt-4o-x", "local", "four-x"),
        ("all-things", "local", "one"),
        ("llama", "local", "llama"),
        ("org/model", "local", "org/model"),
        ("grok", "openai", "grok"),
    ],
)
def test_names_lead_where_they_should(name: str, provider: str, model: str) -> None:
    assert resolve(name, NAMES) == Destination(provider, model)


@pytest.mark.parametrize("name", ["", "/", "openai/", "nobody/x", "unknown", "loop", "a"])
def test_what_nothing_knows_leads_nowhere(name: str) -> None:
    assert resolve(name, NAMES) is None


def test_patterns_match_by_their_start() -> None:
    assert matches("gpt-*", "gpt-4")
    assert matches("*", "anything")
    assert not matches("gpt-4", "gpt-4o")
