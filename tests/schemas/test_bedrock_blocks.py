import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.model.conversation import (
    CacheMark,
    Citation,
    Foreign,
    Form,
    Image,
    Part,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from narrowgate.schemas.bedrock_blocks import (
    OWN,
    block_of,
    citation_object,
    input_of,
    kind_of,
    mark_of,
    part_of,
    point_of,
    redacted_of,
    redacted_text,
)
from narrowgate.schemas.bedrock_converse import CachePoint
from narrowgate.wire.errors import WireError


def _part(text: str, spare_id: str = "") -> Part | CachePoint:
    return part_of(Raw(text.encode()), spare_id)


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ('{"text":"hi"}', Text("hi")),
        ('{"text":"hi","type":"text"}', Text("hi")),
        ('{"json":{"a": 1}}', Text('{"a": 1}')),
        ('{"reasoningContent":{"reasoningText":{"text":"hm","signature":"s"}}}', Thought("hm", Seal(OWN, "s"))),
        ('{"reasoningContent":{"reasoningText":{"text":"hm"}}}', Thought("hm")),
        ('{"reasoningContent":{"redactedContent":"cmVk"}}', Thought("", Seal(OWN, "cmVk"), is_redacted=True)),
        ('{"toolUse":{"toolUseId":"t","name":"f","input":{"b":1,"a":2}}}', ToolCall("t", "f", '{"b":1,"a":2}')),
        ('{"toolUse":{"toolUseId":"t","name":"f","input":null,"type":"tool_use"}}', ToolCall("t", "f", "{}")),
        (
            '{"toolResult":{"toolUseId":"t","status":"error","content":[{"text":"no"},{"json":[1]}]}}',
            ToolResult("t", (Text("no"), Text("[1]")), is_error=True),
        ),
        (
            '{"image":{"format":"jpeg","source":{"bytes":"AA=="}}}',
            Image(Source(data="AA==", media_type="image/jpeg")),
        ),
        ('{"cachePoint":{"type":"default","ttl":"1h"}}', CachePoint(ttl="1h")),
    ],
)
def test_a_block_is_its_part(block: str, part: Part | CachePoint) -> None:
    assert _part(block) == part


@pytest.mark.parametrize(
    ("block", "kind"),
    [
        ('{"guardContent":{"text":{"text":"x"}}}', "guardContent"),
        ('{"toolUse":{"toolUseId":"t","name":"web","type":"server_tool_use","input":{}}}', "toolUse"),
        ('{"toolResult":{"toolUseId":"t","type":"web_result","content":[]}}', "toolResult"),
        ('{"image":{"format":"png","source":{"s3Location":{"uri":"s3://b/k","bucketOwner":"1"}}}}', "image"),
        ('{"text":null,"news":{}}', "news"),
        ("{}", ""),
    ],
)
def test_what_only_this_form_knows_stays_as_it_came(block: str, kind: str) -> None:
    part = _part(block)
    assert isinstance(part, Foreign)
    assert (part.kind, bytes(part.raw)) == (kind, block.encode())


@pytest.mark.parametrize(
    ("block", "path"),
    [
        ("[]", None),
        ('{"text":1}', "text"),
        ('{"toolUse":{"name":"f"}}', "toolUse.toolUseId"),
        ('{"toolUse":{"toolUseId":"t"}}', "toolUse.name"),
        ('{"toolResult":{"toolUseId":"t","content":[{"text":1}]}}', "toolResult.content[0].text"),
    ],
)
def test_a_wrong_block_is_a_wire_error_with_its_path(block: str, path: str | None) -> None:
    with pytest.raises(WireError) as caught:
        _part(block)
    assert caught.value.path == path


def test_a_call_without_an_id_gets_the_spare_one() -> None:
    assert _part('{"toolUse":{"name":"f"}}', "call_3") == ToolCall("call_3", "f", "{}")


def test_a_result_in_a_result_stays_as_it_came() -> None:
    inner = '{"toolResult":{"toolUseId":"u","content":[]}}'
    part = _part('{"toolResult":{"toolUseId":"t","content":[' + inner + "]}}")
    assert isinstance(part, ToolResult)
    assert isinstance(part.content[0], Foreign)


