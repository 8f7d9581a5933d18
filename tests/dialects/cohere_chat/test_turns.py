import msgspec
import pytest

from narrowgate.dialects.cohere_chat.turns import document_of, message_of
from narrowgate.model.conversation import (
    Citation,
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
)
from narrowgate.model.fault import Failed
from narrowgate.schemas import cohere_chat as schema

COHERE = Form.COHERE_CHAT
MESSAGE = msgspec.json.Decoder(schema.Message)


def heard(text: str) -> Message:
    return message_of(MESSAGE.decode(text), "messages[0]")


def test_text_comes_as_a_string_or_in_parts() -> None:
    assert heard('{"role":"system","content":"a"}') == Message(Role.SYSTEM, (Text("a"),))
    assert heard('{"role":"user","content":[{"type":"text","text":"a"}]}') == Message(Role.USER, (Text("a"),))
    assert heard('{"role":"assistant","content":null}') == Message(Role.ASSISTANT, ())


def test_pictures_come_by_url_or_whole() -> None:
    urls = '{"type":"image_url","image_url":{"url":"https://e/x","detail":"low"}},{"type":"image_url","image_url":"u"}'
    data = '{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}'
    assert heard(f'{{"role":"user","content":[{urls},{data}]}}').parts == (
        Image(Source(url="https://e/x"), "low"),
        Image(Source(url="u")),
        Image(Source(data="aGk=", media_type="image/png")),
    )


def test_an_assistants_turn_has_its_plan_first_and_its_calls_last() -> None:
    message = heard(
        '{"role":"assistant","tool_plan":"Look.","content":[{"type":"thinking","thinking":"Hm."},'
        '{"type":"text","text":"ab"}],"citations":[{"start":0,"end":1}],'
        '"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}'
    )
    citation = Citation(COHERE, msgspec.Raw(b'{"start":0,"end":1}'), start=0, end=1)
    assert message.parts == (
        Thought("Look.", Seal(COHERE, "tool_plan")),
        Thought("Hm."),
        Text("ab", citations=(citation,)),
        ToolCall("c", "f", "{}"),
    )


def test_seals_of_others_come_back() -> None:
    thinking = '{"type":"thinking","thinking":"","signature":"ng1.anthropic_messages..sig","redacted":true}'
    calls = '[{"id":"c__seal_gemini_generate_7369","function":{"name":"f"}}]'
    thought, call = heard(f'{{"role":"assistant","content":[{thinking}],"tool_calls":{calls}}}').parts
    assert thought == Thought("", Seal(Form.ANTHROPIC_MESSAGES, "sig"), is_redacted=True)
    assert call == ToolCall("c", "f", "", seal=Seal(Form.GEMINI_GENERATE, "si"))


def test_a_result_names_its_call_and_may_hold_documents() -> None:
    message = heard(
        '{"role":"tool","tool_call_id":"c","content":[{"type":"document","document":{"data":{"output":"x"},"id":"d"}}]}'
    )
    assert message.parts == (ToolResult("c", (Document(text='{"output":"x"}', name="d"),)),)


def test_documents_of_text_alone_are_their_text() -> None:
    def document(text: bytes) -> Document:
        return document_of(msgspec.json.decode(text, type=schema.Document), "documents[0]")

    assert document(b'{"data":"plain"}') == Document(text="plain")
    assert document(b'{"data":{"text":"t","context":"c"},"id":"i"}') == Document(text="t", name="i", context="c")
    assert document(b'{"data":{"text":"t","n": 1}}') == Document(text='{"text":"t","n": 1}')


def test_an_unknown_part_is_kept_as_it_came() -> None:
    part = heard('{"role":"user","content":[{"type":"video","x":1}]}').parts[0]
    assert part == Foreign(COHERE, "video", msgspec.Raw(b'{"type":"video","x":1}'))


def test_a_citation_of_another_shape_is_kept_too() -> None:
    message = heard('{"role":"assistant","content":"a","citations":[{"start":"x"}]}')
    assert message.parts == (Text("a", citations=(Citation(COHERE, msgspec.Raw(b'{"start":"x"}')),)),)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"role":"bot"}', "messages[0].role"),
        ('{"role":"tool","content":"x"}', "messages[0].tool_call_id"),
        ('{"role":"user","content":[{"text":"x"}]}', "messages[0].content[0].type"),
        ('{"role":"user","content":[{"type":"text"}]}', "messages[0].content[0].text"),
        ('{"role":"user","content":[{"type":"image_url"}]}', "messages[0].content[0].image_url"),
        ('{"role":"user","content":[{"type":"document"}]}', "messages[0].content[0].document"),
        ('{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]}', "messages[0].tool_calls[0].id"),
        ('{"role":"assistant","tool_calls":[{"id":"c"}]}', "messages[0].tool_calls[0].function.name"),
    ],
)
def test_what_is_missing_is_named_by_its_path(text: str, path: str) -> None:
    with pytest.raises(Failed) as failed:
        heard(text)
    assert failed.value.fault.param == path
