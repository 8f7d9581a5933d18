import msgspec

from narrowgate.model.conversation import (
    Audio,
    CacheMark,
    Citation,
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
from narrowgate.providers.cohere_chat.turns import Turns, document

COHERE = Form.COHERE_CHAT


def written(role: Role, *parts: Part) -> tuple[object, list[tuple[str, bool]], Turns]:
    turns = Turns()
    turns.write(Message(role, parts), "messages[0]")
    messages = msgspec.json.decode(msgspec.json.encode(turns.messages))
    return messages, [(lost.what, lost.is_hint) for lost in turns.lost], turns


def test_pictures_go_by_url_and_as_data_urls() -> None:
    url, data = Image(Source(url="https://e/x.png"), "low"), Image(Source(data="aGk=", media_type="image/jpeg"))
    messages, lost, _ = written(Role.USER, Text("what?"), url, data)
    assert messages == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "what?"},
                {"type": "image_url", "image_url": {"url": "https://e/x.png", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,aGk="}},
            ],
        }
    ]
    assert lost == []


def test_documents_of_text_stand_beside_the_messages() -> None:
    messages, lost, turns = written(Role.USER, Document(text="facts", name="d1"), Text("why?"))
    assert messages == [{"role": "user", "content": "why?"}]
    assert msgspec.json.encode(turns.documents) == b'[{"data":{"text":"facts"},"id":"d1"}]'
    assert lost == []


def test_a_document_that_is_an_object_is_given_as_one() -> None:
    assert bytes(document(Document(text='{"title":"T","n":1}')).data) == b'{"title":"T","n":1}'
    assert bytes(document(Document(text="{no", context="c")).data) == b'{"text":"{no","context":"c"}'


def test_results_come_before_what_the_user_says_behind_them() -> None:
    result = ToolResult("c1", (Text("18°"),))
    failed = ToolResult("c2", (Text("gone"),), is_error=True)
    messages, _, _ = written(Role.USER, result, failed, Text("so?"))
    assert messages == [
        {"role": "tool", "tool_call_id": "c1", "content": "18°"},
        {"role": "tool", "tool_call_id": "c2", "content": '{"error":"gone"}'},
        {"role": "user", "content": "so?"},
    ]


def test_a_result_of_documents_keeps_them() -> None:
    messages, _, _ = written(Role.USER, ToolResult("c1", (Document(text='{"output":"18"}'), Text("x"))))
    assert messages == [
        {
            "role": "tool",
            "tool_call_id": "c1",
            "content": [{"type": "document", "document": {"data": {"output": "18"}}}, {"type": "text", "text": "x"}],
        }
    ]


def test_an_assistant_has_plan_reasoning_text_calls_and_citations() -> None:
    cited = Text("It is.", citations=(Citation(COHERE, msgspec.Raw(b'{"start":0}')),))
    plan = Thought("Look.", Seal(COHERE, "tool_plan"))
    messages, lost, _ = written(Role.ASSISTANT, plan, Thought("Hm."), cited, ToolCall("c", "f", '{"a":1}'))
    assert messages == [
        {
            "role": "assistant",
            "tool_plan": "Look.",
            "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "It is."}],
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}],
            "citations": [{"start": 0}],
        }
    ]
    assert lost == []


def test_free_text_of_a_custom_call_is_put_in_an_object() -> None:
    messages, _, _ = written(Role.ASSISTANT, ToolCall("c", "f", "ls", is_custom=True), Foreign(COHERE, "x", _RAW))
    assert '"arguments":"{\\"input\\":\\"ls\\"}"' in msgspec.json.encode(messages).decode()
    assert '{"type":"x"}' in msgspec.json.encode(messages).decode()


def test_what_has_no_place_is_told_and_hints_are_marked() -> None:
    seal = Seal(Form.ANTHROPIC_MESSAGES, "sig")
    foreign = Citation(Form.GEMINI_GENERATE, msgspec.Raw(b"{}"))
    _, lost, _ = written(
        Role.ASSISTANT,
        Thought("Hm.", seal),
        Thought("", None, is_redacted=True),
        Text("a", CacheMark(), (foreign,)),
        Image(Source(url="u")),
        Foreign(Form.OPENAI_RESPONSES, "x", _RAW),
        Refusal("no"),
    )
    assert lost == [
        ("messages[0].parts[0]", True),
        ("messages[0].parts[1]", True),
        ("messages[0].parts[2].cache", True),
        ("messages[0].parts[2].citations", True),
        ("messages[0].parts[3]", False),
        ("messages[0].parts[4]", False),
    ]
    _, lost, _ = written(
        Role.USER,
        Audio(Source(data="x")),
        Document(Source(data="x", media_type="application/pdf")),
        Image(Source(file_id="f")),
        Thought("x"),
        ToolResult("c", (Image(Source(url="u")),)),
    )
    assert lost == [
        *((f"messages[0].parts[{number}]", False) for number in range(4)),
        ("messages[0].parts[4].content[0]", False),
    ]


def test_empty_turns_and_names_are_no_harm() -> None:
    turns = Turns()
    turns.write(Message(Role.USER, (), name="ann"), "messages[0]")
    turns.write(Message(Role.ASSISTANT, ()), "messages[1]")
    assert turns.messages == [{"role": "user", "content": ""}, {"role": "assistant", "content": ""}]
    assert [(lost.what, lost.is_hint) for lost in turns.lost] == [("messages[0].name", True)]


_RAW = msgspec.Raw(b'{"type":"x"}')
