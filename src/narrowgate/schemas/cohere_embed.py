"""Cohere's embeddings and reranking, version 2, and what they become in the gateway's own form.

Source: https://docs.cohere.com/v2/reference/embed, https://docs.cohere.com/v2/reference/rerank,
https://platform.openai.com/docs/api-reference/embeddings (read 2026-11).
"""

import msgspec
from msgspec import Raw

_NULL = Raw(b"null")


class EmbedInputPart(msgspec.Struct):
    """A piece of an input: text or a picture."""

    type: str
    text: str | None = None


class EmbedInput(msgspec.Struct):
    """One input of text and pictures."""

    content: list[EmbedInputPart]


class EmbedRequest(msgspec.Struct):
    """`/v2/embed`. One of `texts`, `images`, `inputs` is there."""

    model: str
    texts: list[str] | None = None
    images: list[str] | None = None
    inputs: list[EmbedInput] | None = None
    input_type: str | None = None
    embedding_types: list[str] | None = None
    output_dimension: int | None = None
    truncate: str | None = None
    max_tokens: int | None = None


class Vectors(msgspec.Struct):
    """Vectors by their type; those of the integer types pass unread."""

    float: list[Raw] | None = None


class BilledUnits(msgspec.Struct, gc=False):
    """What is charged for."""

    input_tokens: int | float | None = None
    search_units: int | float | None = None


class Meta(msgspec.Struct):
    """About an answer."""

    billed_units: BilledUnits | None = None


class EmbedAnswer(msgspec.Struct):
    """The answer of `/v2/embed`."""

    embeddings: Vectors
    id: str | None = None
    meta: Meta | None = None


class OpenAIEmbedRequest(msgspec.Struct):
    """`/v1/embeddings`. `input` is text, texts, or tokens."""

    model: str
    input: str | list[Raw]
    encoding_format: str | None = None
    dimensions: int | None = None
    user: str | None = None
    input_type: str | None = None


class OpenAIVector(msgspec.Struct):
    """One vector: a list of numbers, or base64 of them."""

    embedding: Raw
    index: int | None = None


class OpenAIUsage(msgspec.Struct, gc=False):
    """Tokens that went in."""

    prompt_tokens: int | float | None = None
    total_tokens: int | float | None = None


class OpenAIEmbedAnswer(msgspec.Struct):
    """The answer of `/v1/embeddings`."""

    data: list[OpenAIVector]
    model: str | None = None
    usage: OpenAIUsage | None = None


class RerankDocument(msgspec.Struct):
    """A document that is an object: of its members only the text is judged."""

    text: str


class RerankRequest(msgspec.Struct):
    """`/v2/rerank`, and `/v1/rerank` of the gateway, which knows the later members too."""

    model: str
    query: str
    documents: list[Raw]
    top_n: int | None = None
    max_tokens_per_doc: int | None = None
    return_documents: bool | None = None
    max_chunks_per_doc: int | None = None
    rank_fields: list[str] | None = None


class RerankResult(msgspec.Struct):
    """One document's place."""

    index: int
    relevance_score: float


class RerankAnswer(msgspec.Struct):
    """The answer of either; some providers call `results` `data`."""

    results: list[RerankResult] | None = None
    data: list[RerankResult] | None = None
    id: str | None = None
    meta: Raw = _NULL
    usage: OpenAIUsage | None = None
