"""Reranking between Cohere's version 2 and the gateway's own form, which is Cohere's version 1 and Jina's.

Source: https://docs.cohere.com/v2/reference/rerank, https://jina.ai/reranker (read 2026-11).
"""

import msgspec

from narrowgate.dialects.asking import Rewritten, read_body
from narrowgate.schemas import cohere_embed as schema
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound

_REQUEST = msgspec.json.Decoder(schema.RerankRequest)
_ANSWER = msgspec.json.Decoder(schema.RerankAnswer)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER = msgspec.json.Encoder()


def to_gateway(body: bytes) -> Rewritten:
    """Return a client's `/v2/rerank` as the gateway's `/v1/rerank`, its answers without documents.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong.
    """
    _, members = read_body(_REQUEST, body)
    return Rewritten(_ENCODER.encode(members | {"return_documents": False}))


def from_gateway(answer: bytes, answer_id: str) -> bytes:
    """Return the gateway's answer, of whatever provider, as that of `/v2/rerank`.

    Raises:
        WireError: the answer is not what is documented.
    """
    told = read(_ANSWER, sound(answer))
    usage = told.usage or schema.OpenAIUsage()
    tokens = int(usage.total_tokens or usage.prompt_tokens or 0)
    billed = {"input_tokens": tokens} if tokens else {"search_units": 1}
    meta: object = {"api_version": {"version": "2"}, "billed_units": billed}
    if bytes(told.meta) != b"null":
        meta = told.meta
    return _ENCODER.encode({"id": told.id or answer_id, "results": _results(told), "meta": meta})


def _results(told: schema.RerankAnswer) -> list[schema.RerankResult]:
    results = told.results if told.results is not None else told.data
    if results is None:
        raise WireError("results: an answer has them", "results")
    return results
