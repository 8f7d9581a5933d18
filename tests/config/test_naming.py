"""Aliases lead somewhere or are refused; bare names go to their maker or to the only seller."""

import pytest

from narrowgate.config.naming import alias_complaints, bare_names
from narrowgate.policy.routing.resolve import Names

PROVIDERS = {"openai": (), "groq": ("llama",)}


def problems(aliases: dict[str, str]) -> list[str]:
    return [str(complaint) for complaint in alias_complaints(Names(PROVIDERS, aliases, {"gpt-4o": "openai/gpt-4o"}))]


@pytest.mark.parametrize(
    "aliases",
    [
        {"fast": "groq/llama"},
        {"fast": "faster", "faster": "groq/llama"},
        {"fast": "llama"},
        {"fast": "gpt-4o"},
        {"gpt-*": "openai/gpt-*"},
        {"*": "openai/gpt-4o"},
        {"claude-*": "fast", "fast": "groq/llama"},
        {"openai/gpt-4o": "groq/llama"},
    ],
)
def test_aliases_that_lead_somewhere_are_taken(aliases: dict[str, str]) -> None:
    assert problems(aliases) == []


@pytest.mark.parametrize(
    ("aliases", "problem"),
    [
        ({"a": "b", "b": "a"}, "leads back to itself"),
        ({"a": "a"}, "leads back to itself"),
        ({"a*": "a*"}, "leads back to itself"),
        ({"a": "mistral/x"}, "neither a model of a configured provider nor a route or another alias"),
        ({"a": "nothing"}, "neither a model of a configured provider nor a route or another alias"),
        ({"a": ""}, "neither a model of a configured provider nor a route or another alias"),
        ({"": "openai/x"}, "neither a name nor a pattern"),
        ({"g*t": "openai/x"}, "neither a name nor a pattern"),
        ({"gpt": "openai/*"}, "a '*' in its target but none in its name"),
        ({"g*": "openai/*-*"}, "more than one '*'"),
    ],
)
def test_aliases_that_lead_nowhere_are_refused(aliases: dict[str, str], problem: str) -> None:
    found = problems(aliases)
    assert len(found) == len(aliases)
    assert all(problem in one for one in found)


OWNERS = {"gpt-4o": "openai", "llama": "meta"}


def test_a_bare_name_leads_to_its_maker() -> None:
    entries = {"router": ("openrouter",), "mine": ("openai",), "openai": ("openai",)}
    offers = {"router": ["gpt-4o"], "mine": ["gpt-4o"], "openai": ["gpt-4o"]}
    assert bare_names(entries, offers, OWNERS) == {"gpt-4o": "openai/gpt-4o"}
    assert bare_names({"mine": ("openai",)}, {"mine": ["gpt-4o"]}, OWNERS) == {"gpt-4o": "mine/gpt-4o"}


def test_without_its_maker_it_leads_to_the_only_provider_that_has_it() -> None:
    entries = {"groq": ("groq",), "together": ("together",)}
    assert bare_names(entries, {"groq": ["llama"], "together": []}, OWNERS) == {"llama": "groq/llama"}
    assert bare_names(entries, {"groq": ["llama"], "together": ["llama"]}, OWNERS) == {}
