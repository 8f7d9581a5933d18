import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.providers.services.bedrock_embedding import EMBEDDING
from narrowgate.wire.errors import WireError

TITAN, COHERE = "amazon.titan-embed-text-v2:0", "us.cohere.embed-v4:0"
NOVA = "amazon.nova-2-multimodal-embeddings-v1:0"


def sent(model: str, **more: object) -> object:
    return json.loads(EMBEDDING.to_wire(json.dumps({"model": "x", "input": "a", **more}).encode(), model).body)


def told(answer: object, **more: object) -> object:
    asked = json.dumps({"model": "x", "input": "a", **more}).encode()
    return json.loads(EMBEDDING.from_wire(json.dumps(answer).encode(), asked).body)


def test_each_maker_is_asked_in_its_form() -> None:
    assert sent(TITAN, dimensions=256, normalize=True) == {"inputText": "a", "normalize": True, "dimensions": 256}
    assert sent(COHERE, input=["a", "b"], dimensions=512, input_type="search_query", truncate="END") == {
        "texts": ["a", "b"],
        "input_type": "search_query",
        "truncate": "END",
        "output_dimension": 512,
    }
    assert sent("cohere.embed-english-v3") == {"texts": ["a"], "input_type": "search_document"}
    assert sent(NOVA, dimensions=256, input_type="search_query") == {
        "taskType": "SINGLE_EMBEDDING",
        "singleEmbeddingParams": {
            "embeddingPurpose": "TEXT_RETRIEVAL",
            "text": {"truncationMode": "NONE", "value": "a"},
            "embeddingDimension": 256,
        },
    }
    assert not EMBEDDING.passes


def test_the_model_stands_in_the_path_alone() -> None:
    made = EMBEDDING.to_wire(b'{"model":"x","input":"a","user":"u","input_type":"clustering"}', TITAN)
    assert made.suffix == "/amazon.titan-embed-text-v2%3A0/invoke"
    assert [(one.what, one.is_hint) for one in made.inexpressible] == [("user", True), ("input_type", True)]


@pytest.mark.parametrize(("model", "is_in_head"), [(TITAN, False), (COHERE, True), (NOVA, True)])
def test_who_tells_of_tokens_in_the_head_alone(model: str, *, is_in_head: bool) -> None:
    assert bool(EMBEDDING.to_wire(b'{"model":"x","input":"a"}', model).count_header) == is_in_head


def test_vectors_come_back_in_openais_form() -> None:
    one = {"object": "embedding", "index": 0, "embedding": [0.5, 1.0]}
    usage = {"prompt_tokens": 3, "total_tokens": 3}
    assert told({"embedding": [0.5, 1], "inputTextTokenCount": 3}) == {"object": "list", "data": [one], "usage": usage}
    for vectors in ([[0.5, 1]], {"float": [[0.5, 1]]}, [{"embeddingType": "TEXT", "embedding": [0.5, 1]}]):
        assert told({"embeddings": vectors}) == {"object": "list", "data": [one]}
    packed = {**one, "embedding": "AAAAPwAAgD8="}
    assert told({"embeddings": [[0.5, 1]]}, encoding_format="base64") == {"object": "list", "data": [packed]}


@pytest.mark.parametrize(("model", "given_input"), [(TITAN, ["a", "b"]), (NOVA, []), (TITAN, [1]), (COHERE, [[1]])])
def test_what_cannot_be_embedded_says_so(model: str, given_input: object) -> None:
    with pytest.raises(WireError, match="input"):
        sent(model, input=given_input)


@given(st.binary(max_size=40))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        EMBEDDING.from_wire(junk, b'{"model":"x","input":"a"}')
    with pytest.raises(WireError):
        EMBEDDING.to_wire(junk, TITAN)
