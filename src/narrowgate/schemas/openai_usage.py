"""Usage as providers of the OpenAI dialect report it, in all its spellings.

Source: https://platform.openai.com/docs/api-reference/chat/object,
https://platform.openai.com/docs/api-reference/responses/object (read 2026-11).
"""

import msgspec
from msgspec import Raw


class InputDetails(msgspec.Struct, gc=False):
    """Parts of the input."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None


class OutputDetails(msgspec.Struct, gc=False):
    """Parts of the output."""

    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None
    text_tokens: int | None = None


class UsageObject(msgspec.Struct, gc=False):
    """The object `usage`: chat's spelling, the newer endpoints' spelling, and what others add."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None
    input_tokens: int | None = None
    input_tokens_details: InputDetails | None = None
    output_tokens: int | None = None
    output_tokens_details: OutputDetails | None = None
    # Transcriptions; assistants, Mistral's embeddings and Writer.
    input_token_details: InputDetails | None = None
    prompt_token_details: InputDetails | None = None
    completion_token_details: OutputDetails | None = None
    cached_tokens: int | None = None  # Together, Moonshot
    prompt_cache_hit_tokens: int | None = None  # DeepSeek
    num_cached_tokens: int | None = None  # Mistral, before it had details
    cache_read_input_tokens: int | None = None  # Doubleword, Venice
    cache_creation_input_tokens: int | None = None  # Doubleword, Vercel
    reasoning_tokens: int | None = None  # Copilot, Grok on Azure


class Answer(msgspec.Struct, gc=False):
    """A whole answer of any endpoint."""

    usage: UsageObject | None = None


class GroqExtras(msgspec.Struct, gc=False):
    """What Groq adds to some chunks."""

    usage: UsageObject | None = None


class Chunk(msgspec.Struct, gc=False):
    """One event of a stream other than of the Responses endpoint."""

    usage: UsageObject | None = None
    x_groq: GroqExtras | None = None


class ResponseEvent(msgspec.Struct, gc=False):
    """One event of the Responses endpoint."""

    type: str = ""
    response: Answer | None = None


class Loose(msgspec.Struct, gc=False):
    """Any of these with nothing checked; what is missing reads as null."""

    type: Raw = Raw(b"null")
    usage: Raw = Raw(b"null")
    x_groq: Raw = Raw(b"null")
    response: Raw = Raw(b"null")
