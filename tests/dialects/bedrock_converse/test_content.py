import msgspec
import pytest
from msgspec import Raw

from narrowgate.dialects.bedrock_converse.content import messages_of, within
from narrowgate.model.conversation import CacheMark, Foreign, Message, Role, Text, Thought, ToolCall
from narrowgate.schemas.bedrock_blocks import OWN
from narrowgate.schemas.bedrock_converse import ConverseRequest
from narrowgate.wire.errors import WireError


def _messages(text: str) -> tuple[Message, ...]:
    return messages_of(msgspec.json.decode(text, type=ConverseRequest))


def test_system_text_comes_first() -> None:
    text = '{"messages":[{"role":"user","content":[{"text":"hi"}]}],"system":[{"text":"s"}]}'
    assert _messages(text) == (Message(Role.SYSTEM, (Text("s"),)), Message(Role.USER, (Text("hi"),)))


def test_a_cache_point_marks_the_block_before_it() -> None:
    text = (
        '{"system":[{"text":"s"},{"cachePoint":{"type":"default"}}],"messages":[{"role":"assistant","content":'
        '[{"toolUse":{"toolUseId":"t","name":"f","input":{}}},{"cachePoint":{"type":"default","ttl":"5m"}}]}]}'
    )
    assert _messages(text) == (
        Message(Role.SYSTEM, (Text("s", CacheMark()),)),
        Message(Role.ASSISTANT, (ToolCall("t", "f", "{}", cache=CacheMark("5m")),)),
    )


def test_a_cache_point_behind_nothing_it_could_mark_stays() -> None:
    point = '{"cachePoint":{"type":"default"}}'
    thought = '{"reasoningContent":{"reasoningText":{"text":"hm"}}}'
    text = f'{{"messages":[{{"role":"user","content":[{point},{thought},{point},{{"text":"x"}},{point},{point}]}}]}}'
    kept = Foreign(OWN, "cachePoint", Raw(point.encode()))
    assert _messages(text)[0].parts == (kept, Thought("hm"), kept, Text("x", CacheMark()), kept)


def test_nothing_is_said_where_nothing_is() -> None:
    assert _messages("{}") == ()
    assert _messages('{"messages":[{"role":"user","content":null}]}') == (Message(Role.USER, ()),)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"messages":[{"role":"bot","content":[]}]}', "messages[0].role"),
        ('{"messages":[{"role":"user","content":[{"text":1}]}]}', "messages[0].content[0].text"),
        ('{"messages":[{"role":"user","content":["x"]}]}', "messages[0].content[0]"),
        ('{"system":[{"text":"a"},{"toolUse":{"toolUseId":"t"}}]}', "system[1].toolUse.name"),
    ],
)
def test_a_mistake_has_its_whole_path(text: str, path: str) -> None:
    with pytest.raises(WireError) as caught:
        _messages(text)
    assert caught.value.path == path
    assert str(caught.value).startswith(f"{path}: ")


def test_what_stands_within_something_has_the_path_of_both() -> None:
    decoder = msgspec.json.Decoder(dict[str, int])
    assert within(decoder, Raw(b'{"a":1}'), "x") == {"a": 1}
    with pytest.raises(WireError) as caught:
        within(decoder, Raw(b"[]"), "x[1]")
    assert caught.value.path == "x[1]"
