import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.dialects.bedrock_converse.fields import OwnFields, fields_of
from narrowgate.model.conversation import Reasoning


@pytest.mark.parametrize(
    ("text", "reasoning"),
    [
        ('{"thinking":{"type":"enabled","budget_tokens":9}}', Reasoning(budget_tokens=9, is_on=True)),
        ('{"reasoning_config":{"type":"enabled","budget_tokens":9}}', Reasoning(budget_tokens=9, is_on=True)),
        ('{"thinking":{"type":"disabled"}}', Reasoning(is_on=False)),
        (
            '{"output_config":{"effort":"low"},"thinking":{"type":"adaptive","display":"omitted"}}',
            Reasoning("low", is_on=True, is_adaptive=True, is_shown=False),
        ),
        (
            '{"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"low"}}',
            Reasoning("low", is_on=True, is_adaptive=True, is_shown=True),
        ),
        ('{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"low"}}', Reasoning("low", is_on=True)),
        ('{"reasoningConfig":{"type":"disabled"}}', Reasoning(is_on=False)),
        ('{"reasoning_effort":"high"}', Reasoning("high")),
    ],
)
def test_how_much_to_think_is_understood_in_all_its_words(text: str, reasoning: Reasoning) -> None:
    assert fields_of(Raw(text.encode())) == OwnFields(reasoning)


@pytest.mark.parametrize("text", ['{"top_k":3}', '{"k":3}', '{"inferenceConfig":{"topK":3}}'])
def test_top_k_has_three_names(text: str) -> None:
    assert fields_of(Raw(text.encode())) == OwnFields(top_k=3)


def test_one_call_at_a_time_is_understood() -> None:
    text = b'{"tool_choice":{"type":"auto","disable_parallel_tool_use":true}}'
    assert fields_of(Raw(text)) == OwnFields(is_parallel=False)


@pytest.mark.parametrize(
    "text",
    [
        '{"thinking":{"type":"later"}}',
        '{"thinking":{"type":"enabled","new":1}}',
        '{"thinking":1}',
        '{"output_config":{"effort":"low","format":{}}}',
        '{"inferenceConfig":{"topK":3,"new":1}}',
        '{"tool_choice":{"type":"any","disable_parallel_tool_use":true}}',
        '{"top_k":"many"}',
        '{"something":[1]}',
        "[1]",
    ],
)
def test_what_is_not_understood_stays(text: str) -> None:
    assert fields_of(Raw(text.encode())) == OwnFields(rest=Raw(text.encode()))


def test_betas_alone_are_harmless() -> None:
    assert fields_of(Raw(b'{"anthropic_beta":["x"],"top_k":1}')) == OwnFields(
        top_k=1, rest=Raw(b'{"anthropic_beta":["x"]}'), is_rest_harmless=True
    )


def test_nothing_says_nothing() -> None:
    assert fields_of(None) == OwnFields()
    assert fields_of(Raw(b"{}")) == OwnFields()


@given(st.binary(max_size=40))
def test_junk_stays(junk: bytes) -> None:
    assert fields_of(Raw(b"\x01" + junk)).rest is not None
