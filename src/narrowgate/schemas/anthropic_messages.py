"""The JSON of Anthropic's Messages API: requests, answers and the events of a stream.

Members are null where a provider may leave them out; what only one side cares for stays `Raw`.
Source: https://platform.claude.com/docs/en/api/messages (read 2026-11).
"""

import msgspec
from msgspec import UNSET, Raw, UnsetType

# -- blocks ------------------------------------------------------------------------------------------


class CacheControl(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="ephemeral"):
    """A cache breakpoint; `ttl` is "5m" or "1h"."""

    ttl: str | None = None


class Kind(msgspec.Struct, frozen=True):
    """What tells blocks, tools and events apart."""

    type: str | None = None


class TextBlock(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="text"):
    """Words."""

    text: str | None = None
    citations: tuple[Raw, ...] | None = None
    cache_control: CacheControl | None = None


class SourceObject(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the bytes of an image or a document are: base64, url, file or text."""

    type: str | None = None
    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    file_id: str | None = None


class ImageBlock(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="image"):
    """A picture."""

    source: SourceObject
    cache_control: CacheControl | None = None


class CitationsConfig(msgspec.Struct, frozen=True):
    """Whether the answer shall cite a document."""

    enabled: bool | None = None


class DocumentBlock(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="document"):
    """A PDF or a text."""

    source: SourceObject
    title: str | None = None
    context: str | None = None
    citations: CitationsConfig | None = None
    cache_control: CacheControl | None = None


class ThinkingBlock(msgspec.Struct, frozen=True, tag_field="type", tag="thinking"):
    """Reasoning, with the signature it must come back with."""

    thinking: str | None = None
    signature: str | None = None


class RedactedThinkingBlock(msgspec.Struct, frozen=True, tag_field="type", tag="redacted_thinking"):
    """Encrypted reasoning."""

    data: str | None = None


class ToolUseBlock(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="tool_use"):
    """A call of a tool; `caller` is another than "direct" when code of the provider's calls it."""

    id: str | None = None
    name: str | None = None
    input: Raw | UnsetType = UNSET
    caller: Raw | UnsetType = UNSET
    cache_control: CacheControl | None = None


class ToolResultBlock(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="tool_result"):
    """What a tool gave; `content` is text or a list of blocks."""

    tool_use_id: str | None = None
    content: str | tuple[Raw, ...] | None = None
    is_error: bool | None = None
    cache_control: CacheControl | None = None


class CitationObject(msgspec.Struct, frozen=True):
    """The members of the kinds of citation that others can show too."""

    type: str | None = None
    url: str | None = None
    source: str | None = None
    title: str | None = None
    document_title: str | None = None
    cited_text: str | None = None
    start_char_index: int | None = None
    end_char_index: int | None = None


# -- requests ----------------------------------------------------------------------------------------


class MessageObject(msgspec.Struct, frozen=True):
    """One turn; `content` is text or a list of blocks."""

    role: str
    content: str | tuple[Raw, ...]


class ToolObject(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tool the client runs."""

    name: str
    description: str | None = None
    input_schema: Raw | UnsetType = UNSET
    strict: bool | None = None
    cache_control: CacheControl | None = None


class ToolChoiceObject(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether tools are called: auto, any, tool or none."""

    type: str
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class ThinkingObject(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much the model thinks: enabled with a budget, adaptive or disabled."""

    type: str
    budget_tokens: int | None = None
    display: str | None = None


class FormatObject(msgspec.Struct, frozen=True):
    """Structured output."""

    type: str
    schema: Raw | UnsetType = UNSET


class OutputConfig(msgspec.Struct, frozen=True):
    """Structured output and effort."""

    effort: str | None = None
    format: FormatObject | None = None


class MessagesRequest(msgspec.Struct, frozen=True):
    """The members of a request that have a neutral meaning."""

    messages: tuple[MessageObject, ...]
    model: str | None = None
    max_tokens: int | None = None
    system: str | tuple[Raw, ...] | None = None
    tools: tuple[Raw, ...] | None = None
    tool_choice: ToolChoiceObject | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop_sequences: tuple[str, ...] | None = None
    stream: bool | None = None
    thinking: ThinkingObject | None = None
    output_config: OutputConfig | None = None
    output_format: FormatObject | None = None
    metadata: dict[str, Raw] | None = None
    service_tier: str | None = None
    cache_control: CacheControl | None = None
    anthropic_beta: tuple[str, ...] | None = None  # hosts that take no header for it


# -- answers -----------------------------------------------------------------------------------------


class OutputDetails(msgspec.Struct, frozen=True):
    """Parts of the output."""

    thinking_tokens: int | float | None = None


class CacheCreation(msgspec.Struct, frozen=True):
    """Tokens written into the cache, by how long they stay."""

    ephemeral_5m_input_tokens: int | float | None = None
    ephemeral_1h_input_tokens: int | float | None = None


class UsageObject(msgspec.Struct, frozen=True, omit_defaults=True):
    """Token counts: cached input stands beside `input_tokens`, thinking is part of `output_tokens`."""

    input_tokens: int | float | None = None
    cache_creation_input_tokens: int | float | None = None
    cache_read_input_tokens: int | float | None = None
    output_tokens: int | float | None = None
    output_tokens_details: OutputDetails | None = None
    service_tier: str | None = None
    cache_creation: CacheCreation | None = None


class ErrorObject(msgspec.Struct, frozen=True):
    """What went wrong."""

    type: str | None = None
    message: str | None = None


class MessageAnswer(msgspec.Struct, frozen=True):
    """A whole answer, or what `message_start` says of one."""

    type: str | None = None
    id: str | None = None
    model: str | None = None
    content: tuple[Raw, ...] | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: UsageObject | None = None
    error: Raw | UnsetType = UNSET


class DeltaObject(msgspec.Struct, frozen=True):
    """What `content_block_delta` and `message_delta` add."""

    type: str | None = None
    text: str | None = None
    partial_json: str | None = None
    thinking: str | None = None
    signature: str | None = None
    citation: Raw | UnsetType = UNSET
    stop_reason: str | None = None
    stop_sequence: str | None = None


class StreamEvent(msgspec.Struct, frozen=True):
    """One event of a stream, whichever it is."""

    type: str | None = None
    index: int | None = None
    message: MessageAnswer | None = None
    content_block: Raw | UnsetType = UNSET
    delta: DeltaObject | None = None
    usage: UsageObject | None = None


class DeltaEvent(msgspec.Struct, frozen=True):
    """A `content_block_delta` with all that its delta has."""

    delta: dict[str, object] | None = None
