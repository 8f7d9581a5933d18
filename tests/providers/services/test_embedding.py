import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.providers.services.embedding import JINA, VOYAGE, Embedding
from narrowgate.wire.errors import WireError


def sent(service: Embedding, **more: object) -> dict[str, object]:
    body = json.dumps({"model": "p/m", "input": ["a"], **more}).encode()
    made: dict[str, object] = json.loads(service.to_wire(body, "m").body)
    return made


def test_what_openai_calls_otherwise_has_the_providers_names() -> None:
    asked = {"dimensions": 256, "encoding_format": "float", "input_type": "search_query"}
    assert sent(VOYAGE, **asked) == {"model": "m", "input": ["a"], "output_dimension": 256, "input_type": "query"}
    assert sent(JINA, **asked) == {
        "model": "m",
        "input": ["a"],
        "dimensions": 256,
        "embedding_type": "float",
        "task": "retrieval.query",
    }


def test_packed_vectors_and_members_of_the_providers_own_pass() -> None:
    assert sent(VOYAGE, encoding_format="base64", truncation=False) == {
        "model": "m",
        "input": ["a"],
        "truncation": False,
        "encoding_format": "base64",
    }
    assert sent(JINA, task="text-matching", input=[{"image": "x"}])["task"] == "text-matching"


def test_a_user_is_dropped_and_named() -> None:
    made = VOYAGE.to_wire(b'{"model":"x","input":"a","user":"u"}', "m")
    assert [(one.what, one.is_hint) for one in made.inexpressible] == [("user", True)]


@pytest.mark.parametrize("given_input", [b"[1,2]", b"[[1,2]]"])
def test_tokens_are_refused(given_input: bytes) -> None:
    with pytest.raises(WireError, match=r"input\[0\]: Voyage embeds texts"):
        VOYAGE.to_wire(b'{"model":"x","input":%b}' % given_input, "m")


def test_the_answer_counts_as_openai_does_and_keeps_its_vectors() -> None:
    told = b'{"object":"list","data":[{"embedding":[0.1,2e-5],"index":0}],"model":"m","usage":{"total_tokens":7}}'
    body = VOYAGE.from_wire(told, b"").body
    assert json.loads(body)["usage"] == {"prompt_tokens": 7, "total_tokens": 7}
    assert b'"embedding":[0.1,2e-5]' in body
    whole = told.replace(b'"total', b'"prompt_tokens":3,"total')
    assert JINA.from_wire(whole, b"").body == whole


@given(st.binary(max_size=40))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        VOYAGE.from_wire(junk, b"")
    with pytest.raises(WireError):
        VOYAGE.to_wire(junk, "m")
