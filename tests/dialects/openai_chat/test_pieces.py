"""What whole and streamed answers have in common is written as OpenAI writes it."""

import msgspec
import pytest

from narrowgate.dialects.openai_chat.pieces import (
    annotation_of,
    call_of,
    finish_word,
    function_of,
    image_of,
    is_legacy,
    put_thought,
    usage_of,
)
from narrowgate.model.conversation import Citation, Form, Image, Seal, Source, Thought, ToolCall
from narrowgate.model.reply import Finish
from narrowgate.model.usage import Usage
from narrowgate.schemas.openai_chat import Message, ReasoningDetail, ThinkingBlock
from tests.dialects.openai_chat.asking import asked


@pytest.mark.parametrize(
    ("finish", "word", "has_calls", "said"),
    [
        (Finish.STOP, None, False, "stop"),
        (Finish.STOP_SEQUENCE, None, False, "stop"),
        (Finish.REFUSAL, "refusal", False, "content_filter"),
        (Finish.TOOL_CALLS, None, True, "tool_calls"),
        (Finish.TOOL_CALLS, "stop", True, "stop"),
        (Finish.STOP, "eos", False, "stop"),
        (Finish.OTHER, None, False, "stop"),
        (None, None, True, "tool_calls"),
        (None, None, False, "stop"),
    ],
)
def test_only_openais_words_are_said(finish: Finish | None, word: str | None, has_calls: bool, said: str) -> None:
    assert finish_word(finish, word, has_calls=has_calls, is_legacy=False) == said


def test_a_client_of_the_old_ways_is_told_in_the_old_way() -> None:
    assert is_legacy(asked(functions=[{"name": "f"}]))
    assert not is_legacy(asked(tools=[]))
    assert finish_word(Finish.TOOL_CALLS, None, has_calls=True, is_legacy=True) == "function_call"


def test_usage_has_its_parts_inside_the_totals() -> None:
    usage = usage_of(Usage(1, 2, 3, 4, 5, 6, 7, 8, 9))
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (15, 30, 45)
    assert msgspec.to_builtins(usage.prompt_tokens_details) == {
        "cached_tokens": 2,
        "audio_tokens": 4,
        "cache_write_tokens": 3,
        "image_tokens": 5,
    }
    assert msgspec.to_builtins(usage.completion_tokens_details) == {
        "reasoning_tokens": 7,
        "audio_tokens": 8,
        "image_tokens": 9,
    }


def test_sealed_thoughts_are_told_for_the_way_back() -> None:
    message = Message()
    put_thought(message, Thought("plain"))
    assert message == Message()
    put_thought(message, Thought("hm", Seal(Form.ANTHROPIC_MESSAGES, "sig")))
    put_thought(message, Thought("", Seal(Form.OPENAI_RESPONSES, "e", "rs"), is_redacted=True))
    put_thought(message, Thought("so", Seal(Form.OPENAI_CHAT, '{"type":"reasoning.summary"}'), is_summary=True))
    put_thought(message, Thought("if", Seal(Form.OPENAI_CHAT, "bare")))
    assert message.thinking_blocks == [
        ThinkingBlock("thinking", "hm", "sig"),
        ThinkingBlock("redacted_thinking", data="ng1.openai_responses.rs.e"),
    ]
    assert message.reasoning_details == [
        ReasoningDetail("reasoning.summary", summary="so"),
        ReasoningDetail("reasoning.text", text="if", signature="bare"),
    ]


def test_calls_carry_seals_where_google_looks_for_them() -> None:
    call = call_of(ToolCall("a", "f", "{}", seal=Seal(Form.GEMINI_GENERATE, "sig")))
    assert msgspec.to_builtins(call.extra_content) == {"google": {"thought_signature": "sig"}}
    assert call.function == function_of("f", "{}")
    custom = call_of(ToolCall("a", "f", "x", is_custom=True))
    assert (custom.type, custom.function) == ("custom", None)


def test_citations_of_other_forms_look_like_openais() -> None:
    raw = msgspec.Raw(b'{"type":"x"}')
    assert annotation_of(Citation(Form.OPENAI_CHAT, raw)) is raw
    assert msgspec.json.decode(annotation_of(Citation(Form.COHERE_CHAT, raw, quote="q"))) == {
        "type": "url_citation",
        "url_citation": {"url": "", "title": "q", "start_index": 0, "end_index": 0, "content": "q"},
    }


def test_pictures_are_urls() -> None:
    assert msgspec.to_builtins(image_of(Image(Source(data="AA")))) == {
        "image_url": {"url": "data:image/png;base64,AA"},
        "type": "image_url",
        "index": 0,
    }
