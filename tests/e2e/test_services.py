"""Vectors, rankings and speech from providers with forms of their own, through the front door."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.gateway import Gateway
from tests.e2e.provider import Provider

pytestmark = pytest.mark.slow

CONFIG = """
providers:
  voyage: {{base_url: "http://127.0.0.1:{port}/v1", api_key: env://PROVIDER_KEY}}
  jina: {{base_url: "http://127.0.0.1:{port}/v1", api_key: env://PROVIDER_KEY}}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path_factory.mktemp("services"), CONFIG.format(port=provider.port)).start()
    yield gateway
    assert gateway.metric("narrowgate_internal_errors_total") == 0, gateway.text()
    assert gateway.stop() == 0


def test_vectors_are_asked_for_in_the_providers_words(served: Gateway, provider: Provider) -> None:
    told = {"object": "list", "data": [{"embedding": [0.5], "index": 0}], "model": "m", "usage": {"total_tokens": 3}}
    provider.reset(lambda link, _request: link.json(told))
    asked = {"model": "voyage/voyage-3.5", "input": "a", "dimensions": 256, "encoding_format": "float"}
    status, headers, body = served.call(asked, "/v1/embeddings")
    assert status == 200
    assert json.loads(body)["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    assert json.loads(provider.last.body) == {"model": "voyage-3.5", "input": "a", "output_dimension": 256}
    assert served.row(headers["x-narrowgate-call-id"])["input_text"] == 3


def test_a_ranking_for_coheres_clients(served: Gateway, provider: Provider) -> None:
    told = {"object": "list", "data": [{"relevance_score": 0.5, "index": 1}], "usage": {"total_tokens": 9}}
    provider.reset(lambda link, _request: link.json(told))
    asked = {"model": "voyage/rerank-2.5", "query": "q", "documents": ["a", "b"], "top_n": 1}
    status, _, body = served.call(asked, "/v2/rerank")
    assert (status, json.loads(body)["results"]) == (200, [{"index": 1, "relevance_score": 0.5}])
    assert provider.last.line == b"POST /v1/rerank HTTP/1.1"
    status, _, body = served.call({**asked, "return_documents": True}, "/v1/rerank")
    assert json.loads(body)["results"][0]["document"] == {"text": "b"}
    assert served.call({**asked, "documents": None}, "/v2/rerank")[0] == 400
