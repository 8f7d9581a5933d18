"""Vectors of Bedrock's models: each maker has a form of its own.

Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html,
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html,
https://docs.aws.amazon.com/nova/latest/userguide/embeddings-schema.html (read 2026-11).
"""

import msgspec


class TitanAnswer(msgspec.Struct):
    """One vector."""

    embedding: list[float]
    inputTextTokenCount: int | None = None  # noqa: N815 - AWS's own spelling


class CohereVectors(msgspec.Struct):
    """Vectors by their type."""

    float: list[list[float]]


class CohereAnswer(msgspec.Struct):
    """Vectors: plain ones of version 3, by type of version 4."""

    embeddings: CohereVectors | list[list[float]]


class NovaVector(msgspec.Struct):
    """One vector."""

    embedding: list[float]


class NovaAnswer(msgspec.Struct):
    """The vectors of one input; of a text there is one."""

    embeddings: list[NovaVector]
