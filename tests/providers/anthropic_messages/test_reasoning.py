import pytest

from narrowgate.model.conversation import Form, Reasoning, Request, ToolChoice, ToolMode
from narrowgate.providers.anthropic_messages.reasoning import Thinking, takes_sampling, thinking_of, version_of
from narrowgate.schemas.anthropic_messages import ThinkingObject

OLD, NEW = "claude-sonnet-4-5", "claude-opus-4-7"


def thinking(
    reasoning: Reasoning | None,
    model: str = OLD,
    limit: int | None = 64_000,
    choice: ToolChoice | None = None,
    form: Form = Form.OPENAI_CHAT,
) -> Thinking:
    request = Request(form, "m", (), tool_choice=choice, max_output_tokens=limit, reasoning=reasoning)
    return thinking_of(request, model, 32_000)


@pytest.mark.parametrize(
    ("model", "version"),
    [
        ("claude-3-7-sonnet-20250219", (3, 7)),
        ("claude-3-haiku-20240307", (3, 0)),
        ("claude-sonnet-4-20250514", (4, 0)),
        ("claude-opus-4-5-20251101", (4, 5)),
        ("us.anthropic.claude-sonnet-4-6", (4, 6)),
        ("anthropic/claude-opus-4.7", (4, 7)),
        ("claude-opus-5", (5, 0)),
        ("claude-opus-5-5", (5, 5)),
        ("my-model", None),
    ],
)
def test_the_version_is_read_from_the_name(model: str, version: tuple[int, int] | None) -> None:
    assert version_of(model) == version


def test_only_models_before_4_7_take_sampling() -> None:
    assert takes_sampling("claude-sonnet-4-6")
    assert takes_sampling("my-model")
    assert not takes_sampling(NEW)


def test_nothing_asked_is_nothing_said_but_the_limit() -> None:
    assert thinking(None, limit=None) == Thinking(32_000)
    assert thinking(Reasoning(summary="auto")) == Thinking(64_000)
    assert not thinking(None).is_on


def test_an_effort_is_a_budget_for_older_models_and_a_word_for_newer_ones() -> None:
    assert thinking(Reasoning("high")) == Thinking(64_000, ThinkingObject("enabled", 16_384))
    assert thinking(Reasoning("high"), NEW) == Thinking(64_000, ThinkingObject("adaptive"), "high")
    assert thinking(Reasoning("high")).is_on


def test_an_effort_leaves_room_for_the_answer() -> None:
    assert thinking(Reasoning("high"), limit=4_096) == Thinking(4_096, ThinkingObject("enabled", 2_048))


def test_a_limit_below_the_least_budget_is_raised_and_told() -> None:
    told = thinking(Reasoning("low"), limit=100)
    assert (told.max_tokens, told.thinking) == (1_124, ThinkingObject("enabled", 1_024))
    assert [(item.what, item.is_hint) for item in told.lost] == [("max_output_tokens", True)]


def test_a_budget_of_another_form_is_kept_and_the_limit_raised_above_it() -> None:
    told = thinking(Reasoning(budget_tokens=8_000), limit=4_000)
    assert (told.max_tokens, told.thinking) == (12_000, ThinkingObject("enabled", 8_000))


def test_a_budget_is_the_nearest_effort_for_newer_models() -> None:
    assert thinking(Reasoning(budget_tokens=2_000), NEW).effort == "low"


@pytest.mark.parametrize(
    ("effort", "model", "word"),
    [("minimal", NEW, "low"), ("xhigh", "claude-opus-4-6", "high"), ("xhigh", NEW, "xhigh"), ("max", NEW, "max")],
)
def test_efforts_are_words_the_model_knows(effort: str, model: str, word: str) -> None:
    assert thinking(Reasoning(effort), model).effort == word


def test_who_asks_to_see_the_thoughts_is_shown_them() -> None:
    assert thinking(Reasoning("high", summary="auto"), NEW).thinking == ThinkingObject("adaptive", None, "summarized")
    assert thinking(Reasoning("high", is_shown=False), NEW).thinking == ThinkingObject("adaptive", None, "omitted")


@pytest.mark.parametrize("off", [Reasoning("none"), Reasoning(is_on=False), Reasoning(budget_tokens=0)])
def test_no_thinking_is_said_only_to_models_that_think_by_themselves(off: Reasoning) -> None:
    assert thinking(off) == Thinking(64_000)
    assert thinking(off, NEW) == Thinking(64_000)
    assert thinking(off, "claude-opus-5") == Thinking(64_000, ThinkingObject("disabled"))


@pytest.mark.parametrize("choice", [ToolChoice(ToolMode.REQUIRED), ToolChoice(ToolMode.NAMED, ("f",))])
def test_a_forced_call_is_made_without_thinking(choice: ToolChoice) -> None:
    told = thinking(Reasoning("high"), choice=choice)
    assert told.thinking is None
    assert [(item.what, item.is_hint) for item in told.lost] == [("reasoning", True)]
    newer = thinking(Reasoning("high"), NEW, choice=choice)
    assert (newer.thinking, newer.effort, len(newer.lost)) == (None, "high", 1)
    asked_by_number = thinking(Reasoning(budget_tokens=9_000), choice=choice)
    assert [item.is_hint for item in asked_by_number.lost] == [False]


@pytest.mark.parametrize(
    ("asked", "said", "effort"),
    [
        (Reasoning(budget_tokens=9, is_on=True), ThinkingObject("enabled", 9), None),
        (
            Reasoning("max", is_on=True, is_adaptive=True, is_shown=False),
            ThinkingObject("adaptive", None, "omitted"),
            "max",
        ),
        (Reasoning(is_on=False), ThinkingObject("disabled"), None),
        (Reasoning(is_on=True), ThinkingObject("enabled"), None),
        (Reasoning("low"), None, "low"),
    ],
)
def test_a_client_of_this_form_is_taken_at_its_word(
    asked: Reasoning, said: ThinkingObject | None, effort: str | None
) -> None:
    forced = ToolChoice(ToolMode.REQUIRED)
    assert thinking(asked, choice=forced, limit=5, form=Form.ANTHROPIC_MESSAGES) == Thinking(5, said, effort)


def test_the_limit_that_stands_in_leaves_room_for_a_budget() -> None:
    told = thinking(Reasoning(budget_tokens=40_000, is_on=True), limit=None, form=Form.ANTHROPIC_MESSAGES)
    assert told.max_tokens == 72_000