_SEALS = st.builds(
    Seal, st.sampled_from(Form), st.text(st.characters(codec="utf-8", exclude_characters="."), min_size=1, max_size=9)
)


@given(_SEALS)
def test_a_seal_comes_back_from_a_thought(seal: Seal) -> None:
    block = block_of(Thought("hm", seal))
    assert part_of(Raw(msgspec.json.encode(block))) == Thought("hm", seal)


@given(_SEALS)
def test_a_foreign_seal_comes_back_from_redacted_reasoning_and_is_base64(seal: Seal) -> None:
    if seal.form is not OWN:
        assert redacted_of(redacted_text(seal)) == seal


def test_an_own_seal_of_redacted_reasoning_is_sent_as_it_is() -> None:
    assert redacted_text(redacted_of("cmVk")) == "cmVk"
    assert redacted_of("no base64!") == Seal(OWN, "no base64!")


def test_a_call_with_a_foreign_seal_carries_it_in_its_id() -> None:
    call = ToolCall("c", "f", '{"a":1}', seal=Seal(Form.GEMINI_GENERATE, "x"))
    assert part_of(Raw(msgspec.json.encode(block_of(call)))) == call


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (ToolCall("c", "f", ""), b"{}"),
        (ToolCall("c", "f", '{"a": 1.0}'), b'{"a": 1.0}'),
        (ToolCall("c", "f", '{"a": '), b'{"input":"{\\"a\\": "}'),
        (ToolCall("c", "f", "[1]"), b'{"input":"[1]"}'),
        (ToolCall("c", "f", "free", is_custom=True), b'{"input":"free"}'),
    ],
)
def test_arguments_are_an_object(call: ToolCall, shown: bytes) -> None:
    assert bytes(input_of(call)) == shown


def test_citations_are_read_for_others_and_kept_for_its_own() -> None:
    raw = b'{"title":"T","sourceContent":[{"text":"q"}],"location":{"web":{"url":"http://a"}}}'
    part = _part('{"citationsContent":{"content":[{"text":"w"}],"citations":[' + raw.decode() + "]}}")
    assert isinstance(part, Text)
    assert part.text == "w"
    cited = part.citations[0]
    assert (cited.url, cited.title, cited.quote) == ("http://a", "T", "q")
    assert bytes(citation_object(cited)) == raw
    assert part_of(Raw(msgspec.json.encode(block_of(part)))) == part


def test_a_place_in_a_document_is_told_in_characters() -> None:
    raw = '{"location":{"documentChar":{"documentIndex":0,"start":3,"end":9}}}'
    part = _part('{"citationsContent":{"content":[],"citations":[' + raw + "]}}")
    assert isinstance(part, Text)
    assert (part.citations[0].start, part.citations[0].end) == (3, 9)


def test_a_foreign_citation_is_shown_by_what_is_known_of_it() -> None:
    web = citation_object(Citation(Form.OPENAI_CHAT, Raw(b"{}"), url="http://a", title="T"))
    assert bytes(web) == b'{"title":"T","source":"http://a","location":{"web":{"url":"http://a"}}}'
    place = citation_object(Citation(Form.ANTHROPIC_MESSAGES, Raw(b"{}"), quote="q", start=1, end=2))
    assert bytes(place) == (
        b'{"sourceContent":[{"text":"q"}],"location":{"documentChar":{"documentIndex":0,"start":1,"end":2}}}'
    )


@pytest.mark.parametrize("mark", [CacheMark(), CacheMark("1h")])
def test_a_cache_mark_is_a_cache_point(mark: CacheMark) -> None:
    assert mark_of(point_of(mark)) == mark


def test_the_kind_of_an_object_is_its_first_member() -> None:
    assert kind_of(Raw(b'{"a":null,"b":1,"c":2}')) == "b"


@given(st.binary(max_size=60))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        part_of(Raw(b"\x01" + junk))
