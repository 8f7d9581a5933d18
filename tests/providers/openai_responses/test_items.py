import json

from msgspec import Raw

from narrowgate.model.conversation import (
    Audio,
    CacheMark,
    Citation,
    Document,
    Foreign,
    Form,
    Image,
    Inexpressible,
    Message,
    Namespace,
    Part,
    Refusal,
    Request,
    Role,
    Seal,
    Source,
    Text,
    Thought,
    Tool,
    ToolCall,
    ToolResult,
    Video,
)
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_responses.items import ItemWriter

OWN, CLAUDE = Form.OPENAI_RESPONSES, Form.ANTHROPIC_MESSAGES


def written(
    *messages: Message, form: Form = CLAUDE, quirks: Quirks | None = None
) -> tuple[list[object], list[Inexpressible]]:
    lost: list[Inexpressible] = []
    request = Request(form, "m", messages, (Tool("f", namespace=Namespace("n")),))
    raws = ItemWriter(request, quirks or Quirks(), lost).write(0)
    return [json.loads(bytes(raw)) for raw in raws], lost


def user(*parts: Part) -> Message:
    return Message(Role.USER, parts)


def assistant(*parts: Part) -> Message:
    return Message(Role.ASSISTANT, parts)


def test_a_single_text_is_written_as_text() -> None:
    items, _ = written(user(Text("a")), assistant(Text("b")))
    assert items == [
        {"type": "message", "role": "user", "content": "a"},
        {"type": "message", "role": "assistant", "content": "b"},
    ]


def test_a_developer_is_one_only_where_that_is_known() -> None:
    message = Message(Role.SYSTEM, (Text("a"),), is_developer=True)
    for has_developer, role in ((True, "developer"), (False, "system")):
        items, _ = written(message, quirks=Quirks(has_developer=has_developer))
        assert items == [{"type": "message", "role": role, "content": "a"}]


def test_media_are_content_beside_text() -> None:
    (item,), lost = written(
        user(
            Text("see"),
            Image(Source(url="https://a.example/b.png"), "high"),
            Image(Source(data="QQ==", media_type="image/gif")),
            Image(Source(file_id="file_1")),
            Document(Source(data="QQ==", media_type="application/pdf"), name="a.pdf"),
            Document(Source(url="https://a.example/b.pdf")),
            Document(text="ä"),
            Audio(Source(data="QQ==", media_type="audio/mpeg")),
        )
    )
    assert isinstance(item, dict)
    assert item["content"] == [
        {"type": "input_text", "text": "see"},
        {"type": "input_image", "image_url": "https://a.example/b.png", "detail": "high"},
        {"type": "input_image", "image_url": "data:image/gif;base64,QQ=="},
        {"type": "input_image", "file_id": "file_1"},
        {"type": "input_file", "file_data": "data:application/pdf;base64,QQ==", "filename": "a.pdf"},
        {"type": "input_file", "file_url": "https://a.example/b.pdf"},
        {"type": "input_file", "file_data": "data:text/plain;base64,w6Q=", "filename": "document.txt"},
        {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "mp3"}},
    ]
    assert lost == []


def test_what_has_no_place_is_named_with_its_path() -> None:
    items, lost = written(
        user(
            Video(Source(url="https://a.example/b.mp4")),
            Audio(Source(url="https://a.example/b.wav")),
            Document(),
            Foreign(CLAUDE, "server_tool_use", Raw(b"{}")),
        ),
        assistant(Image(Source(data="QQ=="))),
    )
    assert items == []
    assert [one.what for one in lost if not one.is_hint] == [
        "messages[0].parts[0]",
        "messages[0].parts[1]",
        "messages[0].parts[2]",
        "messages[0].parts[3]",
        "messages[1].parts[0]",
    ]


