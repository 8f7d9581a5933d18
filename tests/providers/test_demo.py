import base64
import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types import CreateEmbeddingResponse, ImagesResponse, ModerationCreateResponse

from narrowgate.model.operation import Operation
from narrowgate.providers.demo import answer

NOW_S = 1_800_000_000
JSON_OPERATIONS = sorted(
    set(Operation)
    - {Operation.TRANSCRIPTIONS, Operation.TRANSLATIONS, Operation.IMAGE_EDITS, Operation.IMAGE_VARIATIONS},
    key=lambda operation: operation.value,
)
FIELDS = [
    *("messages", "prompt", "input", "query", "documents", "top_n", "dimensions", "encoding_format"),
    *("stream", "stream_options", "n", "max_tokens", "response_format", "text", "tools", "tool_choice", "metadata"),
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def ask(operation: Operation, **request: object) -> bytes:
    made = answer(operation, json.dumps({"model": "chat", **request}).encode(), 1, NOW_S)
    assert made.status == 200, made.frames
    (body,) = made.frames
    return body


def refusal(operation: Operation, body: bytes) -> dict[str, object]:
    made = answer(operation, body, 1, NOW_S)
    assert (made.status, made.content_type) == (400, "application/json")
    error = json.loads(made.frames[0])["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert isinstance(error, dict)
    return error


@pytest.mark.parametrize("operation", JSON_OPERATIONS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"\xff"', b'"\\ud800"', b"[" * 100_000, b'{"model":7}'])
def test_a_malformed_request_is_refused_in_openais_format(operation: Operation, body: bytes) -> None:
    error = refusal(operation, body)
    assert error["type"] == "invalid_request_error"
    assert error["message"]


@given(st.sampled_from(list(Operation)), st.binary())
def test_no_bytes_are_too_odd(operation: Operation, body: bytes) -> None:
    assert answer(operation, body, 1, NOW_S).status in {200, 400}


@settings(max_examples=40)
@given(
    st.sampled_from(JSON_OPERATIONS),
    st.dictionaries(
        st.sampled_from(FIELDS),
        json_values,
    ),
)
def test_no_request_is_too_odd(operation: Operation, request: dict[str, object]) -> None:
    made = answer(operation, json.dumps({"model": "chat", **request}).encode(), 1, NOW_S)
    assert made.status in {200, 400}
    assert all(made.frames)


@pytest.mark.parametrize(
    ("operation", "param"),
    [
        (Operation.CHAT, "messages"),
        (Operation.COMPLETIONS, "prompt"),
        (Operation.RESPONSES, "input"),
        (Operation.EMBEDDINGS, "input"),
        (Operation.MODERATIONS, "input"),
        (Operation.RERANK, "query"),
        (Operation.SPEECH, "input"),
        (Operation.IMAGE_GENERATIONS, "prompt"),
    ],
)
def test_a_request_without_its_main_field_is_told_which(operation: Operation, param: str) -> None:
    assert refusal(operation, b'{"model":"chat"}')["param"] == param


def test_a_request_without_a_model_is_refused() -> None:
    assert refusal(Operation.CHAT, b'{"messages":[]}')["param"] == "model"


def test_embeddings_depend_on_the_text_alone() -> None:
    found = CreateEmbeddingResponse.model_validate_json(ask(Operation.EMBEDDINGS, input=["a", "b", "a"]))
    first, second, third = (entry.embedding for entry in found.data)
    assert first == third
    assert first != second
    assert len(first) == 256
    assert [entry.index for entry in found.data] == [0, 1, 2]
    assert found.usage.total_tokens == 3


@given(st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])), st.integers(1, 64))
def test_embeddings_are_the_same_as_base64(text: str, dimensions: int) -> None:
    shown = json.loads(ask(Operation.EMBEDDINGS, input=text, dimensions=dimensions))["data"][0]["embedding"]
    packed = json.loads(
        ask(Operation.EMBEDDINGS, input=text, dimensions=dimensions, encoding_format="base64"),
    )["data"][0]["embedding"]
    assert list(struct.unpack(f"<{dimensions}f", base64.b64decode(packed))) == shown
    assert sum(number * number for number in shown) == pytest.approx(1)


def test_a_list_of_tokens_is_one_input() -> None:
    assert len(json.loads(ask(Operation.EMBEDDINGS, input=[1, 2, 3]))["data"]) == 1
    assert len(json.loads(ask(Operation.EMBEDDINGS, input=[[1, 2], [3]]))["data"]) == 2


@pytest.mark.parametrize(
    "fields",
    [{"dimensions": 0}, {"dimensions": 10_000}, {"dimensions": True}, {"encoding_format": "hex"}, {"input": [""]}],
)
def test_embeddings_that_cannot_be_made_are_refused(fields: dict[str, object]) -> None:
    body = json.dumps({"model": "embed", "input": "a", **fields}).encode()
    assert refusal(Operation.EMBEDDINGS, body)["param"] == next(iter(fields))


def test_nothing_is_flagged_and_every_text_has_its_result() -> None:
    found = ModerationCreateResponse.model_validate_json(ask(Operation.MODERATIONS, input=["a", "b"]))
    assert [result.flagged for result in found.results] == [False, False]
    assert not found.results[0].categories.self_harm_intent


def test_documents_are_ranked_by_the_words_they_share_with_the_query() -> None:
    documents = ["a cat", {"text": "the narrow gate"}, "the gate"]
    found = json.loads(ask(Operation.RERANK, query="narrow gate", documents=documents, top_n=2))
    assert [result["index"] for result in found["results"]] == [1, 2]
    assert found["results"][0]["relevance_score"] == 1.0


def test_pictures_are_as_many_as_asked_for() -> None:
    found = ImagesResponse.model_validate_json(ask(Operation.IMAGE_GENERATIONS, prompt="a cat", n=2))
    assert found.data is not None
    assert [bool(picture.b64_json) for picture in found.data] == [True, True]
    assert refusal(Operation.IMAGE_GENERATIONS, b'{"model":"x","prompt":"a","n":11}')["param"] == "n"


@pytest.mark.parametrize("operation", [Operation.IMAGE_EDITS, Operation.IMAGE_VARIATIONS])
def test_edits_of_pictures_come_as_forms(operation: Operation) -> None:
    made = answer(operation, b'--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nchat\r\n--x--', 1, NOW_S)
    assert made.status == 200
    assert json.loads(made.frames[0])["data"][0]["b64_json"]


def test_speech_is_a_sound_file() -> None:
    made = answer(Operation.SPEECH, b'{"model":"chat","input":"hello"}', 1, NOW_S)
    assert made.content_type == "audio/wav"
    assert made.frames[0].startswith(b"RIFF")


def test_recordings_are_heard_as_json_or_as_text() -> None:
    form = b'--x\r\ncontent-disposition: form-data; name="response_format"\r\n\r\n%b\r\n--x--\r\n'
    as_json = answer(Operation.TRANSCRIPTIONS, form % b"json", 1, NOW_S)
    as_text = answer(Operation.TRANSCRIPTIONS, form % b"text", 1, NOW_S)
    assert as_text.content_type.startswith("text/plain")
    assert json.loads(as_json.frames[0])["text"] == as_text.frames[0].decode().strip()
