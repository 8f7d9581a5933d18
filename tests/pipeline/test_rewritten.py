"""Vectors and rankings for clients of Cohere's and Google's dialects, from any provider that has them."""

import json

import msgspec

from narrowgate.config.snapshot import ProviderView
from narrowgate.dialects.registry import route_of
from narrowgate.model.operation import Operation
from narrowgate.pipeline.calls import maker_of
from narrowgate.pipeline.principal import Principal
from tests.pipeline.fakes import FakeClient, World, key, settings, view

ANSWER = json.dumps(
    {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 1.0]}],
        "model": "m",
        "usage": {"prompt_tokens": 3, "total_tokens": 3},
    }
).encode()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"


def asked(
    path: bytes, body: object, answer: bytes = ANSWER, provider: ProviderView | None = None
) -> tuple[World, FakeClient]:
    world, client = World(settings(provider or view())), FakeClient()
    route = route_of(path)
    assert route is not None
    call = maker_of(route, b"")(world.edge, client, Principal(key()))
    call.begin(json.dumps(body).encode(), route.model, {})
    if world.transport.opened:
        world.transport.answer(HEAD % (len(answer), answer))
    return world, client


def test_coheres_embed_is_openais_on_the_way() -> None:
    world, client = asked(b"/v2/embed", {"model": "openai/m", "texts": ["a"], "input_type": "search_query"})
    _, line, rest = world.transport.opened[0]
    assert line == b"POST /v1/embeddings HTTP/1.1\r\n"
    sent = json.loads(rest.partition(b"\r\n\r\n")[2])
    assert (sent["model"], sent["input"]) == ("m", ["a"])
    assert json.loads(client.sent)["embeddings"]["float"] == [[0.5, 1.0]]
    assert world.record.usage is not None
    assert world.record.usage.input_text == 3


def test_googles_embed_content_one_and_many() -> None:
    one = {"content": {"parts": [{"text": "a"}]}}
    _, client = asked(b"/v1beta/models/openai%2Fm:embedContent", one)
    assert json.loads(client.sent)["embedding"]["values"] == [0.5, 1.0]
    _, client = asked(b"/v1beta/models/openai%2Fm:batchEmbedContents", {"requests": [one]})
    assert json.loads(client.sent)["embeddings"] == [{"values": [0.5, 1.0]}]


def test_what_cannot_be_embedded_is_refused_in_the_clients_dialect() -> None:
    world, client = asked(b"/v2/embed", {"model": "openai/m", "texts": ["a"], "truncate": "START"})
    assert client.status == 400
    assert "truncate" in json.loads(client.sent)["message"]
    assert not world.transport.opened


def test_an_answer_without_vectors_is_a_fault() -> None:
    assert asked(b"/v2/embed", {"model": "openai/m", "texts": ["a"]}, b"[]")[1].status == 502


def test_coheres_rerank_is_answered_by_any_provider_that_ranks() -> None:
    paths = {Operation.RERANK: "/v1/rerank"}
    voyage = msgspec.structs.replace(view("p"), profile="voyage", paths=paths)
    told = {"object": "list", "data": [{"relevance_score": 0.5, "index": 1}], "usage": {"total_tokens": 9}}
    body = {"model": "p/r", "query": "q", "documents": ["a", "b"], "top_n": 1}
    world, client = asked(b"/v2/rerank", body, json.dumps(told).encode(), voyage)
    _, line, rest = world.transport.opened[0]
    assert line == b"POST /v1/rerank HTTP/1.1\r\n"
    sent = json.loads(rest.partition(b"\r\n\r\n")[2])
    assert sent == {"model": "r", "query": "q", "documents": ["a", "b"], "top_k": 1}
    answer = json.loads(client.sent)
    assert answer["results"] == [{"index": 1, "relevance_score": 0.5}]
    assert answer["meta"]["billed_units"] == {"input_tokens": 9}
    assert world.record.usage is not None
    assert world.record.usage.input_text == 9


def test_a_bad_ranking_is_refused_as_cohere_does() -> None:
    body = {"model": "openai/r", "query": "q", "documents": 3}
    world, client = asked(b"/v2/rerank", body)
    assert client.status == 400
    assert "documents" in json.loads(client.sent)["message"]
    assert not world.transport.opened
