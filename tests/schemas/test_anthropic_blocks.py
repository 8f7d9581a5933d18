import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.model.conversation import CacheMark, Citation, Foreign, Form, Refusal, Seal, Text, Thought, ToolCall
from narrowgate.schemas.anthropic_blocks import (
    OWN,
    block_of,
    citation_object,
    citation_of,
    control_of,
    input_of,
    kind_of,
    mark_of,
    owned,
    part_of,
    said,
    wrapped,
)
from narrowgate.wire.errors import WireError

PARTS = (
    Text("hello", CacheMark("1h")),
    Text("cited", citations=(Citation(OWN, Raw(b'{"type":"char_location","cited_text":"c"}'), quote="c"),)),
    Thought("because", Seal(OWN, "c2ln")),
    Thought("because", Seal(Form.OPENAI_RESPONSES, "gAAA", "rs_1")),
    Thought("", Seal(OWN, "ZW5j"), is_redacted=True),
    Thought("unsigned"),
    ToolCall("toolu_1", "look", '{"a": 1}', cache=CacheMark()),
    ToolCall("call_1", "look", "{}", seal=Seal(Form.GEMINI_GENERATE, "c2ln+/=")),
)


def back(part: Text | Thought | ToolCall | Refusal) -> Text | Thought | ToolCall | Foreign:
    raw = Raw(msgspec.json.encode(block_of(part)))
    return part_of(kind_of(raw), raw)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_read_back_from_its_block(part: Text | Thought | ToolCall) -> None:
    assert back(part) == part


def test_a_refusal_is_shown_as_text() -> None:
    assert back(Refusal("no")) == Text("no")


def test_a_block_that_others_do_not_know_is_kept_as_it_came() -> None:
    raw = Raw(b'{"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": 1}}')
    assert part_of(kind_of(raw), raw) == Foreign(OWN, "server_tool_use", raw)


def test_who_makes_a_call_comes_back_with_it_unless_it_is_the_model_itself() -> None:
    raw = Raw(b'{"type":"tool_use","id":"t","name":"n","input":{},"caller":{"type":"code_execution_20250825"}}')
    call = part_of("tool_use", raw)
    assert call == ToolCall("t", "n", "{}", seal=Seal(OWN, '{"type":"code_execution_20250825"}'))
    assert isinstance(call, ToolCall)
    assert back(call) == call
    direct = Raw(b'{"type":"tool_use","id":"t","name":"n","input":{},"caller":{"type":"direct"}}')
    assert part_of("tool_use", direct) == ToolCall("t", "n", "{}")


def test_a_call_without_an_id_is_given_one() -> None:
    raw = Raw(b'{"type":"tool_use","name":"n","input":{}}')
    assert part_of("tool_use", raw, "call_3") == ToolCall("call_3", "n", "{}")
    with pytest.raises(WireError, match="id: missing"):
        part_of("tool_use", raw)


@pytest.mark.parametrize("arguments", ["[1]", "{", "nothing", "3", "ü"])
def test_arguments_that_are_no_object_are_carried_in_one(arguments: str) -> None:
    assert msgspec.json.decode(input_of(ToolCall("a", "b", arguments))) == {"input": arguments}
    assert wrapped(arguments) == input_of(ToolCall("a", "b", arguments, is_custom=True))


def test_arguments_keep_every_byte_and_none_are_an_empty_object() -> None:
    assert bytes(input_of(ToolCall("a", "b", '{ "x" : 1.0 }'))) == b'{ "x" : 1.0 }'
    assert bytes(input_of(ToolCall("a", "b", ""))) == b"{}"
    assert bytes(input_of(ToolCall("a", "b", "null"))) == b"{}"


def test_a_citation_of_another_form_becomes_the_nearest_kind() -> None:
    web = citation_object(Citation(Form.OPENAI_RESPONSES, Raw(b"{}"), "https://a.example", "A", "words"))
    assert msgspec.json.decode(web) == {
        "type": "web_search_result_location",
        "url": "https://a.example",
        "title": "A",
        "encrypted_index": "",
        "cited_text": "words",
    }
    place = citation_of(citation_object(Citation(Form.COHERE_CHAT, Raw(b"{}"), None, "D", "w", 3, 9)))
    assert (place.title, place.quote, place.start, place.end) == ("D", "w", 3, 9)


def test_cache_marks_have_a_mirror() -> None:
    for mark in (None, CacheMark(), CacheMark("5m")):
        assert mark_of(control_of(mark)) == mark


def test_null_and_nothing_are_both_not_said() -> None:
    assert said(msgspec.UNSET) is None
    assert said(Raw(b"null")) is None
    assert said(Raw(b"0")) == owned(Raw(b"0"))


@given(st.binary(max_size=60) | st.builds(msgspec.json.encode, st.dictionaries(st.text(), st.text())))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    for kind in ("text", "thinking", "redacted_thinking", "tool_use"):
        try:
            part_of(kind, Raw(junk), "call_0")
            kind_of(Raw(junk))
        except WireError:
            pass
