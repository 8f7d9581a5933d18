from msgspec import Raw

from narrowgate.dialects.openai_responses.output import OutputWriter
from narrowgate.model.conversation import (
    Foreign,
    Form,
    Image,
    Namespace,
    Refusal,
    Request,
    Seal,
    Source,
    Text,
    Thought,
    Tool,
    ToolCall,
)
from narrowgate.model.reply import Choice, Delta, Event, PartBegan, PartEnded, Reply, Sealed, unfold
from narrowgate.schemas.openai_responses import WrittenItem

OWN, GEMINI = Form.OPENAI_RESPONSES, Form.GEMINI_GENERATE
REQUEST = Request(OWN, "m", (), (Tool("o__f", namespace=Namespace("o")),))


def items(*parts: Text | Thought | Refusal | ToolCall | Image | Foreign, form: Form = OWN) -> list[WrittenItem]:
    writer = OutputWriter(REQUEST, "resp_1", form)
    for event in unfold(Reply(form, "", "", (Choice(parts),))):
        writer.write(event)
    writer.close("completed")
    return [item for item in writer.items if isinstance(item, WrittenItem)]


def test_neighbours_that_belong_in_one_message_are_in_one() -> None:
    found = items(Text("a"), Refusal("b"), ToolCall("1", "f", "{}"), Text("c"))
    assert [(item.type, item.id) for item in found] == [
        ("message", "msg_1_0"),
        ("function_call", "fc_1_1"),
        ("message", "msg_1_2"),
    ]
    assert len(found[0].content or []) == 2


def test_thoughts_of_one_item_are_in_one_under_its_name() -> None:
    named, sealed = Seal(OWN, "", "rs_a"), Seal(OWN, "E", "rs_a")
    found = items(Thought("a", named, is_summary=True), Thought("b", sealed, is_summary=True), Thought("c"))
    assert [(item.id, len(item.summary or []), item.encrypted_content) for item in found] == [
        ("rs_a", 2, "E"),
        ("rs_1_1", 0, None),
    ]


def test_a_name_is_given_to_one_item_only() -> None:
    sealed = Thought("", Seal(OWN, "E", "rs_a"))
    assert [item.id for item in items(sealed, Text("b"), sealed)] == ["rs_a", "msg_1_1", "rs_1_2"]


def test_each_sealed_thought_of_another_provider_is_an_item() -> None:
    found = items(Thought("a", Seal(Form.ANTHROPIC_MESSAGES, "S")), Thought("b", Seal(Form.ANTHROPIC_MESSAGES, "T")))
    assert [item.encrypted_content for item in found] == ["ng1.anthropic_messages..S", "ng1.anthropic_messages..T"]


def test_a_call_is_told_at_once_but_for_one_that_will_be_sealed() -> None:
    events: list[Event] = [
        PartBegan(0, 0, ToolCall("1", "o__f", "")),
        Delta(0, 0, "{}"),
        Sealed(0, 0, Seal(GEMINI, "S")),
        PartEnded(0, 0),
    ]
    for form, told, call_id in ((OWN, [0, 2, 0, 1], "1"), (GEMINI, [0, 0, 0, 3], "1__seal_gemini_generate_53")):
        writer = OutputWriter(REQUEST, "resp_1", form)
        assert [len(writer.write(event)) for event in events] == told
        writer.close("completed")
        (item,) = writer.items
        assert isinstance(item, WrittenItem)
        assert (item.call_id, item.name, item.namespace, item.arguments) == (call_id, "f", "o", "{}")


def test_images_and_items_of_this_form_are_whole() -> None:
    (item,) = items(Image(Source(data="QQ==", media_type="image/png")))
    assert (item.type, item.result, item.output_format) == ("image_generation_call", "QQ==", "png")
    writer = OutputWriter(REQUEST, "resp_1", OWN)
    own = Foreign(OWN, "web_search_call", Raw(b'{\n"type":"web_search_call"}'))
    assert [name for name, _ in writer.write(PartBegan(0, 0, own))] == [
        "response.output_item.added",
        "response.output_item.done",
    ]
    assert writer.items == [Raw(b'{ "type":"web_search_call"}')]
    assert writer.write(PartBegan(0, 1, Foreign(GEMINI, "x", Raw(b"{}")))) == []


def test_what_is_under_way_is_closed_with_the_status_given() -> None:
    writer = OutputWriter(REQUEST, "resp_1", OWN)
    writer.write(PartBegan(0, 0, Text("")))
    writer.write(Delta(0, 0, "a"))
    writer.close("incomplete")
    assert [item.status for item in writer.items if isinstance(item, WrittenItem)] == ["incomplete"]
    assert writer.close("completed") == []


def test_a_part_only_another_form_knows_leaves_the_message_around_it_whole() -> None:
    hidden = Foreign(Form.ANTHROPIC_MESSAGES, "server_tool_use", Raw(b"{}"))
    writer = OutputWriter(REQUEST, "resp_1", Form.ANTHROPIC_MESSAGES)
    told: list[str] = []
    for event in unfold(Reply(OWN, "", "", (Choice((Text("a"), hidden, Text("b"))),))):
        told += [name for name, _ in writer.write(event)]
    assert told.count("response.content_part.added") == told.count("response.content_part.done") == 2
