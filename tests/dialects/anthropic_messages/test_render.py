import msgspec
import pytest
from msgspec import Raw

from narrowgate.dialects.anthropic_messages.render import (
    error_object,
    render,
    render_count,
    render_fault,
    shown_block,
    stop_reason,
    usage_object,
)
from narrowgate.model.conversation import Foreign, Form, Image, Seal, Source, Text, Thought, ToolCall
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage


def shown(reply: Reply) -> dict[str, object]:
    return msgspec.json.decode(render(reply, "asked-model"), type=dict[str, object])


def test_a_whole_answer_has_every_member_the_sdk_reads() -> None:
    parts = (Thought("hm", Seal(Form.ANTHROPIC_MESSAGES, "c2ln")), Text("yes"), ToolCall("t", "look", '{"a":1}'))
    reply = Reply(
        Form.ANTHROPIC_MESSAGES,
        "msg_1",
        "claude",
        (Choice(parts, Finish.TOOL_CALLS),),
        Usage(3, 5, 7, output_text=2, reasoning=9),
    )
    assert shown(reply) == {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
            {"type": "text", "text": "yes"},
            {"type": "tool_use", "id": "t", "name": "look", "input": {"a": 1}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 3,
            "cache_creation_input_tokens": 7,
            "cache_read_input_tokens": 5,
            "output_tokens": 11,
            "output_tokens_details": {"thinking_tokens": 9},
            "cache_creation": {"ephemeral_5m_input_tokens": 7, "ephemeral_1h_input_tokens": 0},
        },
    }


def test_an_answer_that_names_nothing_is_named() -> None:
    body = shown(Reply(Form.OLLAMA_CHAT, "", "", (Choice(()),)))
    assert body["id"]
    assert body["model"] == "asked-model"
    assert body["usage"] == {
        "input_tokens": 0,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 0,
    }


def test_a_thought_of_another_form_is_shown_with_its_tagged_seal() -> None:
    reply = Reply(
        Form.OPENAI_RESPONSES,
        "r",
        "m",
        (Choice((Thought("", Seal(Form.OPENAI_RESPONSES, "gAAA", "rs_1")), Thought("x"))),),
    )
    assert shown(reply)["content"] == [
        {"type": "thinking", "thinking": "", "signature": "ng1.openai_responses.rs_1.gAAA"},
        {"type": "thinking", "thinking": "x", "signature": ""},
    ]


def test_blocks_and_members_of_other_forms_are_not_shown() -> None:
    own = Foreign(Form.ANTHROPIC_MESSAGES, "web_search_tool_result", Raw(b'{"type":"web_search_tool_result"}'))
    other = Foreign(Form.OPENAI_RESPONSES, "web_search_call", Raw(b"{}"))
    assert shown_block(own) == own.raw
    assert shown_block(other) is None
    extras = (("container", Raw(b'{"id":"c"}')),)
    assert shown(Reply(Form.ANTHROPIC_MESSAGES, "i", "m", (Choice(()),), extras=extras))["container"] == {"id": "c"}
    assert "container" not in shown(Reply(Form.OPENAI_CHAT, "i", "m", (Choice((other,)),), extras=extras))


def test_a_picture_is_an_image_block() -> None:
    block = shown_block(Image(Source(data="AA==", media_type="image/png")))
    assert msgspec.to_builtins(block) == {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": "AA=="},
    }


@pytest.mark.parametrize(
    ("finish", "word", "has_calls", "told"),
    [
        (Finish.STOP, None, False, "end_turn"),
        (Finish.STOP, None, True, "tool_use"),
        (Finish.LENGTH, None, True, "max_tokens"),
        (Finish.CONTENT_FILTER, None, False, "refusal"),
        (Finish.OTHER, "compaction", False, "compaction"),
        (Finish.OTHER, None, False, "end_turn"),
        (None, None, True, "tool_use"),
        (None, None, False, "end_turn"),
    ],
)
def test_why_it_ended_is_told_in_words_of_this_form(
    finish: Finish | None, word: str | None, has_calls: bool, told: str
) -> None:
    assert stop_reason(finish, word, has_calls=has_calls) == told


def test_a_word_of_another_form_is_not_taken_over() -> None:
    assert (
        shown(Reply(Form.OPENAI_CHAT, "i", "m", (Choice((), Finish.STOP, finish_word="stop"),)))["stop_reason"]
        == "end_turn"
    )


def test_only_tiers_of_this_form_are_named() -> None:
    assert usage_object(Usage(), "default").service_tier == "standard"
    assert usage_object(Usage(), "priority").service_tier == "priority"
    assert usage_object(Usage(), "flex").service_tier is None


def test_a_count_is_a_number() -> None:
    assert render_count(12) == b'{"input_tokens":12}'


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(FaultKind.BAD_REQUEST, "x"), "invalid_request_error"),
        (Fault(FaultKind.UNAUTHENTICATED, "x"), "authentication_error"),
        (Fault(FaultKind.FORBIDDEN, "x"), "permission_error"),
        (Fault(FaultKind.NOT_FOUND, "x"), "not_found_error"),
        (Fault(FaultKind.TOO_LARGE, "x"), "request_too_large"),
        (Fault(FaultKind.OVER_BUDGET, "x"), "rate_limit_error"),
        (Fault(FaultKind.OVERLOADED, "x"), "overloaded_error"),
        (Fault(FaultKind.UPSTREAM_TIMEOUT, "x"), "timeout_error"),
        (Fault(FaultKind.INTERNAL, "x"), "api_error"),
        (Fault(FaultKind.UPSTREAM_REFUSED, "x", upstream_status=422), "invalid_request_error"),
        (
            Fault(FaultKind.UPSTREAM_REFUSED, "x", upstream_status=529, upstream_type="overloaded_error"),
            "overloaded_error",
        ),
        (Fault(FaultKind.UPSTREAM_REFUSED, "x", upstream_status=400, upstream_type="odd"), "invalid_request_error"),
    ],
)
def test_faults_have_the_type_their_status_has(fault: Fault, kind: str) -> None:
    assert msgspec.json.decode(render_fault(fault)) == {"type": "error", "error": {"type": kind, "message": "x"}}


def test_the_providers_name_of_the_exchange_is_shown() -> None:
    assert error_object(Fault(FaultKind.INTERNAL, "x", request_id="req_1")) == {
        "type": "error",
        "error": {"type": "api_error", "message": "x"},
        "request_id": "req_1",
    }
