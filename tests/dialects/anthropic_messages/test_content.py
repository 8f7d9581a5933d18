import pytest
from msgspec import Raw

from narrowgate.dialects.anthropic_messages.content import parts_of
from narrowgate.model.conversation import CacheMark, Document, Foreign, Form, Image, Source, Text, ToolResult
from narrowgate.wire.errors import WireError


def one(block: bytes) -> object:
    (part,) = parts_of((Raw(block),), "messages[0].content")
    return part


def test_plain_text_is_one_part() -> None:
    assert parts_of("hello", "system") == (Text("hello"),)


def test_images_come_as_data_by_url_and_as_files() -> None:
    assert one(b'{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}') == Image(
        Source(data="AA==", media_type="image/png")
    )
    assert one(b'{"type":"image","source":{"type":"url","url":"https://a.example/b.png"}}') == Image(
        Source(url="https://a.example/b.png")
    )
    assert one(
        b'{"type":"image","source":{"type":"file","file_id":"f"},"cache_control":{"type":"ephemeral"}}'
    ) == Image(Source(file_id="f"), cache=CacheMark())


def test_documents_keep_title_context_and_whether_they_are_cited() -> None:
    block = (
        b'{"type":"document","title":"T","context":"C","citations":{"enabled":true},'
        b'"source":{"type":"text","media_type":"text/plain","data":"words"}}'
    )
    assert one(block) == Document(None, "words", "T", "C", has_citations=True)


def test_a_document_made_of_blocks_stays_one() -> None:
    assert isinstance(one(b'{"type":"document","source":{"type":"content","content":"x"}}'), Foreign)


def test_a_search_result_stays_what_it_is() -> None:
    block = b'{"type":"search_result","source":"s","title":"t","content":[]}'
    assert one(block) == Foreign(Form.ANTHROPIC_MESSAGES, "search_result", Raw(block))


def test_a_tool_result_holds_text_images_and_its_error() -> None:
    block = (
        b'{"type":"tool_result","tool_use_id":"t","is_error":true,"content":[{"type":"text","text":"no"},'
        b'{"type":"image","source":{"type":"url","url":"https://a.example"}}]}'
    )
    assert one(block) == ToolResult("t", (Text("no"), Image(Source(url="https://a.example"))), is_error=True)
    assert one(b'{"type":"tool_result","tool_use_id":"t","content":"yes"}') == ToolResult("t", (Text("yes"),))
    assert one(b'{"type":"tool_result","tool_use_id":"t"}') == ToolResult("t", ())


@pytest.mark.parametrize(
    ("block", "path"),
    [
        (b'{"text":"a"}', ".type"),
        (b'{"type":"text"}', ".text"),
        (b'{"type":"text","text":3}', ".text"),
        (b'{"type":"image","source":{"type":"base64"}}', ".source.data"),
        (b'{"type":"image","source":{"type":"odd"}}', ".source.type"),
        (b'{"type":"image"}', ""),
        (b'{"type":"document","source":{"type":"text"}}', ".source.data"),
        (b'{"type":"tool_result"}', ".tool_use_id"),
        (b'{"type":"tool_result","tool_use_id":"t","content":[{"type":"text"}]}', ".content[0].text"),
        (b'{"type":"text","text":"a","cache_control":{"type":"odd"}}', ".cache_control.type"),
    ],
)
def test_what_is_wrong_is_told_with_its_path(block: bytes, path: str) -> None:
    with pytest.raises(WireError) as caught:
        one(block)
    assert caught.value.path == f"messages[0].content[0]{path}"
    assert str(caught.value).startswith(f"messages[0].content[0]{path}: ")
