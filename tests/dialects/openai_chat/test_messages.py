"""Messages are read with all their roles and all the ways reasoning comes back."""

import json

import msgspec
import pytest

from narrowgate.model.conversation import (
    CacheMark,
    Extension,
    Foreign,
    Form,
    Message,
    Part,
    Refusal,
    Role,
    Seal,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from narrowgate.model.seals import seal_text, sealed_id
from tests.dialects.openai_chat.asking import Json, asked, refused, said

CALL: Json = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
CLAUDE = Seal(Form.ANTHROPIC_MESSAGES, "sig")
GEMINI = Seal(Form.GEMINI_GENERATE, "sig")


def test_each_role_has_its_place() -> None:
    assert said(
        {"role": "system", "content": "s"},
        {"role": "developer", "content": [{"type": "text", "text": "d"}], "name": "n"},
        {"role": "user", "content": "u", "name": "n"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "1", "tool_call_id": "a", "name": "f"},
        {"role": "assistant", "content": "", "refusal": "no"},
    ) == (
        Message(Role.SYSTEM, (Text("s"),)),
        Message(Role.SYSTEM, (Text("d"),), "n", is_developer=True),
        Message(Role.USER, (Text("u"),), "n"),
        Message(Role.ASSISTANT, (ToolCall("a", "f", '{"x": 1}'),)),
        Message(Role.USER, (ToolResult("a", (Text("1"),), "f"),)),
        Message(Role.ASSISTANT, (Refusal("no"),)),
    )


@pytest.mark.parametrize("seal", [CLAUDE, GEMINI, Seal(Form.OPENAI_RESPONSES, "e", "rs_1")])
def test_blocks_bring_seals_of_any_form_back(seal: Seal) -> None:
    text = seal_text(seal, Form.ANTHROPIC_MESSAGES)
    blocks = [{"type": "thinking", "thinking": "hm", "signature": text}, {"type": "redacted_thinking", "data": text}]
    (message,) = said({"role": "assistant", "content": "yes", "reasoning_content": "hm", "thinking_blocks": blocks})
    assert message.parts == (Thought("hm", seal), Thought("", seal, is_redacted=True), Text("yes"))


def test_details_come_back_with_their_words() -> None:
    sealed = {"type": "reasoning.text", "signature": "sig", "index": 0}
    hidden = {"type": "reasoning.encrypted", "data": "d"}
    whole: Json = {"role": "assistant", "reasoning_details": [{**sealed, "text": "hm"}, hidden]}
    apart: Json = {"role": "assistant", "reasoning": "hm", "reasoning_details": [sealed, hidden]}
    first, second = said(whole, apart)
    assert first == second
    thought, secret = first.parts
    assert isinstance(thought, Thought)
    assert isinstance(secret, Thought)
    assert (thought.text, secret.is_redacted) == ("hm", True)
    assert thought.seal is not None
    assert json.loads(thought.seal.data) == sealed


def test_words_beside_a_secret_are_a_thought_of_their_own() -> None:
    hidden = {"type": "reasoning.encrypted", "data": "d"}
    summary = {"type": "reasoning.summary"}
    first, second = said(
        {"role": "assistant", "reasoning": "hm", "reasoning_details": [hidden]},
        {"role": "assistant", "reasoning": "hm", "reasoning_details": [summary]},
    )
    assert first.parts[0] == Thought("hm")
    assert second.parts == (Thought("hm", is_summary=True),)


@pytest.mark.parametrize("member", ["reasoning_content", "reasoning"])
def test_plain_reasoning_comes_back(member: str) -> None:
    (message,) = said({"role": "assistant", "content": "yes", member: "hm"})
    assert message.parts == (Thought("hm"), Text("yes"))


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (CALL, ToolCall("a", "f", '{"x": 1}')),
        ({**CALL, "function": {"name": "f", "arguments": {"x": 1}}}, ToolCall("a", "f", '{"x": 1}')),
        ({**CALL, "function": {"name": "f"}}, ToolCall("a", "f", "")),
        ({**CALL, "id": 7}, ToolCall("7", "f", '{"x": 1}')),
        ({"id": "a", "type": "custom", "custom": {"name": "f", "input": "i"}}, ToolCall("a", "f", "i", is_custom=True)),
        (
            {**CALL, "extra_content": {"google": {"thought_signature": "sig"}}},
            ToolCall("a", "f", '{"x": 1}', seal=GEMINI),
        ),
        ({**CALL, "id": sealed_id(ToolCall("a", "f", "", seal=GEMINI))}, ToolCall("a", "f", '{"x": 1}', seal=GEMINI)),
    ],
)
def test_calls_are_read(call: Json, part: ToolCall) -> None:
    (message,) = said({"role": "assistant", "tool_calls": [call]})
    assert message.parts == (part,)


def test_the_old_ways_are_paired() -> None:
    call, result = said(
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "1"},
    )
    assert call.parts == (ToolCall("call_0", "f", "{}"),)
    assert result.parts == (ToolResult("call_0", (Text("1"),), "f"),)


def test_marks_on_a_message_are_marks_on_its_end() -> None:
    mark = {"type": "ephemeral", "ttl": "1h"}
    user, tool = said(
        {"role": "user", "content": "u", "cache_control": mark},
        {"role": "tool", "content": "", "tool_call_id": "a", "cache_control": mark},
    )
    assert user.parts == (Text("u", CacheMark("1h")),)
    assert tool.parts == (ToolResult("a", (), cache=CacheMark("1h")),)


def test_audio_and_citations_of_earlier_answers_are_kept() -> None:
    message, cited = said(
        {"role": "assistant", "audio": {"id": "x"}},
        {"role": "assistant", "content": "a", "annotations": [{"type": "t"}]},
    )
    assert message.parts == (Foreign(Form.OPENAI_CHAT, "audio", msgspec.Raw(b'{"id": "x"}')),)
    (text,) = cited.parts
    assert isinstance(text, Text)
    assert text.citations[0].raw == msgspec.Raw(b'{"type": "t"}')


def test_members_only_some_know_ride_along() -> None:
    request = asked(messages=[{"role": "assistant", "content": "a", "prefix": True, "odd": 1, "nothing": None}])
    assert request.extensions == (
        Extension("messages[0].prefix", msgspec.Raw(b"true"), is_hint=True),
        Extension("messages[0].odd", msgspec.Raw(b"1")),
    )


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ({"role": "bot", "content": "a"}, "messages[0].role"),
        ({"content": "a"}, "messages[0].role"),
        ({"role": "user", "content": 7}, "messages[0].content"),
        ({"role": "tool", "content": "a"}, "messages[0].tool_call_id"),
        ({"role": "assistant", "tool_calls": [{**CALL, "id": ""}]}, "messages[0].tool_calls[0].id"),
        ({"role": "assistant", "tool_calls": [{"id": "a"}]}, "messages[0].tool_calls[0].function.name"),
        ({"role": "user", "content": [{"type": "text"}]}, "messages[0].content[0].text"),
        (7, "messages[0]"),
    ],
)
def test_what_is_wrong_is_named(message: object, path: str) -> None:
    assert refused(messages=[message]).param == path


def test_an_assistant_may_say_nothing() -> None:
    parts: tuple[Part, ...] = (Text(""),)
    assert said({"role": "assistant", "content": ""})[0].parts == parts
    assert said({"role": "user", "content": None})[0].parts == ()
