import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.providers.services.ranking import COHERE, VOYAGE
from narrowgate.wire.errors import WireError

ASKED = b'{"model":"m","query":"q","documents":["a",{"text":"b","n":1}],"top_n":1,"return_documents":true}'
TOLD = b'{"id":"x","results":[{"index":1,"relevance_score":0.5}],"meta":{"billed_units":{"search_units":1}}}'


def test_documents_go_as_texts() -> None:
    assert json.loads(COHERE.to_wire(ASKED, "r").body) == {
        "model": "r",
        "query": "q",
        "documents": ["a", "b"],
        "top_n": 1,
    }
    made = VOYAGE.to_wire(ASKED.replace(b"}]", b'}],"truncation":false'), "r")
    assert json.loads(made.body) == {
        "model": "r",
        "query": "q",
        "truncation": False,
        "documents": ["a", "b"],
        "top_k": 1,
    }
    assert made.inexpressible == ()


def test_fields_that_count_are_a_line_each_and_limits_are_asked_where_they_are_known() -> None:
    asked = b'{"model":"m","query":"q","documents":[{"t":"x","u":1}],"rank_fields":["u","t"],"max_chunks_per_doc":2,'
    made = COHERE.to_wire(asked + b'"max_tokens_per_doc":5}', "m")
    assert json.loads(made.body)["documents"] == ['u: 1\nt: "x"']
    assert b'"max_tokens_per_doc":5' in made.body
    assert [one.what for one in made.inexpressible] == ["max_chunks_per_doc"]
    made = VOYAGE.to_wire(asked + b'"max_tokens_per_doc":5}', "m")
    assert [one.what for one in made.inexpressible] == ["max_tokens_per_doc", "max_chunks_per_doc"]


def test_documents_come_back_as_they_were_sent_when_they_are_wanted() -> None:
    assert json.loads(COHERE.from_wire(TOLD, ASKED).body) == {
        "id": "x",
        "results": [{"index": 1, "relevance_score": 0.5, "document": {"text": "b", "n": 1}}],
        "meta": {"billed_units": {"search_units": 1}},
    }
    told = b'{"object":"list","data":[{"index":0,"relevance_score":1}],"model":"m","usage":{"total_tokens":3}}'
    assert json.loads(VOYAGE.from_wire(told, ASKED).body) == {
        "object": "list",
        "model": "m",
        "usage": {"total_tokens": 3},
        "results": [{"index": 0, "relevance_score": 1, "document": {"text": "a"}}],
    }


@pytest.mark.parametrize("body", [b"{}", b'{"model":"m","query":"q","documents":[3]}', b"["])
def test_a_bad_request_says_so(body: bytes) -> None:
    with pytest.raises(WireError):
        COHERE.to_wire(body, "m")


@pytest.mark.parametrize("answer", [b"{}", b'{"results":[{"index":9,"relevance_score":1}]}'])
def test_an_answer_that_is_none_is_a_wire_error(answer: bytes) -> None:
    with pytest.raises(WireError):
        COHERE.from_wire(answer, ASKED)


@given(st.binary(max_size=40))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        VOYAGE.from_wire(junk, ASKED)
