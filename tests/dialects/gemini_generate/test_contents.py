"""Turns are read with all that is in their parts."""

import base64

from msgspec import UNSET, Raw

from narrowgate.dialects.gemini_generate.contents import ContentReader, instruction_of
from narrowgate.model.conversation import (
    Audio,
    Document,
    Foreign,
    Form,
    Image,
    Message,
    Role,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Video,
)
from tests.dialects.gemini_generate.asking import complaint, messages, parts

SEAL = Seal(Form.GEMINI_GENERATE, "c2ln")


def call(name: str, **members: object) -> dict[str, object]:
    return {"functionCall": {"name": name, **members}}


def result(name: str, response: object, **members: object) -> dict[str, object]:
    return {"functionResponse": {"name": name, "response": response, **members}}


def test_an_instruction_may_be_text() -> None:
    assert instruction_of(Raw(b'"s"')) == Message(Role.SYSTEM, (Text("s"),))
    assert instruction_of(Raw(b'{"role":"user","parts":{"text":"s"}}')) == Message(Role.SYSTEM, (Text("s"),))
    assert instruction_of(Raw(b"null")) is None
    assert instruction_of(UNSET) is None


def test_calls_and_results_without_ids_are_matched_by_name_and_order() -> None:
    model, user = messages(
        {"role": "model", "parts": [call("f", args={"a": 1.0}), call("g"), call("f")]},
        {"role": "function", "parts": [result("g", {"result": "2"}), result("f", {}), result("f", {"b": 1})]},
    )
    assert [part.id for part in model.parts if isinstance(part, ToolCall)] == ["call_0", "call_1", "call_2"]
    assert user.parts == (
        ToolResult("call_1", (Text("2"),), "g"),
        ToolResult("call_0", (Text(""),), "f"),
        ToolResult("call_2", (Text('{"b": 1}'),), "f"),
    )


def test_ids_match_where_they_are_given() -> None:
    _, user = messages(
        {"role": "model", "parts": [call("f", id="a"), call("f", id="b")]},
        {"role": "user", "parts": [result("f", {"output": "1"}, id="b"), result("f", {"output": [2]}, id="a")]},
    )
    assert user.parts == (ToolResult("b", (Text("1"),), "f"), ToolResult("a", (Text("[2]"),), "f"))


def test_a_result_of_no_call_has_an_id_too() -> None:
    assert parts(result("f", {"error": "e"})) == (ToolResult("call_0", (Text("e"),), "f", is_error=True),)


def test_a_result_may_have_pictures() -> None:
    picture = {"inlineData": {"mimeType": "image/png", "data": "a-_b"}}
    (found,) = parts(result("f", {}, parts=[picture]))
    assert isinstance(found, ToolResult)
    assert found.content == (Image(Source(data="a+/b", media_type="image/png")),)


def test_signatures_stand_where_they_came() -> None:
    assert parts(
        {"text": "h", "thought": True},
        {"text": "m", "thought": True},
        {"thought": True, "thoughtSignature": "c2ln"},
        {"text": "a", "thoughtSignature": "c2ln"},
        {**call("f", id="x"), "thoughtSignature": "c2ln"},
        {"text": "", "thoughtSignature": "c2ln"},
        {"text": ""},
        {},
        role="model",
    ) == (
        Thought("hm", SEAL),
        Text("a"),
        Thought("", SEAL),
        ToolCall("x", "f", "{}", seal=SEAL),
        Thought("", SEAL),
    )


def test_media_are_what_their_types_say() -> None:
    text = base64.b64encode("é".encode()).decode()
    assert parts(
        {"inlineData": {"mimeType": "audio/wav", "data": "QQ=="}},
        {"inlineData": {"mimeType": "text/plain", "data": text}},
        {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://a/b"}},
        {"fileData": {"fileUri": "https://a.example/b"}},
        {
            "inlineData": {"mimeType": "image/png", "data": "QQ=="},
            "mediaResolution": {"level": "MEDIA_RESOLUTION_HIGH"},
        },
    ) == (
        Audio(Source(data="QQ==", media_type="audio/wav")),
        Document(text="é"),
        Video(Source(url="gs://a/b", media_type="video/mp4")),
        Document(Source(url="https://a.example/b")),
        Image(Source(data="QQ==", media_type="image/png"), "high"),
    )


def test_what_only_gemini_knows_is_kept_as_it_came() -> None:
    (found,) = parts({"executableCode": {"code": "1"}, "thoughtSignature": "c2ln"})
    assert isinstance(found, Foreign)
    assert found.kind == "executableCode"
    assert b"c2ln" in bytes(found.raw)


def test_a_complaint_names_the_part() -> None:
    turn = {"role": "user", "parts": [{"text": "a"}, {"inlineData": {"mimeType": "text/plain", "data": "/w=="}}]}
    assert complaint([turn]) == "contents[0].parts[1].inlineData.data"
    assert complaint([{"parts": [{"fileData": {}}]}]) == "contents[0].parts[0].fileData.fileUri"
    assert complaint([{"parts": [{"functionCall": {}}]}]) == "contents[0].parts[0].functionCall.name"
    assert complaint([{"parts": [call("f", args=[1])]}]) == "contents[0].parts[0].functionCall.args"


def test_no_turns_are_none() -> None:
    assert ContentReader().messages(None) == ()
