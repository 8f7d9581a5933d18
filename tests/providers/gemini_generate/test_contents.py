"""A conversation reaches Gemini as turns of user and model."""

from msgspec import Raw

from narrowgate.model.conversation import (
    CacheMark,
    Document,
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
from narrowgate.providers.gemini_generate.contents import ContentWriter
from tests.providers.gemini_generate.sent import USER, asked, contents, lost, said, sent

OWN = Seal(Form.GEMINI_GENERATE, "c2ln")
PNG = Image(Source(data="iVBORw0K"))
CALL = said(ToolCall("a", "f", '{"x": 1.0}'), ToolCall("b", "f", "free text"), role=Role.ASSISTANT)


def test_neighbours_of_one_role_are_joined() -> None:
    found = contents(USER, said(Text("there")), said(Refusal("no"), role=Role.ASSISTANT))
    assert found == [
        {"parts": [{"text": "hi"}, {"text": "there"}], "role": "user"},
        {"parts": [{"text": "no"}], "role": "model"},
    ]


def test_system_text_is_an_instruction_wherever_it_stands() -> None:
    body = sent(asked(said(Text("a"), role=Role.SYSTEM), USER, said(Text("b"), role=Role.SYSTEM)))
    assert body["systemInstruction"] == {"parts": [{"text": "a"}, {"text": "b"}]}
    assert body["contents"] == [{"parts": [{"text": "hi"}], "role": "user"}]


def test_a_user_begins() -> None:
    assert contents(said(Text("a"), role=Role.ASSISTANT))[0] == {"parts": [{"text": " "}], "role": "user"}
    assert contents(said(Text("s"), role=Role.SYSTEM)) == [{"parts": [{"text": " "}], "role": "user"}]


def test_results_stand_together_before_their_pictures() -> None:
    results = said(ToolResult("b", (Text("2"), PNG)), ToolResult("a", (Text("1"),), is_error=True), Text("go on"))
    model, user = contents(USER, CALL, results)[1:]
    assert model["parts"] == [
        {"functionCall": {"id": "a", "name": "f", "args": {"x": 1.0}}},
        {"functionCall": {"id": "b", "name": "f", "args": {"input": "free text"}}},
    ]
    assert user["parts"] == [
        {"functionResponse": {"id": "b", "name": "f", "response": {"result": "2"}}},
        {"functionResponse": {"id": "a", "name": "f", "response": {"error": "1"}}},
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}},
        {"text": "go on"},
    ]


def test_a_newer_model_takes_pictures_in_results_and_wants_calls_signed() -> None:
    results = said(ToolResult("a", (PNG,)))
    model, user = contents(USER, CALL, results, model="gemini-3-pro-preview")[1:]
    assert [part.get("thoughtSignature") for part in model["parts"]] == ["skip_thought_signature_validator", None]
    assert user["parts"][0]["functionResponse"] == {
        "id": "a",
        "name": "f",
        "response": {"result": ""},
        "parts": [{"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}}],
    }


def test_signatures_go_back_where_they_were() -> None:
    turn = said(
        Thought("hm", OWN),
        Text("a"),
        Thought("", OWN),
        ToolCall("a", "f", "", seal=OWN),
        Thought("", OWN),
        role=Role.ASSISTANT,
    )
    assert contents(USER, turn)[1]["parts"] == [
        {"text": "hm", "thought": True, "thoughtSignature": "c2ln"},
        {"text": "a", "thoughtSignature": "c2ln"},
        {"thoughtSignature": "c2ln", "functionCall": {"id": "a", "name": "f", "args": {}}},
        {"text": "", "thoughtSignature": "c2ln"},
    ]


def test_anothers_seal_is_left_out_and_said() -> None:
    turn = said(Thought("hm", Seal(Form.ANTHROPIC_MESSAGES, "x")), role=Role.ASSISTANT)
    assert contents(USER, turn)[1]["parts"] == [{"text": "hm", "thought": True}]
    assert lost(asked(USER, turn)) == {"messages[1].parts[0].seal": True}


def test_urls_and_files_are_file_data() -> None:
    parts = (
        Image(Source(url="https://a.example/b.png?c")),
        Document(Source(url="gs://b/c", media_type="application/pdf"), name="c"),
        Document(Source(file_id="files/x")),
        Document(text="plain"),
    )
    assert contents(said(*parts))[0]["parts"] == [
        {"fileData": {"mimeType": "image/png", "fileUri": "https://a.example/b.png?c"}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://b/c"}},
        {"fileData": {"fileUri": "files/x"}},
        {"inlineData": {"mimeType": "text/plain", "data": "cGxhaW4="}},
    ]


def test_what_has_no_place_is_said() -> None:
    parts = (
        Text("a", CacheMark()),
        Image(Source(file_id="file-1")),
        Image(Source(data="x"), "high"),
        Foreign(Form.OPENAI_RESPONSES, "web_search_call", Raw(b"{}")),
        Document(text="t", context="c", has_citations=True),
    )
    assert lost(asked(Message(Role.USER, parts, name="n"), said(PNG, role=Role.SYSTEM))) == {
        "messages[0].name": True,
        "messages[0].parts[0].cache": True,
        "messages[0].parts[1].source": False,
        "messages[0].parts[2].detail": True,
        "messages[0].parts[3]": False,
        "messages[0].parts[4].context": True,
        "messages[0].parts[4].has_citations": True,
        "messages[1].parts[0]": False,
    }


def test_a_part_of_geminis_own_goes_as_it_came() -> None:
    raw = Raw(b'{"executableCode": {"code":"1"}}')
    writer = ContentWriter(asked(said(Foreign(Form.GEMINI_GENERATE, "executableCode", raw))), is_newer=False)
    (turn,), _ = writer.write()
    assert isinstance(turn.parts, list)
    assert bytes(turn.parts[0]) == bytes(raw)


def test_the_detail_of_a_picture_is_its_resolution() -> None:
    found = contents(said(Image(Source(data="x", media_type="image/png"), "low")), model="gemini-3-flash")
    assert found[0]["parts"][0]["mediaResolution"] == {"level": "MEDIA_RESOLUTION_LOW"}
