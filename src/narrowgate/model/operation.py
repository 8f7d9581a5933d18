"""What a client can ask for, independent of dialect and provider."""

from enum import Enum


class Operation(Enum):
    """One kind of call. The value is the name used in records, metrics and configuration."""

    # By identity, as members are compared: Enum's own is Python code, and every call looks things up by operation.
    __hash__ = object.__hash__

    CHAT = "chat"
    COMPLETIONS = "completions"
    RESPONSES = "responses"
    EMBEDDINGS = "embeddings"
    MODERATIONS = "moderations"
    RERANK = "rerank"
    SPEECH = "speech"
    TRANSCRIPTIONS = "transcriptions"
    TRANSLATIONS = "translations"
    IMAGE_GENERATIONS = "image_generations"
    IMAGE_EDITS = "image_edits"
    IMAGE_VARIATIONS = "image_variations"
    COUNTING = "count_tokens"
    PASSTHROUGH = "passthrough"
