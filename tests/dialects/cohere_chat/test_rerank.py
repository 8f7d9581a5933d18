import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.cohere_chat.rerank import from_gateway, to_gateway
from narrowgate.model.fault import Failed
from narrowgate.wire.errors import WireError

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


def test_another_providers_answer_is_told_as_cohere_does() -> None:
    jina = b'{"model":"m","usage":{"total_tokens":7},"data":[{"index":0,"relevance_score":0.25,"document":"a"}]}'
    assert msgspec.json.decode(from_gateway(jina, "made")) == {
        "id": "made",
        "results": [{"index": 0, "relevance_score": 0.25}],
        "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": 7}},
    }
    assert msgspec.json.decode(from_gateway(TOLD, "made")) == msgspec.json.decode(TOLD)


@pytest.mark.parametrize("body", [b"{}", b'{"model":"m","query":"q"}', b"["])
def test_a_bad_request_says_so(body: bytes) -> None:
    with pytest.raises(Failed):
        to_gateway(body)


def test_an_answer_without_results_is_a_wire_error() -> None:
    with pytest.raises(WireError):
        from_gateway(b"{}", "x")


@given(st.binary(max_size=40))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        from_gateway(junk, "x")
