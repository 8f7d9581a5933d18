import msgspec
import pytest
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
    Part,
    Refusal,
    Request,
    Role,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Video,
)
from narrowgate.providers.anthropic_messages.content import ContentWriter, wire_id

OWN = Form.ANTHROPIC_MESSAGES
CHAT = Form.OPENAI_CHAT


def written(*messages: Message, form: Form = CHAT) -> ContentWriter:
    writer = ContentWriter(Request(form, "m", messages))
    writer.write()
    return writer


def turns(*messages: Message, form: Form = CHAT) -> list[tuple[str, list[object]]]:
    writer = written(*messages, form=form)
    return [
        (turn.role, msgspec.json.decode(msgspec.json.encode(turn.content), type=list[object])) for turn in writer.turns
    ]


def block(part: Part, form: Form = CHAT) -> object:
    ((_, (found,)),) = turns(Message(Role.USER, (part,)), form=form)
    return found


def lost(part: Part) -> list[tuple[str, bool]]:
    return [(item.what, item.is_hint) for item in written(Message(Role.USER, (part,))).lost]


def say(role: Role, *texts: str) -> Message:
    return Message(role, tuple(Text(text) for text in texts))


def test_turns_alternate_and_leading_system_text_stands_apart() -> None:
    messages = (
        say(Role.SYSTEM, "a"),
        say(Role.SYSTEM, "b"),
        say(Role.USER, "c"),
        say(Role.USER, "d"),
        say(Role.ASSISTANT, "e"),
    )
    assert [(role, len(blocks)) for role, blocks in turns(*messages)] == [("user", 2), ("assistant", 1)]
    assert msgspec.to_builtins(written(*messages).system) == [
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b"},
    ]


def test_later_system_text_is_said_by_the_user_and_told_as_a_hint() -> None:
    messages = (say(Role.USER, "a"), say(Role.ASSISTANT, "b"), say(Role.SYSTEM, "c"))
    assert [role for role, _ in turns(*messages)] == ["user", "assistant", "user"]
    assert [(item.what, item.is_hint) for item in written(*messages).lost] == [("messages[2].role", True)]


def test_a_client_of_this_form_may_say_system_in_between() -> None:
    assert [role for role, _ in turns(say(Role.USER, "a"), say(Role.SYSTEM, "b"), form=OWN)] == ["user", "system"]


def test_results_of_parallel_calls_come_first_in_one_turn_in_their_order() -> None:
    messages = (
        Message(Role.ASSISTANT, (ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}"))),
        Message(Role.USER, (Text("and"), ToolResult("a", (Text("1"),)))),
        Message(Role.USER, (ToolResult("b", (), is_error=True),)),
    )
    assert turns(*messages)[1] == (
        "user",
        [
            {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "1"}]},
            {"type": "tool_result", "tool_use_id": "b", "is_error": True},
            {"type": "text", "text": "and"},
        ],
    )


def test_empty_texts_and_turns_are_left_out() -> None:
    assert turns(say(Role.USER, ""), Message(Role.ASSISTANT, (Text(""), Refusal("no")))) == [
        ("assistant", [{"type": "text", "text": "no"}])
    ]


@pytest.mark.parametrize(
    ("data", "media_type"), [("iVBORw0KGgoA", "image/png"), ("/9j/4A", "image/jpeg"), ("R0lGODlh", "image/gif")]
)
def test_a_picture_of_unsaid_type_is_known_by_its_beginning(data: str, media_type: str) -> None:
    assert block(Image(Source(data=data))) == {
        "type": "image",
        "source": {"type": "base64", "media_type": media_type, "data": data},
    }


def test_pictures_go_by_url_and_file_with_their_cache_mark() -> None:
    assert block(Image(Source(url="https://a.example"), cache=CacheMark())) == {
        "type": "image",
        "source": {"type": "url", "url": "https://a.example"},
        "cache_control": {"type": "ephemeral"},
    }
    assert block(Image(Source(file_id="f"))) == {"type": "image", "source": {"type": "file", "file_id": "f"}}


@pytest.mark.parametrize(
    ("document", "source"),
    [
        (Document(text="words"), {"type": "text", "media_type": "text/plain", "data": "words"}),
        (
            Document(Source(data="d29yZHM=", media_type="text/csv")),
            {"type": "text", "media_type": "text/plain", "data": "words"},
        ),
        (Document(Source(data="JVBERi0x")), {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x"}),
        (Document(Source(url="https://a.example")), {"type": "url", "url": "https://a.example"}),
    ],
)
def test_documents_are_pdf_or_text(document: Document, source: object) -> None:
    assert block(document) == {"type": "document", "source": source}


def test_a_document_keeps_what_is_said_about_it() -> None:
    assert block(Document(text="w", name="N", context="C", has_citations=True)) == {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": "w"},
        "title": "N",
        "context": "C",
        "citations": {"enabled": True},
    }


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (Audio(Source(data="AA==")), [("messages[0].parts[0]", False)]),
        (Video(Source(data="AA==")), [("messages[0].parts[0]", False)]),
        (Image(Source(data="AAAA")), [("messages[0].parts[0]", False)]),
        (Image(Source(url="https://a.example"), "low"), [("messages[0].parts[0].detail", True)]),
        (Document(Source(data="AAAA", media_type="application/zip")), [("messages[0].parts[0]", False)]),
        (Document(Source(data="/w==", media_type="text/plain")), [("messages[0].parts[0]", False)]),
        (Foreign(CHAT, "odd", Raw(b"{}")), [("messages[0].parts[0]", False)]),
        (Thought("unsigned"), [("messages[0].parts[0]", True)]),
        (Thought("other's", Seal(CHAT, "s")), [("messages[0].parts[0]", True)]),
        (ToolCall("a", "f", "{}", seal=Seal(Form.GEMINI_GENERATE, "s")), [("messages[0].parts[0].seal", True)]),
        (ToolResult("a", (Audio(Source(data="A")),)), [("messages[0].parts[0].content[0]", False)]),
        (Text("x", citations=(Citation(CHAT, Raw(b"{}")),)), [("messages[0].parts[0].citations", True)]),
    ],
)
def test_what_has_no_place_is_told(part: Part, what: list[tuple[str, bool]]) -> None:
    assert lost(part) == what


def test_the_name_of_a_speaker_is_a_hint() -> None:
    told = written(Message(Role.USER, (Text("x"),), name="Ann")).lost
    assert told == [Inexpressible("messages[0].name", "Anthropic knows no names of speakers", is_hint=True)]


def test_own_thoughts_and_own_blocks_go_back_unchanged() -> None:
    assert block(Thought("hm", Seal(OWN, "s")), OWN) == {"type": "thinking", "thinking": "hm", "signature": "s"}
    assert block(Thought("", Seal(OWN, "e"), is_redacted=True)) == {"type": "redacted_thinking", "data": "e"}
    assert block(Foreign(OWN, "server_tool_use", Raw(b'{"type":"server_tool_use"}'))) == {"type": "server_tool_use"}


def test_ids_have_the_letters_anthropic_allows_and_stay_different() -> None:
    assert wire_id("call_1-A") == "call_1-A"
    assert len({wire_id("a.b"), wire_id("a:b"), wire_id("a_b")}) == 3
    answered = turns(
        Message(Role.ASSISTANT, (ToolCall("a.b", "f", "{}"),)), Message(Role.USER, (ToolResult("a.b", (Text("1"),)),))
    )
    assert "'id': 'a_2e_b'" in str(answered[0])
    assert "'tool_use_id': 'a_2e_b'" in str(answered[1])
