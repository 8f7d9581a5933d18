import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.cohere_chat.rerank import from_cohere, from_gateway, to_cohere, to_gateway
from narrowgate.model.fault import Failed
from narrowgate.wire.errors import WireError

ASKED = b'{"model":"m","query":"q","documents":["a",{"text":"b","n":1}],"top_n":1,"return_documents":true}'
TOLD = b'{"id":"x","results":[{"index":1,"relevance_score":0.5}],"meta":{"billed_units":{"search_units":1}}}'


def test_a_request_of_cohere_is_the_gateways_without_documents_in_the_answer() -> None:
    body = to_gateway(b'{"model":"m","query":"q","documents":["a"],"top_n":1,"priority":0}').body
    assert msgspec.json.decode(body) == {
        "model": "m",
        "query": "q",
        "documents": ["a"],
        "top_n": 1,
        "priority": 0,
        "return_documents": False,
    }


def test_the_gateways_request_is_asked_as_cohere_does() -> None:
    rewritten = to_cohere(ASKED, "rerank-v3.5")
    assert rewritten.body == b'{"model":"rerank-v3.5","query":"q","documents":["a","b"],"top_n":1}'
    assert rewritten.inexpressible == ()


def test_fields_that_count_are_a_line_each() -> None:
    asked = b'{"model":"m","query":"q","documents":[{"t":"x","u":1}],"rank_fields":["u","t"],"max_chunks_per_doc":2,'
    rewritten = to_cohere(asked + b'"max_tokens_per_doc":5}', "m")
    assert msgspec.json.decode(rewritten.body)["documents"] == ['u: 1\nt: "x"']
    assert b'"max_tokens_per_doc":5' in rewritten.body
    assert [lost.what for lost in rewritten.inexpressible] == ["max_chunks_per_doc"]


def test_documents_come_with_the_answer_when_they_are_wanted() -> None:
    assert msgspec.json.decode(from_cohere(TOLD, ASKED)) == {
        "id": "x",
        "results": [{"index": 1, "relevance_score": 0.5, "document": {"text": "b", "n": 1}}],
        "meta": {"billed_units": {"search_units": 1}},
    }
    first = from_cohere(b'{"results":[{"index":0,"relevance_score":1}]}', ASKED)
    assert b'"document":{"text":"a"}' in first


def test_another_providers_answer_is_told_as_cohere_does() -> None:
    jina = b'{"model":"m","usage":{"total_tokens":7},"data":[{"index":0,"relevance_score":0.25,"document":"a"}]}'
    assert msgspec.json.decode(from_gateway(jina, "made")) == {
        "id": "made",
        "results": [{"index": 0, "relevance_score": 0.25}],
        "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": 7}},
    }
    assert msgspec.json.decode(from_gateway(TOLD, "made")) == msgspec.json.decode(TOLD)


@pytest.mark.parametrize("body", [b"{}", b'{"model":"m","query":"q","documents":[3]}', b"["])
def test_a_bad_request_says_so(body: bytes) -> None:
    with pytest.raises(Failed):
        to_cohere(body, "m")


@pytest.mark.parametrize("answer", [b"{}", b'{"results":[{"index":9,"relevance_score":1}]}'])
def test_an_answer_that_is_none_is_a_wire_error(answer: bytes) -> None:
    with pytest.raises(WireError):
        from_cohere(answer, ASKED)


@given(st.binary(max_size=40))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        from_gateway(junk, "x")
