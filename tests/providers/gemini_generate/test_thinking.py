"""Each model is told in its own way how much to think."""

import pytest

from narrowgate.model.conversation import Form, Reasoning, Request
from narrowgate.providers.gemini_generate.thinking import is_newer, thinking_config, thinking_of
from narrowgate.schemas.gemini_generate import ThinkingConfig


def asked(reasoning: Reasoning | None, model: str, form: Form = Form.OPENAI_CHAT) -> ThinkingConfig | None:
    return thinking_config(Request(form, "m", (), reasoning=reasoning), model)[0]


@pytest.mark.parametrize(
    ("reasoning", "model", "config"),
    [
        (Reasoning(effort="medium"), "gemini-2.5-flash", ThinkingConfig(True, 8_192)),
        (Reasoning(effort="medium"), "gemini-3-flash-preview", ThinkingConfig(True, None, "medium")),
        (Reasoning(effort="medium"), "gemini-3-pro-preview", ThinkingConfig(True, None, "high")),
        (Reasoning(effort="minimal"), "gemini-3.1-pro", ThinkingConfig(True, None, "low")),
        (Reasoning(effort="max"), "gemini-flash-latest", ThinkingConfig(True, None, "high")),
        (Reasoning(budget_tokens=2_000), "gemini-3-flash", ThinkingConfig(True, None, "low")),
        (Reasoning(budget_tokens=2_000), "gemini-2.5-pro", ThinkingConfig(True, 2_000)),
        (Reasoning(is_adaptive=True), "gemini-2.5-pro", ThinkingConfig(True, -1)),
        (Reasoning(effort="none"), "gemini-2.5-flash", ThinkingConfig(None, 0)),
        (Reasoning(is_on=False), "gemini-2.5-flash-lite", ThinkingConfig(None, 0)),
        (Reasoning(effort="low", is_shown=False), "gemini-2.5-flash", ThinkingConfig(False, 2_048)),
        (None, "gemini-2.5-flash", None),
        (Reasoning(effort="none"), "gemini-2.0-flash", None),
    ],
)
def test_effort_and_budget_reach_the_model(
    reasoning: Reasoning | None, model: str, config: ThinkingConfig | None
) -> None:
    assert asked(reasoning, model) == config


@pytest.mark.parametrize(
    ("reasoning", "model", "what", "is_hint"),
    [
        (Reasoning(effort="low"), "gemini-2.0-flash", "reasoning", False),
        (Reasoning(effort="none"), "gemini-3-pro", "reasoning.is_on", True),
        (Reasoning(is_on=False), "gemini-2.5-pro", "reasoning.is_on", True),
        (Reasoning(budget_tokens=31_999), "gemini-2.5-flash", "reasoning.budget_tokens", True),
    ],
)
def test_what_a_model_cannot_do_is_said(reasoning: Reasoning, model: str, what: str, is_hint: bool) -> None:
    (lost,) = thinking_config(Request(Form.OPENAI_CHAT, "m", (), reasoning=reasoning), model)[1]
    assert (lost.what, lost.is_hint) == (what, is_hint)


def test_what_geminis_own_client_says_stays() -> None:
    own = Form.GEMINI_GENERATE
    assert asked(Reasoning(budget_tokens=500), "gemini-3-pro", own) == ThinkingConfig(None, 500)
    assert asked(Reasoning(is_shown=True), "gemini-3-pro", own) == ThinkingConfig(True)


def test_a_name_not_known_is_a_newer_model() -> None:
    assert thinking_of("gemini-9-ultra").levels
    assert is_newer("models/gemini-3-pro-preview")
    assert not is_newer("gemini-2.5-pro")
    assert not is_newer("gemma-3-27b-it")
