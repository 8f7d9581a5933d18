import msgspec
import pytest

from narrowgate.dialects.ollama_chat.turns import Conversation, pictures
from narrowgate.model.conversation import Form, Image, Message, Role, Seal, Source, Text, Thought, ToolCall, ToolResult
from narrowgate.model.fault import Failed
from narrowgate.schemas import ollama_chat as schema

MESSAGES = msgspec.json.Decoder(list[schema.Message])


def heard(text: str) -> list[Message]:
    conversation = Conversation()
    for number, message in enumerate(MESSAGES.decode(text)):
        conversation.hear(message, f"messages[{number}]")
    return conversation.messages


def test_turns_are_text_with_pictures() -> None:
    assert heard('[{"role":"system","content":"a"},{"role":"user","content":"b","images":["iVBORw"]}]') == [
        Message(Role.SYSTEM, (Text("a"),)),
        Message(Role.USER, (Text("b"), Image(Source(data="iVBORw", media_type="image/png")))),
    ]


def test_pictures_tell_what_they_are_by_how_they_begin() -> None:
    given = ["/9j/4A", "UklGRA", "xyz", "data:image/gif;base64,R0lG"]
    kinds = [(image.source.media_type, image.source.data) for image in pictures(given)]
    assert kinds == [("image/jpeg", "/9j/4A"), ("image/webp", "UklGRA"), (None, "xyz"), ("image/gif", "R0lG")]


def test_results_without_ids_find_their_calls_by_name_and_order() -> None:
    calls = '{"function":{"name":"f","arguments":{"a":1}}},{"function":{"name":"g"}},{"function":{"name":"f"}}'
    results = ('{"tool_name":"g","content":"1"', '{"tool_name":"f","content":"2"', '{"content":"3"')
    told = ",".join(f'{result},"role":"tool"}}' for result in results)
    messages = heard(f'[{{"role":"assistant","tool_calls":[{calls}]}},{told}]')
    assert messages[0].parts == (
        ToolCall("call_0", "f", '{"a":1}'),
        ToolCall("call_1", "g", ""),
        ToolCall("call_2", "f", ""),
    )
    assert [message.parts[0] for message in messages[1:]] == [
        ToolResult("call_1", (Text("1"),), "g"),
        ToolResult("call_0", (Text("2"),), "f"),
        ToolResult("call_2", (Text("3"),), "f"),
    ]


def test_results_with_ids_name_their_calls() -> None:
    calls = '{"id":"x","function":{"name":"f","arguments":"{}"}},{"id":"y","function":{"name":"f"}}'
    result = '{"role":"tool","tool_call_id":"y","content":"1"}'
    messages = heard(f'[{{"role":"assistant","content":"","tool_calls":[{calls}]}},{result}]')
    assert messages[0].parts == (ToolCall("x", "f", "{}"), ToolCall("y", "f", ""))
    assert messages[1].parts == (ToolResult("y", (Text("1"),), "f"),)


def test_a_result_of_no_call_has_an_id_all_the_same() -> None:
    assert heard('[{"role":"tool","content":"1"}]')[0].parts == (ToolResult("call_0", (Text("1"),)),)


def test_reasoning_comes_back_with_its_seal() -> None:
    text = '[{"role":"assistant","thinking":"Hm.","signature":"ng1.anthropic_messages..s","content":"a"}]'
    assert heard(text)[0].parts == (Thought("Hm.", Seal(Form.ANTHROPIC_MESSAGES, "s")), Text("a"))
    assert heard('[{"role":"assistant","thinking":"Hm."}]')[0].parts == (Thought("Hm."),)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('[{"role":"bot"}]', "messages[0].role"),
        ('[{"content":"x"}]', "messages[0].role"),
        ('[{"role":"assistant","tool_calls":[{}]}]', "messages[0].tool_calls[0].function.name"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(text: str, path: str) -> None:
    with pytest.raises(Failed) as failed:
        heard(text)
    assert failed.value.fault.param == path
