"""Reasoning goes back in the member a provider takes it in, or is named as lost."""

import pytest

from narrowgate.model.conversation import Form, Seal, Thought
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat.losses import Losses
from narrowgate.providers.openai_chat.thoughts import write_thoughts
from narrowgate.schemas.openai_chat import Message, ReasoningDetail, ThinkingBlock

SECRET = '{"type":"reasoning.encrypted","data":"d","index":1}'
THOUGHTS = [
    ("a", Thought("hm", Seal(Form.ANTHROPIC_MESSAGES, "sig"))),
    ("b", Thought("", Seal(Form.OPENAI_CHAT, SECRET), is_redacted=True)),
    ("c", Thought("so", is_summary=True)),
    ("d", Thought("", Seal(Form.GEMINI_GENERATE, "x"))),
]


def written(field: str) -> tuple[Message, set[str]]:
    message, losses = Message("assistant"), Losses(Quirks(), is_own=False)
    assert write_thoughts(THOUGHTS, message, field, losses) == []
    assert all(loss.is_hint for loss in losses.found)
    return message, {loss.what for loss in losses.found}


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_words_alone_go_into_a_text(field: str) -> None:
    message, lost = written(field)
    assert (message.reasoning_content or message.reasoning) == "hmso"
    assert lost == {"a.seal", "b", "d"}


def test_details_carry_seals() -> None:
    message, lost = written("reasoning_details")
    assert message.reasoning_details == [
        ReasoningDetail("reasoning.text", text="hm", signature="sig", format="anthropic-claude-v1"),
        ReasoningDetail("reasoning.encrypted", data="d", index=1),
        ReasoningDetail("reasoning.summary", summary="so"),
    ]
    assert lost == {"d"}


def test_a_detail_gets_its_words_back() -> None:
    message, losses = Message("assistant"), Losses(Quirks(), is_own=False)
    seals = [Seal(Form.OPENAI_CHAT, data) for data in ('{"type":"reasoning.summary","signature":"s"}', "no json")]
    write_thoughts([("a", Thought("x", seal)) for seal in seals], message, "reasoning_details", losses)
    assert message.reasoning_details == [
        ReasoningDetail("reasoning.summary", summary="x", signature="s"),
        ReasoningDetail("reasoning.text", text="x", signature="no json"),
    ]


def test_blocks_carry_anthropics_seals() -> None:
    message, lost = written("thinking_blocks")
    assert message.thinking_blocks == [ThinkingBlock("thinking", "hm", "sig"), ThinkingBlock("thinking", "so")]
    assert lost == {"b", "d"}


def test_a_provider_that_takes_none_gets_none() -> None:
    message, lost = written("")
    assert message == Message("assistant")
    assert lost == {"a", "b", "c", "d"}
