"""Embeddings and token counts that a Gemini client asks for.

Source: https://ai.google.dev/api/embeddings, https://ai.google.dev/api/tokens (read 2026-11).
"""

import msgspec
from msgspec import Raw

from narrowgate.dialects.asking import Rewritten, read_body, read_part, wrong
from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.gemini_generate.contents import ContentReader
from narrowgate.dialects.gemini_generate.parse import parse_request
from narrowgate.model.conversation import Inexpressible, Request, Text
from narrowgate.schemas.gemini_generate import (
    BatchEmbedRequest,
    CountAnswer,
    CountRequest,
    EmbedAnswer,
    Embedding,
    EmbedRequest,
    ModalityCount,
    OpenAIEmbedAnswer,
    OpenAIEmbedRequest,
)
from narrowgate.schemas.gemini_spelling import spelled
from narrowgate.schemas.gemini_words import given
from narrowgate.schemas.reading import read

_ONE = msgspec.json.Decoder(EmbedRequest)
_BATCH = msgspec.json.Decoder(BatchEmbedRequest)
_COUNT = msgspec.json.Decoder(CountRequest)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_VECTORS = msgspec.json.Decoder(OpenAIEmbedAnswer)
_LARGEST = 1 << 31


def parse_count(asked: Asked) -> Request:
    """Return the conversation that countTokens asks about: the body's own, or the whole request in it.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong.
    """
    sent, _ = read_body(_COUNT, spelled(asked.body))
    inner = given(sent.generate_content_request)
    return parse_request(asked if inner is None else msgspec.structs.replace(asked, body=bytes(inner)))


def render_count(tokens: int) -> bytes:
    """Return the answer of countTokens."""
    return msgspec.json.encode(CountAnswer(tokens, [ModalityCount("TEXT", tokens)]))


def openai_embeddings(asked: Asked) -> Rewritten:
    """Return the body for OpenAI's embeddings that embedContent or batchEmbedContents stands for.

    Raises:
        Failed: BAD_REQUEST; it is not what Google documents, or not text.
    """
    body = spelled(asked.body)
    _, members = read_body(_MEMBERS, body)
    if "requests" in members:
        requests = read_part(_BATCH, body, "").requests or []
        paths = [f"requests[{number}]." for number in range(len(requests))]
    else:
        requests, paths = [read_part(_ONE, body, "")], [""]
    if not requests:
        raise wrong("requests", "there is none; send at least one text")
    sizes = {request.output_dimensionality for request in requests}
    size = sizes.pop()
    if sizes:
        raise wrong("requests", "outputDimensionality differs; ask for one size at a time")
    if size is not None and (size != int(size) or not 0 < size < _LARGEST):
        raise wrong(f"{paths[0]}outputDimensionality", f"{size} is not a number of dimensions")
    model = asked.model if asked.model is not None else requests[0].model or ""
    made = OpenAIEmbedRequest(
        model.removeprefix("models/"),
        [_text(request, path) for request, path in zip(requests, paths, strict=True)],
        int(size) if size is not None else None,
    )
    return Rewritten(msgspec.json.encode(made), tuple(_losses(requests)))


def google_embeddings(body: bytes, *, is_batch: bool) -> bytes:
    """Return OpenAI's answer with vectors as that of embedContent, or of batchEmbedContents.

    Raises:
        WireError: it is not what OpenAI documents, or holds no vector.
    """
    found = sorted(read(_VECTORS, body).data, key=lambda one: one.index)
    vectors = [Embedding(one.embedding) for one in found]
    if is_batch:
        return msgspec.json.encode(EmbedAnswer(embeddings=vectors))
    return msgspec.json.encode(EmbedAnswer(embedding=vectors[0] if vectors else Embedding([])))


def _text(request: EmbedRequest, path: str) -> str:
    if request.content is None:
        raise wrong(f"{path}content", "there is none; send a text")
    parts = ContentReader().parts(request.content, f"{path}content")
    texts = [part.text for part in parts if isinstance(part, Text)]
    if len(texts) < len(parts):
        raise wrong(f"{path}content.parts", "only text can be embedded")
    return "\n".join(texts)


def _losses(requests: list[EmbedRequest]) -> list[Inexpressible]:
    """Return what OpenAI's embeddings have no place for; what a vector is for changes it."""
    lost: list[Inexpressible] = []
    if any(request.task_type not in (None, "TASK_TYPE_UNSPECIFIED") for request in requests):
        lost.append(Inexpressible("taskType", "OpenAI's embeddings are all for the same"))
    if any(request.title for request in requests):
        lost.append(Inexpressible("title", "OpenAI's embeddings have no place for it"))
    return lost
