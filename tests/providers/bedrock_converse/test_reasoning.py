import pytest

from narrowgate.model.conversation import Form, Reasoning, Request, ToolChoice, ToolMode
from narrowgate.providers.bedrock_converse.models import traits_of
from narrowgate.providers.bedrock_converse.reasoning import Thinking, thinking_of

_SONNET_45 = "anthropic.claude-sonnet-4-5-20250929-v1:0"
_OPUS_46 = "anthropic.claude-opus-4-6-v1"
_NOVA_2 = "us.amazon.nova-2-lite-v1:0"
_GPT = "openai.gpt-oss-120b-1:0"


def _told(
    model: str,
    reasoning: Reasoning,
    limit: int | None = None,
    form: Form = Form.OPENAI_CHAT,
    choice: ToolChoice | None = None,
) -> Thinking:
    request = Request(form, "m", (), reasoning=reasoning, max_output_tokens=limit, tool_choice=choice)
    return thinking_of(request, traits_of(model))


def test_nothing_asked_is_nothing_told() -> None:
    assert thinking_of(Request(Form.OPENAI_CHAT, "m", (), max_output_tokens=5), traits_of("m")) == Thinking(5)
    assert _told(_SONNET_45, Reasoning(is_shown=True)).fields == {}


@pytest.mark.parametrize(
    ("model", "reasoning", "fields"),
    [
        (_SONNET_45, Reasoning("low"), {"thinking": {"type": "enabled", "budget_tokens": 2_048}}),
        (_SONNET_45, Reasoning(None, 10), {"thinking": {"type": "enabled", "budget_tokens": 1_024}}),
        (_OPUS_46, Reasoning("xhigh"), {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
        (_OPUS_46, Reasoning(None, 2_048), {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}),
        (
            _OPUS_46,
            Reasoning("minimal", summary="auto"),
            {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "low"}},
        ),
        (_NOVA_2, Reasoning("minimal"), {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}}),
        (_NOVA_2, Reasoning(None, 16_000), {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}}),
        (_GPT, Reasoning("xhigh"), {"reasoning_effort": "high"}),
        ("abc", Reasoning("xhigh"), {"reasoning_effort": "xhigh"}),
        ("abc", Reasoning(None, 3_000), {"thinking": {"type": "enabled", "budget_tokens": 3_000}}),
    ],
)
def test_each_model_is_told_in_its_own_words(model: str, reasoning: Reasoning, fields: dict[str, object]) -> None:
    told = _told(model, reasoning)
    assert told.fields == fields
    assert told.lost == ()
    assert told.is_on is ("thinking" in fields)


def test_a_budget_raises_a_limit_below_it() -> None:
    told = _told(_SONNET_45, Reasoning(None, 4_000), limit=1_000)
    assert told.max_tokens == 5_000
    assert [lost.what for lost in told.lost] == ["max_output_tokens"]


def test_a_word_leaves_half_of_the_limit_for_the_answer() -> None:
    told = _told(_SONNET_45, Reasoning("high"), limit=8_000)
    assert told.fields == {"thinking": {"type": "enabled", "budget_tokens": 4_000}}
    assert told.max_tokens == 8_000


def test_a_forced_call_is_made_without_thinking() -> None:
    told = _told(_SONNET_45, Reasoning("high"), choice=ToolChoice(ToolMode.REQUIRED))
    assert told.fields == {}
    assert [(lost.what, lost.is_hint) for lost in told.lost] == [("reasoning", True)]


def test_who_does_not_think_says_so() -> None:
    told = _told("meta.llama3-1-70b-instruct-v1:0", Reasoning("high"))
    assert [(lost.what, lost.is_hint) for lost in told.lost] == [("reasoning", False)]
    assert _told("meta.llama3-1-70b-instruct-v1:0", Reasoning("none")).lost == ()


@pytest.mark.parametrize("reasoning", [Reasoning("none"), Reasoning(is_on=False), Reasoning(budget_tokens=0)])
def test_off_is_said_only_where_it_would_be_on(reasoning: Reasoning) -> None:
    assert _told(_SONNET_45, reasoning).fields == {}
    assert _told("anthropic.claude-opus-5-v1:0", reasoning).fields == {"thinking": {"type": "disabled"}}
    assert [lost.is_hint for lost in _told(_GPT, reasoning).lost] == [True]


@pytest.mark.parametrize(
    ("model", "reasoning", "fields"),
    [
        (
            _OPUS_46,
            Reasoning(None, 500, is_on=True, is_shown=False),
            {"thinking": {"type": "enabled", "budget_tokens": 500, "display": "omitted"}},
        ),
        (
            _OPUS_46,
            Reasoning("max", is_on=True, is_adaptive=True),
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}},
        ),
        (_OPUS_46, Reasoning(is_on=False), {"thinking": {"type": "disabled"}}),
        (_NOVA_2, Reasoning(is_on=False), {"reasoningConfig": {"type": "disabled"}}),
        (_GPT, Reasoning("none"), {"reasoning_effort": "none"}),
        (_GPT, Reasoning("minimal"), {"reasoning_effort": "minimal"}),
    ],
)
def test_a_client_of_this_form_is_taken_at_its_word(
    model: str, reasoning: Reasoning, fields: dict[str, object]
) -> None:
    told = _told(model, reasoning, form=Form.BEDROCK_CONVERSE)
    assert told.fields == fields
    assert told.lost == ()


def test_how_thoughts_are_shown_is_claudes_alone() -> None:
    assert [lost.is_hint for lost in _told(_GPT, Reasoning("low", summary="auto")).lost] == [True]
