import json

import pytest
from msgspec import Raw

from narrowgate.dialects.openai_responses.items import read_items
from narrowgate.model.conversation import (
    Audio,
    Document,
    Foreign,
    Form,
    Image,
    Message,
    Part,
    Refusal,
    Role,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from narrowgate.model.seals import sealed_id
from narrowgate.wire.errors import WireError

OWN, CLAUDE, GEMINI = Form.OPENAI_RESPONSES, Form.ANTHROPIC_MESSAGES, Form.GEMINI_GENERATE


def read(*items: object) -> list[Message]:
    return read_items([Raw(json.dumps(item).encode()) for item in items])


def parts(*content: object) -> tuple[Part, ...]:
    (message,) = read({"role": "user", "content": content})
    return message.parts


def call(call_id: str, **members: object) -> dict[str, object]:
    return {"type": "function_call", "call_id": call_id, "name": "f", "arguments": "{}", **members}


def result(call_id: str, output: object = "r") -> dict[str, object]:
    return {"type": "function_call_output", "call_id": call_id, "output": output}


def test_speakers_keep_their_role_and_place() -> None:
    assert read(
        {"role": "developer", "content": "a"},
        {"type": "message", "role": "user", "content": "b"},
        {"role": "assistant", "content": "c"},
        {"role": "system", "content": "d"},
        {"role": "user", "content": []},
    ) == [
        Message(Role.SYSTEM, (Text("a"),), is_developer=True),
        Message(Role.USER, (Text("b"),)),
        Message(Role.ASSISTANT, (Text("c"),)),
        Message(Role.SYSTEM, (Text("d"),)),
    ]


def test_what_the_model_did_in_one_go_is_one_message() -> None:
    messages = read(
        {"type": "reasoning", "summary": [], "encrypted_content": "E"},
        {"role": "assistant", "content": "a"},
        call("1"),
        call("2"),
        result("1"),
        result("2"),
        {"role": "user", "content": "go on"},
        {"role": "assistant", "content": "b"},
        {"role": "assistant", "content": "c"},
    )
    assert [(message.role, len(message.parts)) for message in messages] == [
        (Role.ASSISTANT, 4),
        (Role.USER, 2),
        (Role.USER, 1),
        (Role.ASSISTANT, 1),
        (Role.ASSISTANT, 1),
    ]


def test_pictures_files_and_sounds_are_read() -> None:
    assert parts(
        {"type": "input_text", "text": "a"},
        {"type": "input_image", "image_url": "https://a.example/b.png", "detail": "low"},
        {"type": "input_image", "image_url": {"url": "data:image/png;base64,QQ=="}},
        {"type": "input_image", "file_id": "file_1"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,QQ=="},
        {"type": "input_file", "file_data": "QQ=="},
        {"type": "input_file", "file_url": "https://a.example/b.pdf"},
        {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "mp3"}},
        {"type": "refusal", "refusal": "no"},
    ) == (
        Text("a"),
        Image(Source(url="https://a.example/b.png"), "low"),
        Image(Source(data="QQ==", media_type="image/png")),
        Image(Source(file_id="file_1")),
        Document(Source(data="QQ==", media_type="application/pdf"), name="a.pdf"),
        Document(Source(data="QQ==")),
        Document(Source(url="https://a.example/b.pdf")),
        Audio(Source(data="QQ==", media_type="audio/mpeg")),
        Refusal("no"),
    )


def test_what_is_not_known_passes_where_it_stands() -> None:
    (user,) = read({"role": "user", "content": [{"type": "input_video", "x": 1}]})
    (part,) = user.parts
    assert isinstance(part, Foreign)
    assert (part.kind, json.loads(bytes(part.raw))) == ("input_video", {"type": "input_video", "x": 1})
    messages = read({"type": "web_search_call"}, {"type": "mcp_approval_response"}, {"type": "shell_call_output"})
    assert [(message.role, len(message.parts)) for message in messages] == [(Role.ASSISTANT, 1), (Role.USER, 2)]


def test_results_are_texts_or_content() -> None:
    (message,) = read(
        result("1", [{"type": "input_text", "text": "a"}, {"type": "input_image", "image_url": "https://a.example"}]),
        {"type": "custom_tool_call_output", "call_id": "2", "output": "b"},
    )
    assert message.parts == (
        ToolResult("1", (Text("a"), Image(Source(url="https://a.example")))),
        ToolResult("2", (Text("b"),), is_custom=True),
    )


def test_calls_are_functions_or_take_free_text() -> None:
    (message,) = read(
        call("1", namespace="n"), {"type": "custom_tool_call", "call_id": "2", "name": "c", "input": "free"}
    )
    assert message.parts == (ToolCall("1", "f", "{}", namespace="n"), ToolCall("2", "c", "free", is_custom=True))


def test_a_seal_in_the_id_of_a_call_is_taken_out_again() -> None:
    made = ToolCall("1", "f", "{}", seal=Seal(GEMINI, "SIG"))
    first, second = read(call(sealed_id(made)), result(sealed_id(made)))
    assert first.parts == (made,)
    assert second.parts == (ToolResult("1", (Text("r"),)),)


def test_each_thought_of_an_item_has_its_name_and_the_last_its_seal() -> None:
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "a"}],
        "content": [{"type": "reasoning_text", "text": "b"}],
        "encrypted_content": "E",
    }
    (message,) = read(item)
    assert message.parts == (
        Thought("a", Seal(OWN, "", "rs_1"), is_summary=True),
        Thought("b", Seal(OWN, "E", "rs_1")),
    )


