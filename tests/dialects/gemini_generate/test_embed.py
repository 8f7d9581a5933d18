"""Embeddings and counts that Gemini's clients ask for."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.asking import Rewritten
from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.gemini_generate.embed import (
    google_embeddings,
    openai_embeddings,
    parse_count,
    render_count,
)
from narrowgate.model.conversation import Role
from narrowgate.model.fault import Failed
from narrowgate.wire.errors import WireError


def embedded(body: object, model: str | None = "m") -> Rewritten:
    return openai_embeddings(Asked(json.dumps(body).encode(), model))


def content(text: str) -> dict[str, object]:
    return {"parts": [{"text": text}]}


def test_one_text_is_one_input() -> None:
    found = embedded({"model": "models/e", "content": content("a"), "output_dimensionality": 8}, None)
    assert json.loads(found.body) == {"model": "e", "input": ["a"], "dimensions": 8, "encoding_format": "float"}
    assert found.inexpressible == ()


def test_a_batch_is_many_inputs() -> None:
    found = embedded({"requests": [{"content": content("a")}, {"content": content("b"), "taskType": "CLUSTERING"}]})
    assert json.loads(found.body)["input"] == ["a", "b"]
    assert [lost.what for lost in found.inexpressible] == ["taskType"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "content"),
        ({"requests": []}, "requests"),
        ({"requests": [{"content": content("a")}, {}]}, "requests[1].content"),
        ({"content": {"parts": [{"inlineData": {"mimeType": "image/png", "data": "x"}}]}}, "content.parts"),
        ({"content": content("a"), "outputDimensionality": 1.5}, "outputDimensionality"),
        ({"requests": [{"content": content("a"), "outputDimensionality": 1}, {"content": content("a")}]}, "requests"),
    ],
)
def test_a_complaint_names_the_place(body: object, param: str) -> None:
    with pytest.raises(Failed) as caught:
        embedded(body)
    assert caught.value.fault.param == param


def test_vectors_come_back_in_order() -> None:
    body = b'{"data":[{"embedding":[2],"index":1},{"embedding":[1.5],"index":0}],"model":"m"}'
    assert json.loads(google_embeddings(body, is_batch=True)) == {"embeddings": [{"values": [1.5]}, {"values": [2.0]}]}
    assert json.loads(google_embeddings(body, is_batch=False)) == {"embedding": {"values": [1.5]}}
    with pytest.raises(WireError):
        google_embeddings(b"{}", is_batch=True)


@pytest.mark.parametrize("is_inner", [True, False])
def test_a_count_is_of_a_conversation(is_inner: bool) -> None:
    inner = {"contents": [content("a")], "system_instruction": content("s")}
    body = {"generate_content_request": inner} if is_inner else inner
    found = parse_count(Asked(json.dumps(body).encode(), "m"))
    assert [message.role for message in found.messages] == [Role.SYSTEM, Role.USER]
    assert found.model == "m"


def test_a_count_is_shown() -> None:
    assert json.loads(render_count(7)) == {
        "totalTokens": 7,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 7}],
    }


@given(st.binary(max_size=60))
def test_junk_is_the_callers_fault_and_nothing_else(junk: bytes) -> None:
    for body in (junk, b'{"requests":[' + junk, b'{"content":' + junk + b"}"):
        with suppress(Failed):
            openai_embeddings(Asked(body, "m"))
        with suppress(Failed):
            parse_count(Asked(body, "m"))