def test_what_changes_no_answer_is_a_hint() -> None:
    citation = Citation(CLAUDE, Raw(b"{}"))
    _, lost = written(
        Message(Role.USER, (Text("a", CacheMark()), Document(text="b", context="c")), name="Ann"),
        assistant(Text("d", citations=(citation,)), ToolCall("i", "g", "{}", seal=Seal(Form.GEMINI_GENERATE, "S"))),
        user(ToolResult("i", (Text("e"),), is_error=True)),
    )
    assert all(one.is_hint for one in lost)
    assert {one.what for one in lost} == {
        "messages[0].name",
        "messages[0].parts[0].cache",
        "messages[0].parts[1].context",
        "messages[1].parts[0].citations",
        "messages[1].parts[1].seal",
        "messages[2].parts[0].is_error",
    }


def test_calls_and_results_are_items_in_their_order() -> None:
    items, _ = written(
        assistant(
            Text("a"), ToolCall("1", "g", ""), ToolCall("2", "c", "free", is_custom=True), ToolCall("3", "f", "{}")
        ),
        user(ToolResult("1", ()), ToolResult("2", (Text("r"),), is_custom=True), Text("go on")),
        user(ToolResult("3", (Text("s"), Image(Source(url="https://a.example"))))),
    )
    content = [{"type": "input_text", "text": "s"}, {"type": "input_image", "image_url": "https://a.example"}]
    assert items == [
        {"type": "message", "role": "assistant", "content": "a"},
        {"type": "function_call", "call_id": "1", "name": "g", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "2", "name": "c", "input": "free"},
        {"type": "function_call", "call_id": "3", "name": "f", "namespace": "n", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": ""},
        {"type": "custom_tool_call_output", "call_id": "2", "output": "r"},
        {"type": "message", "role": "user", "content": "go on"},
        {"type": "function_call_output", "call_id": "3", "output": content},
    ]


def test_a_refusal_stays_one() -> None:
    items, _ = written(assistant(Text("a"), Refusal("no")))
    content = [{"type": "output_text", "text": "a", "annotations": []}, {"type": "refusal", "refusal": "no"}]
    assert items == [{"type": "message", "role": "assistant", "content": content}]


def test_thoughts_of_one_item_go_back_into_it() -> None:
    named, sealed = Seal(OWN, "", "rs_1"), Seal(OWN, "E", "rs_1")
    items, lost = written(
        assistant(Thought("a", named, is_summary=True), Thought("b", sealed, is_summary=True), Text("c")),
        assistant(Thought("", Seal(OWN, "F")), Thought("", Seal(OWN, "G"))),
    )
    summary = [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}]
    assert items == [
        {"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": "E"},
        {"type": "message", "role": "assistant", "content": "c"},
        {"type": "reasoning", "summary": [], "encrypted_content": "F"},
        {"type": "reasoning", "summary": [], "encrypted_content": "G"},
    ]
    assert lost == []


def test_thoughts_of_others_have_no_place_and_their_loss_is_a_hint() -> None:
    items, lost = written(
        assistant(Thought("a", Seal(CLAUDE, "SIG")), Thought("b"), Thought("", Seal(OWN, "", "rs_1")))
    )
    assert items == []
    assert {one.what for one in lost} == {f"messages[0].parts[{n}]" for n in range(3)} | {"messages[0].parts[0].seal"}
    assert all(one.is_hint for one in lost)


def test_a_provider_that_takes_any_reasoning_gets_it_without_a_seal() -> None:
    message = assistant(Thought("a", Seal(CLAUDE, "SIG")))
    items, _ = written(message, quirks=Quirks(thinking_field="reasoning_text"))
    assert items == [{"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "a"}]}]


def test_a_stored_item_is_named_by_clients_of_this_form() -> None:
    items, _ = written(assistant(Thought("", Seal(OWN, "", "rs_1"))), form=OWN)
    assert items == [{"type": "reasoning", "id": "rs_1", "summary": []}]


def test_items_and_content_only_this_form_knows_pass() -> None:
    search, film = Raw(b'{"type":"web_search_call"}'), Raw(b'{"type":"input_video"}')
    items, _ = written(
        assistant(Foreign(OWN, "web_search_call", search)), user(Text("a"), Foreign(OWN, "input_video", film)), form=OWN
    )
    content = [{"type": "input_text", "text": "a"}, {"type": "input_video"}]
    assert items == [{"type": "web_search_call"}, {"type": "message", "role": "user", "content": content}]
