"""How much to think is said in the member a provider reads."""

import msgspec
import pytest

from narrowgate.model.conversation import Reasoning
from narrowgate.providers.family import Quirks
from tests.providers.openai_chat.asked import HELLO, Json, lost, sent

LEVELS = ("low", "medium", "high")


@pytest.mark.parametrize(
    ("field", "asked", "written"),
    [
        ("reasoning_effort", Reasoning("high"), {"reasoning_effort": "high"}),
        ("reasoning_effort", Reasoning(budget_tokens=2_000), {"reasoning_effort": "low"}),
        ("reasoning_effort", Reasoning(is_on=False), {"reasoning_effort": "none"}),
        ("reasoning_effort", Reasoning(is_on=True), {"reasoning_effort": "medium"}),
        ("reasoning", Reasoning("high", is_shown=False), {"reasoning": {"effort": "high", "exclude": True}}),
        ("reasoning", Reasoning(budget_tokens=9, is_on=True), {"reasoning": {"max_tokens": 9, "enabled": True}}),
        ("thinking", Reasoning(is_on=False), {"thinking": {"type": "disabled"}}),
        ("thinking", Reasoning(budget_tokens=9), {"thinking": {"type": "enabled", "budget_tokens": 9}}),
        ("thinking", Reasoning("max"), {"thinking": {"type": "enabled"}, "reasoning_effort": "max"}),
        ("enable_thinking", Reasoning("none"), {"enable_thinking": False}),
        ("enable_thinking", Reasoning("low"), {"enable_thinking": True, "thinking_budget": 2_048}),
        ("", Reasoning(is_on=False), {}),
    ],
)
def test_effort_and_budget_are_written(field: str, asked: Reasoning, written: Json) -> None:
    body, out = sent(msgspec.structs.replace(HELLO, reasoning=asked), Quirks(effort_field=field))
    assert {name: body[name] for name in body if name not in {"model", "messages"}} == written
    assert all(lost(out).values())


@pytest.mark.parametrize(("word", "known"), [("max", "high"), ("minimal", "low"), ("medium", "medium"), ("odd", "odd")])
def test_a_word_a_provider_does_not_know_becomes_the_nearest(word: str, known: str) -> None:
    body, _ = sent(msgspec.structs.replace(HELLO, reasoning=Reasoning(word)), Quirks(efforts=LEVELS))
    assert body["reasoning_effort"] == known


def test_what_cannot_be_said_is_named() -> None:
    asked = Reasoning(is_on=True, is_adaptive=True, is_shown=True, summary="auto")
    body, out = sent(msgspec.structs.replace(HELLO, reasoning=asked))
    assert body["reasoning_effort"] == "medium"
    assert lost(out) == {"reasoning.is_shown": True, "reasoning.summary": True}
    _, out = sent(msgspec.structs.replace(HELLO, reasoning=Reasoning("high")), Quirks(effort_field=""))
    assert lost(out) == {"reasoning": False}
