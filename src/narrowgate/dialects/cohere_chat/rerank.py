"""Reranking between Cohere's version 2 and the gateway's own form, which is Cohere's version 1 and Jina's.

Source: https://docs.cohere.com/v2/reference/rerank, https://jina.ai/reranker (read 2026-11).
"""

import msgspec

from narrowgate.dialects.asking import Rewritten, read_body, read_part
from narrowgate.model.conversation import Inexpressible
from narrowgate.schemas import cohere_embed as schema
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound

_REQUEST = msgspec.json.Decoder(schema.RerankRequest)
_ANSWER = msgspec.json.Decoder(schema.RerankAnswer)
_DOCUMENT = msgspec.json.Decoder(str | schema.RerankDocument)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER = msgspec.json.Encoder()


def to_gateway(body: bytes) -> Rewritten:
    """Return a client's `/v2/rerank` as the gateway's `/v1/rerank`, its answers without documents.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong.
    """
    _, members = read_body(_REQUEST, body)
    return Rewritten(_ENCODER.encode(members | {"return_documents": False}))


def to_cohere(body: bytes, model: str) -> Rewritten:
    """Return the gateway's `/v1/rerank` as `/v2/rerank` for `model`.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong.
    """
    asked, _ = read_body(_REQUEST, body)
    texts = [_document(number, raw, asked.rank_fields) for number, raw in enumerate(asked.documents)]
    written: dict[str, object] = {"model": model, "query": asked.query, "documents": texts}
    if asked.top_n is not None:
        written["top_n"] = asked.top_n
    if asked.max_tokens_per_doc is not None:
        written["max_tokens_per_doc"] = asked.max_tokens_per_doc
    lost: tuple[Inexpressible, ...] = ()
    if asked.max_chunks_per_doc is not None:
        lost = (Inexpressible("max_chunks_per_doc", "Cohere limits documents by max_tokens_per_doc only"),)
    return Rewritten(_ENCODER.encode(written), lost)


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


def from_cohere(answer: bytes, asked: bytes) -> bytes:
    """Return the answer of `/v2/rerank` as that to the gateway's body `asked`: with documents if it wants them.

    Raises:
        WireError: the answer is not what Cohere documents.
        Failed: `asked` is no request.
    """
    request, _ = read_body(_REQUEST, asked)
    text = sound(answer)
    told = read(_ANSWER, text)
    results: list[dict[str, object]] = []
    for result in _results(told):
        written: dict[str, object] = {"index": result.index, "relevance_score": result.relevance_score}
        if request.return_documents:
            if not 0 <= result.index < len(request.documents):
                raise WireError("results: a result is of no document that was sent", "results")
            raw = request.documents[result.index]
            written["document"] = {"text": read_part(_DOCUMENT, raw, "")} if bytes(raw).startswith(b'"') else raw
        results.append(written)
    return _ENCODER.encode(read(_MEMBERS, text) | {"results": results})


def _results(told: schema.RerankAnswer) -> list[schema.RerankResult]:
    results = told.results if told.results is not None else told.data
    if results is None:
        raise WireError("results: an answer has them", "results")
    return results


def _document(number: int, raw: msgspec.Raw, fields: list[str] | None) -> str:
    """Return a document as text: of an object its text, or the fields that count, a line each."""
    path = f"documents[{number}]"
    if fields and not bytes(raw).startswith(b'"'):
        members = read_part(_MEMBERS, raw, path)
        lines = [(name, bytes(members[name]).decode()) for name in fields if name in members]
        return "\n".join(f"{name}: {value}" for name, value in lines)
    document = read_part(_DOCUMENT, raw, path)
    return document if isinstance(document, str) else document.text
