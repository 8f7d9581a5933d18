"""Rankings from providers that deviate from the gateway's own form, which is Cohere's version 1 and Jina's.

Sources: https://docs.cohere.com/v2/reference/rerank, https://docs.voyageai.com/reference/reranker-api (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import Inexpressible
from narrowgate.providers.services.service import Answered, Prepared
from narrowgate.schemas import cohere_embed as schema
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound

_REQUEST = msgspec.json.Decoder(schema.RerankRequest)
_ANSWER = msgspec.json.Decoder(schema.RerankAnswer)
_DOCUMENT = msgspec.json.Decoder(str | schema.RerankDocument)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER = msgspec.json.Encoder()
_OURS = frozenset(
    {"model", "documents", "top_n", "return_documents", "rank_fields", "max_tokens_per_doc", "max_chunks_per_doc"}
)


class Ranking(msgspec.Struct, frozen=True):
    """One provider's names: documents go there as texts, and come back to clients as they sent them.

    `most_field` is how many results are wanted. `has_limit_per_document` is whether it knows
    `max_tokens_per_doc`. Members that the gateway's form does not have pass as they are.
    """

    title: str
    most_field: str
    has_limit_per_document: bool

    @property
    def passes(self) -> bool:
        """Answers are read."""
        return False

    def to_wire(self, asked: bytes, model: str) -> Prepared:
        """Return the request; raises WireError with the path of what is wrong."""
        text = sound(asked)
        request, members = read(_REQUEST, text), read(_MEMBERS, text)
        written: dict[str, object] = {"model": model}
        written |= {name: value for name, value in members.items() if name not in _OURS}
        written["documents"] = [text_of(n, raw, request.rank_fields) for n, raw in enumerate(request.documents)]
        if request.top_n is not None:
            written[self.most_field] = request.top_n
        lost: list[Inexpressible] = []
        if request.max_tokens_per_doc is not None:
            if self.has_limit_per_document:
                written["max_tokens_per_doc"] = request.max_tokens_per_doc
            else:
                lost.append(Inexpressible("max_tokens_per_doc", f"{self.title} has no limit per document"))
        if request.max_chunks_per_doc is not None:
            lost.append(Inexpressible("max_chunks_per_doc", f"{self.title} does not cut documents in chunks"))
        return Prepared(_ENCODER.encode(written), inexpressible=tuple(lost))

    def from_wire(self, answer: bytes, asked: bytes) -> Answered:
        """Return the answer: with documents if `asked` wants them."""
        request = read(_REQUEST, sound(asked))
        text = sound(answer)
        told, members = read(_ANSWER, text), read(_MEMBERS, text)
        found = told.results if told.results is not None else told.data
        if found is None:
            raise WireError("results: an answer has them", "results")
        others = {name: value for name, value in members.items() if name != "data"}
        return Answered(_ENCODER.encode({**others, "results": results_of(found, request)}))


COHERE = Ranking("Cohere", "top_n", has_limit_per_document=True)
VOYAGE = Ranking("Voyage", "top_k", has_limit_per_document=False)


def results_of(found: list[schema.RerankResult], request: schema.RerankRequest) -> list[dict[str, object]]:
    """Return results as the gateway tells them, with the documents as they were sent if those are wanted.

    Raises:
        WireError: one is of no document that was sent.
    """
    results: list[dict[str, object]] = []
    for result in found:
        written: dict[str, object] = {"index": result.index, "relevance_score": result.relevance_score}
        if request.return_documents:
            if not 0 <= result.index < len(request.documents):
                raise WireError("results: a result is of no document that was sent", "results")
            raw = request.documents[result.index]
            written["document"] = {"text": raw} if bytes(raw).startswith(b'"') else raw
        results.append(written)
    return results


def text_of(number: int, raw: msgspec.Raw, fields: list[str] | None) -> str:
    """Return document `number` as text: of an object its text, or the `fields` that count, a line each.

    Raises:
        WireError: it is neither; with its path.
    """
    path = f"documents[{number}]"
    try:
        if fields and not bytes(raw).startswith(b'"'):
            members = read(_MEMBERS, raw)
            return "\n".join(f"{name}: {bytes(members[name]).decode()}" for name in fields if name in members)
        document = read(_DOCUMENT, raw)
    except WireError as error:
        raise WireError(f"{path}: {error}", path) from None
    return document if isinstance(document, str) else document.text
