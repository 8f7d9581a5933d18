import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.cohere_chat.embed import from_cohere, from_openai, to_cohere, to_openai
from narrowgate.model.fault import Failed
from narrowgate.wire.errors import WireError

ASKED = b'{"model":"m","texts":["a","b"],"input_type":"search_query","embedding_types":["float"],"output_dimension":2}'
OPENAI = b'{"object":"list","data":[{"embedding":[0.5,1]},{"embedding":"AAAAPwAAgD8="}],"usage":{"prompt_tokens":4}}'
COHERE = b'{"id":"x","embeddings":{"float":[[0.5,1.0]]},"meta":{"billed_units":{"input_tokens":3}}}'


def test_a_request_of_cohere_is_asked_as_openai_does() -> None:
    rewritten = to_openai(ASKED)
    assert rewritten.body == b'{"model":"m","input":["a","b"],"encoding_format":"float","dimensions":2}'
    assert [(lost.what, lost.is_hint) for lost in rewritten.inexpressible] == [("input_type", True)]


def test_what_openai_has_no_place_for_is_told() -> None:
    body = b'{"model":"m","inputs":[{"content":[{"type":"text","text":"a"},{"type":"image_url"}]}],"images":["i"],'
    rewritten = to_openai(body + b'"embedding_types":["int8"],"truncate":"NONE","max_tokens":3}')
    assert b'"input":["a"]' in rewritten.body
    assert [lost.what for lost in rewritten.inexpressible] == [
        "inputs[0]",
        "images",
        "embedding_types",
        "truncate",
        "max_tokens",
    ]


def test_nothing_to_embed_is_a_bad_request() -> None:
    with pytest.raises(Failed, match=r"^texts: "):
        to_openai(b'{"model":"m"}')


def test_an_answer_of_openai_is_told_as_cohere_does() -> None:
    assert msgspec.json.decode(from_openai(OPENAI, ASKED, "x")) == {
        "id": "x",
        "embeddings": {"float": [[0.5, 1.0], [0.5, 1.0]]},
        "texts": ["a", "b"],
        "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": 4}},
        "response_type": "embeddings_by_type",
    }
    as_base64 = from_openai(OPENAI, b'{"model":"m","texts":["a"],"embedding_types":["base64"]}', "x")
    assert b'"embeddings":{"base64":["AAAAPwAAgD8=","AAAAPwAAgD8="]}' in as_base64


def test_a_request_of_openai_is_asked_as_cohere_does() -> None:
    rewritten = to_cohere(b'{"model":"x","input":"a","dimensions":8,"user":"u"}', "embed-v4.0")
    assert msgspec.json.decode(rewritten.body) == {
        "model": "embed-v4.0",
        "texts": ["a"],
        "input_type": "search_document",
        "embedding_types": ["float"],
        "output_dimension": 8,
    }
    assert [(lost.what, lost.is_hint) for lost in rewritten.inexpressible] == [("user", True)]
    assert (
        b'"input_type":"search_query"'
        in to_cohere(b'{"model":"x","input":["a"],"input_type":"search_query"}', "m").body
    )


def test_tokens_cannot_be_embedded() -> None:
    with pytest.raises(Failed, match=r"^input\[0\]: "):
        to_cohere(b'{"model":"x","input":[[1,2]]}', "m")


def test_an_answer_of_cohere_is_told_as_openai_does() -> None:
    assert msgspec.json.decode(from_cohere(COHERE, b'{"model":"x","input":"a"}', "m")) == {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 1.0]}],
        "model": "m",
        "usage": {"prompt_tokens": 3, "total_tokens": 3},
    }
    asked = b'{"model":"x","input":"a","encoding_format":"base64"}'
    assert b'"embedding":"AAAAPwAAgD8="' in from_cohere(COHERE, asked, "m")


@pytest.mark.parametrize("vector", [b'"AAA"', b'"AAAA"', b'"%"', b"[1e300]", b"[null]", b"{}"])
def test_a_vector_that_is_none_is_a_wire_error(vector: bytes) -> None:
    with pytest.raises(WireError):
        from_openai(b'{"data":[{"embedding":%b}]}' % vector, ASKED.replace(b"float", b"base64"), "x")


@given(st.binary(max_size=40))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        from_openai(junk, ASKED, "x")
    with pytest.raises(WireError):
        from_cohere(junk, b'{"model":"x","input":"a"}', "m")


def test_an_answer_without_numbers_is_a_wire_error() -> None:
    with pytest.raises(WireError, match=r"^embeddings\.float: "):
        from_cohere(b'{"embeddings":{"int8":[[1]]}}', b'{"model":"x","input":"a"}', "m")
