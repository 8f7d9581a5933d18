import msgspec

from narrowgate.model.conversation import (
    Audio,
    CacheMark,
    Citation,
    Document,
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
from narrowgate.providers.ollama_chat.turns import Turns


def written(*messages: Message) -> tuple[object, list[tuple[str, bool]]]:
    turns = Turns()
    for number, message in enumerate(messages):
        turns.write(message, f"messages[{number}]")
    told = msgspec.json.decode(msgspec.json.encode(turns.messages))
    return told, [(lost.what, lost.is_hint) for lost in turns.lost]


def user(*parts: Part) -> Message:
    return Message(Role.USER, parts)


def test_a_turn_is_one_text_and_its_pictures() -> None:
    document = Document(text="facts", name="a.txt", context="old")
    assert written(user(Text("a"), Image(Source(data="aGk=")), document)) == (
        [{"role": "user", "content": "a\na.txt\nold\nfacts", "images": ["aGk="]}],
        [],
    )


def test_a_result_names_its_tool_and_keeps_its_pictures() -> None:
    call = Message(Role.ASSISTANT, (Thought("Hm."), Text("Look."), ToolCall("c", "f", '{"a":1}')))
    picture = Image(Source(data="aGk="))
    results = user(ToolResult("c", (Text("x"), picture)), ToolResult("d", (Text("gone"),), is_error=True), Text("so?"))
    function = {"name": "f", "arguments": {"a": 1}, "index": 0}
    assert written(call, results) == (
        [
            {
                "role": "assistant",
                "content": "Look.",
                "thinking": "Hm.",
                "tool_calls": [{"function": function, "id": "c", "type": "function"}],
            },
            {"role": "tool", "content": "x", "images": ["aGk="], "tool_name": "f", "tool_call_id": "c"},
            {"role": "tool", "content": '{"error":"gone"}', "tool_call_id": "d"},
            {"role": "user", "content": "so?"},
        ],
        [],
    )


def test_arguments_that_are_no_object_are_held_in_one() -> None:
    calls = (ToolCall("a", "f", ""), ToolCall("b", "f", '{"a": '), ToolCall("c", "f", "{}", is_custom=True))
    told, _ = written(Message(Role.ASSISTANT, calls))
    text = msgspec.json.encode(told).decode()
    assert '"arguments":{}' in text
    assert '"arguments":{"input":"{\\"a\\": "}' in text
    assert '"arguments":{"input":"{}"}' in text


def test_what_has_no_place_is_told_and_hints_are_marked() -> None:
    citation = Citation(Form.COHERE_CHAT, msgspec.Raw(b"{}"))
    seal = Seal(Form.ANTHROPIC_MESSAGES, "s")
    assistant = (Thought("Hm.", seal), Text("a", CacheMark(), (citation,)), Refusal("no"), Image(Source(data="x")))
    _, lost = written(
        Message(Role.ASSISTANT, assistant),
        user(Image(Source(url="u")), Audio(Source(data="x")), Document(Source(data="x")), Thought("x")),
        Message(Role.SYSTEM, (), name="ann"),
    )
    assert lost == [
        ("messages[0].parts[0]", True),
        ("messages[0].parts[1].cache", True),
        ("messages[0].parts[1].citations", True),
        ("messages[0].parts[3]", False),
        *((f"messages[1].parts[{number}]", False) for number in range(4)),
        ("messages[2].name", True),
    ]
