"""Chat completions as JSON: answers, as they are read from providers and as they are written for clients.

Source: https://platform.openai.com/docs/api-reference/chat (read 2026-11).
"""

from msgspec import UNSET, Raw, Struct, UnsetType

from narrowgate.schemas.openai_chat import Message, Number

# -- as they are read --------------------------------------------------------------------------------


class UrlCitation(Struct):
    """Where a piece of the answer comes from."""

    url: str = ""
    title: str | None = None
    start_index: Number | None = None
    end_index: Number | None = None
    content: str | None = None


class Annotation(Struct, omit_defaults=True):
    """A citation in an answer."""

    type: str = ""
    url_citation: UrlCitation | None = None


class Choice(Struct, omit_defaults=True):
    """One answer, or in a stream a piece of it."""

    index: Number | None = None
    delta: Message | None = None
    message: Message | None = None
    finish_reason: str | None = None
    logprobs: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET  # OpenRouter


class SearchResult(Struct):
    """A source of the whole answer (Perplexity)."""

    url: str | None = None
    title: str | None = None


class Answer(Struct, omit_defaults=True):
    """A whole answer, or one event of a stream. What is in `usage` is read by `schemas.openai_usage`."""

    id: str | int | None = None
    model: str | None = None
    created: Number | None = None
    service_tier: str | None = None
    choices: list[Choice] | None = None
    error: Raw | UnsetType = UNSET
    usage: Raw | UnsetType = UNSET
    x_groq: Raw | UnsetType = UNSET
    citations: list[Raw] | None = None
    search_results: list[SearchResult] | None = None


# -- as they are written -----------------------------------------------------------------------------


class PromptDetails(Struct, omit_defaults=True):
    """Parts of `prompt_tokens`."""

    cached_tokens: int | UnsetType = UNSET
    audio_tokens: int | UnsetType = UNSET
    cache_write_tokens: int = 0
    image_tokens: int = 0


class CompletionDetails(Struct, omit_defaults=True):
    """Parts of `completion_tokens`."""

    reasoning_tokens: int | UnsetType = UNSET
    audio_tokens: int | UnsetType = UNSET
    image_tokens: int = 0


class Usage(Struct):
    """What a call used; cached and reasoning tokens are in the counts they are parts of."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptDetails
    completion_tokens_details: CompletionDetails


class WholeChoice(Struct):
    """A choice of a whole answer."""

    index: int
    message: Message
    logprobs: Raw | None
    finish_reason: str


class Completion(Struct):
    """A whole answer."""

    id: str
    object: str
    created: int
    model: str
    choices: list[WholeChoice]
    usage: Usage | UnsetType = UNSET
    service_tier: str | UnsetType = UNSET


class ChunkChoice(Struct):
    """A piece of a choice."""

    index: int
    delta: Message
    finish_reason: str | None = None
    logprobs: Raw | UnsetType = UNSET


class Chunk(Struct):
    """One event of a stream."""

    id: str
    object: str
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: Usage | UnsetType | None = UNSET
    service_tier: str | UnsetType = UNSET
