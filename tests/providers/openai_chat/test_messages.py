"""Messages keep their meaning and order."""

import msgspec

from narrowgate.model.conversation import (
    CacheMark,
    Foreign,
    Form,
    Image,
    Message,
    Refusal,
    Role,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from narrowgate.providers.family import Quirks
from tests.providers.openai_chat.asked import assistant, messages, user

PICTURE = Image(Source(data="AA", media_type="image/png"))
SHOWN = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}


def test_system_text_stays_where_it_stands() -> None:
    said = (
        Message(Role.SYSTEM, (Text("a"),)),
        user(Text("b")),
        Message(Role.SYSTEM, (Text("c"), Text("d")), is_developer=True),
    )
    written, _ = messages(*said, quirks=Quirks(has_developer=True))
    assert written == [
        {"role": "system", "content": "a"},
        {"role": "user", "content": "b"},
        {"role": "developer", "content": [{"type": "text", "text": "c"}, {"type": "text", "text": "d"}]},
    ]


def test_text_is_joined_for_those_that_take_no_lists() -> None:
    written, _ = messages(
        Message(Role.SYSTEM, (Text("a"), Text("b")), is_developer=True), quirks=Quirks(is_text_joined=True)
    )
    assert written == [{"role": "system", "content": "a\n\nb"}]


def test_results_come_first_and_their_pictures_after_all_of_them() -> None:
    said = (
        assistant(Text("t"), ToolCall("a", "f", ""), ToolCall("b", "g", '{"x":1}')),
        user(ToolResult("a", (Text("1"), PICTURE), "f", is_error=True)),
        user(ToolResult("b", (Text("2"), Text("3"))), Text("and")),
    )
    written, lost = messages(*said)
    assert written == [
        {
            "role": "assistant",
            "content": "t",
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"id": "b", "type": "function", "function": {"name": "g", "arguments": '{"x":1}'}},
            ],
        },
        {"role": "tool", "content": "1", "tool_call_id": "a"},
        {"role": "tool", "content": "2\n3", "tool_call_id": "b"},
        {"role": "user", "content": [SHOWN, {"type": "text", "text": "and"}]},
    ]
    assert lost == {"messages[1].parts[0].is_error": True}


def test_pictures_of_the_last_results_are_shown_too() -> None:
    written, _ = messages(user(ToolResult("a", (PICTURE,))))
    assert written == [{"role": "tool", "content": "", "tool_call_id": "a"}, {"role": "user", "content": [SHOWN]}]


def test_a_client_of_this_form_knows_what_a_result_may_hold() -> None:
    written, _ = messages(user(ToolResult("a", (PICTURE,), "f")), own=True)
    assert written == [{"role": "tool", "content": [SHOWN], "name": "f", "tool_call_id": "a"}]


def test_an_assistant_says_all_it_said() -> None:
    audio = Foreign(Form.OPENAI_CHAT, "audio", msgspec.Raw(b'{"id":"x"}'))
    call = ToolCall("a", "sql", "select", is_custom=True)
    between = user(Text("go on"))
    said = (assistant(Refusal("no"), audio), between, assistant(call), between, assistant())
    written, lost = messages(*said)
    assert written[::2] == [
        {"role": "assistant", "content": None, "refusal": "no", "audio": {"id": "x"}},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "a", "type": "custom", "custom": {"name": "sql", "input": "select"}}],
        },
        {"role": "assistant", "content": ""},
    ]
    assert lost == {}


def test_a_seal_goes_back_to_its_maker_only() -> None:
    said = assistant(ToolCall("a", "f", "{}", seal=Seal(Form.GEMINI_GENERATE, "sig")))
    written, lost = messages(said, quirks=Quirks(has_call_seals=True))
    assert "thought_signature" in str(written)
    assert lost == {}
    written, lost = messages(said)
    assert "sig" not in str(written)
    assert lost == {"messages[0].parts[0].seal": True}


def test_long_ids_are_shortened_alike_in_call_and_result() -> None:
    identity = "toolu_" + "x" * 60
    written, _ = messages(assistant(ToolCall(identity, "f", "{}")), user(ToolResult(identity, ())))
    short = written[1]["tool_call_id"]
    assert isinstance(short, str)
    assert len(short) == 40
    assert f"'id': '{short}'" in str(written[0])


def test_a_marked_text_is_a_part_of_a_list() -> None:
    written, _ = messages(user(Text("a", CacheMark())), quirks=Quirks(has_cache_marks=True))
    assert written == [
        {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]}
    ]
    written, lost = messages(user(Text("a", CacheMark())))
    assert written == [{"role": "user", "content": "a"}]
    assert lost == {"messages[0].parts[0].cache": True}


def test_pictures_of_an_assistant_have_no_place() -> None:
    written, lost = messages(assistant(Text("a"), PICTURE))
    assert written == [{"role": "assistant", "content": "a"}]
    assert lost == {"messages[0].parts[1]": False}


def test_mistral_takes_reasoning_among_the_content() -> None:
    written, _ = messages(assistant(Thought("hm"), Text("yes")), quirks=Quirks(thinking_field="content"))
    assert written[0]["content"] == [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
        {"type": "text", "text": "yes"},
    ]


def test_what_a_model_said_in_pieces_is_one_message_before_the_results() -> None:
    said = (
        assistant(ToolCall("a", "f", "{}")),
        assistant(ToolCall("b", "g", "{}"), Text("")),
        user(ToolResult("a", (Text("1"),))),
    )
    written, _ = messages(*said)
    assert [one["role"] for one in written] == ["assistant", "tool"]
    calls = written[0]["tool_calls"]
    assert isinstance(calls, list)
    assert [call["id"] for call in calls] == ["a", "b"]