def test_a_stored_thought_is_its_name() -> None:
    (message,) = read({"type": "reasoning", "id": "rs_1", "summary": []})
    assert message.parts == (Thought("", Seal(OWN, "", "rs_1")),)


def test_what_another_provider_thought_is_its_own_again() -> None:
    summary = [{"type": "summary_text", "text": "a"}]
    (message,) = read(
        {"type": "reasoning", "id": "rs_g", "summary": summary, "encrypted_content": "ng1.anthropic_messages..SIG"},
        {"type": "reasoning", "id": "rs_h", "summary": [], "encrypted_content": "ng1.anthropic_messages.redacted.RED"},
    )
    redacted = Thought("", Seal(CLAUDE, "RED"), is_redacted=True)
    assert message.parts == (Thought("a", Seal(CLAUDE, "SIG")), redacted)


def test_citations_are_kept() -> None:
    annotation = {"type": "file_citation", "filename": "a.txt"}
    (message,) = read(
        {"role": "assistant", "content": [{"type": "output_text", "text": "a", "annotations": [annotation]}]}
    )
    (part,) = message.parts
    assert isinstance(part, Text)
    assert [(one.title, json.loads(bytes(one.raw))) for one in part.citations] == [("a.txt", annotation)]


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ({"role": "bot", "content": "a"}, "input[0].role"),
        ({"content": "a"}, "input[0].type"),
        (3, "input[0]"),
        ({"role": "user", "content": 3}, "input[0].content"),
        ({"role": "user", "content": [3]}, "input[0].content[0]"),
        ({"role": "user", "content": [{"text": "a"}]}, "input[0].content[0].type"),
        ({"role": "user", "content": [{"type": "input_text", "text": 3}]}, "input[0].content[0].text"),
        ({"role": "user", "content": [{"type": "input_image"}]}, "input[0].content[0].image_url"),
        ({"role": "user", "content": [{"type": "input_file"}]}, "input[0].content[0].file_data"),
        ({"role": "user", "content": [{"type": "input_audio"}]}, "input[0].content[0].input_audio"),
        ({"type": "function_call", "name": "f"}, "input[0].call_id"),
        ({"type": "function_call_output", "output": "a"}, "input[0].call_id"),
        ({"type": "function_call_output", "call_id": "1", "output": [{"type": 3}]}, "input[0].output[0].type"),
    ],
)
def test_an_item_that_is_none_is_named(item: object, path: str) -> None:
    with pytest.raises(WireError) as caught:
        read(item)
    assert caught.value.path == path
