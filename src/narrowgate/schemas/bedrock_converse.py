"""The JSON of Bedrock's Converse API: requests, answers and the events of a stream.

A block, a tool or a source is an object with one member, whose name says what it is. Members are
null where a provider may leave them out; what only one side cares for stays `Raw`.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html,
…/API_runtime_ConverseStream.html (read 2026-11).
"""

import msgspec
from msgspec import UNSET, Raw, UnsetType

# -- blocks ------------------------------------------------------------------------------------------


class _Object(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What all of them have in common."""


class CachePoint(_Object, frozen=True, omit_defaults=False):
    """The prompt up to here should be cached; `ttl` is "5m" or "1h"."""

    type: str = "default"
    ttl: str | UnsetType | None = UNSET


class S3Location(_Object, frozen=True):
    """A file in S3."""

    uri: str
    bucket_owner: str | None = None


class SourceObject(_Object, frozen=True):
    """Where the bytes of a medium are; a document's may be text or pieces of text too."""

    data: str | None = msgspec.field(name="bytes", default=None)
    s3_location: S3Location | None = None
    text: str | None = None
    content: tuple[Raw, ...] | None = None


class MediumObject(_Object, frozen=True):
    """A picture, a film or a sound."""

    format: str
    source: SourceObject


class CitationsConfig(_Object, frozen=True, omit_defaults=False):
    """Whether the answer shall cite a document."""

    enabled: bool | None = None


class DocumentObject(_Object, frozen=True):
    """A document; its name says what it is to the model, in letters, digits, blanks, hyphens and brackets."""

    source: SourceObject
    name: str | None = None
    format: str | None = None
    context: str | None = None
    citations: CitationsConfig | None = None


class ToolUseObject(_Object, frozen=True):
    """A call of a tool; `type` is "server_tool_use" when Bedrock runs it."""

    tool_use_id: str | None = None
    name: str | None = None
    input: Raw | UnsetType = UNSET
    type: str | None = None


class ToolResultObject(_Object, frozen=True):
    """What a tool gave; `status` is "success" or "error", `type` is set when Bedrock ran the tool."""

    tool_use_id: str | None = None
    content: tuple[Raw, ...] | None = None
    status: str | None = None
    type: str | None = None


class ReasoningText(_Object, frozen=True):
    """Reasoning, with the signature it must come back with."""

    text: str | None = None
    signature: str | None = None


class ReasoningContent(_Object, frozen=True):
    """Reasoning in words, or encrypted."""

    reasoning_text: ReasoningText | None = None
    redacted_content: str | None = None


class TextPiece(_Object, frozen=True):
    """Words."""

    text: str | None = None


class CitationsContent(_Object, frozen=True):
    """Words, and where they come from."""

    content: tuple[TextPiece, ...] | None = None
    citations: tuple[Raw, ...] | None = None


class Block(_Object, frozen=True):
    """A block of content: one of these, or one that has no place here."""

    text: str | None = None
    image: MediumObject | None = None
    document: DocumentObject | None = None
    video: MediumObject | None = None
    audio: MediumObject | None = None
    tool_use: ToolUseObject | None = None
    tool_result: ToolResultObject | None = None
    reasoning_content: ReasoningContent | None = None
    citations_content: CitationsContent | None = None
    cache_point: CachePoint | None = None
    json: Raw | UnsetType = UNSET


class WebLocation(_Object, frozen=True):
    """A page cited."""

    url: str | None = None
    domain: str | None = None


class TextLocation(_Object, frozen=True, omit_defaults=False):
    """A place in a document, in characters."""

    document_index: int | None = None
    start: int | None = None
    end: int | None = None


class CitationLocation(_Object, frozen=True):
    """The places that others can show too."""

    web: WebLocation | None = None
    document_char: TextLocation | None = None


class CitationObject(_Object, frozen=True):
    """A citation."""

    title: str | None = None
    source: str | None = None
    source_content: tuple[TextPiece, ...] | None = None
    location: CitationLocation | None = None


# -- requests ----------------------------------------------------------------------------------------


class MessageObject(_Object, frozen=True):
    """One turn."""

    role: str
    content: tuple[Raw, ...] | None = None


class InferenceConfig(_Object, frozen=True):
    """The limits and numbers every model knows."""

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: tuple[str, ...] | None = None


class InputSchema(_Object, frozen=True):
    """JSON schema of a tool's arguments."""

    json: Raw | UnsetType = UNSET


class ToolSpec(_Object, frozen=True):
    """A tool the client runs."""

    name: str
    input_schema: InputSchema | None = None
    description: str | None = None
    strict: bool | None = None


class ToolEntry(_Object, frozen=True):
    """A tool, or a cache point behind one."""

    tool_spec: ToolSpec | None = None
    cache_point: CachePoint | None = None


class NamedTool(_Object, frozen=True):
    """The tool that must be called."""

    name: str


class ToolChoiceObject(_Object, frozen=True):
    """Which tools must be called; `auto` and `any` are empty objects."""

    auto: Raw | UnsetType = UNSET
    any: Raw | UnsetType = UNSET
    tool: NamedTool | None = None


class ToolConfig(_Object, frozen=True):
    """The tools."""

    tools: tuple[Raw, ...] | None = None
    tool_choice: ToolChoiceObject | None = None


class JsonSchema(_Object, frozen=True):
    """A schema as text."""

    schema: str
    name: str | None = None
    description: str | None = None


class FormatStructure(_Object, frozen=True):
    """What holds the schema."""

    json_schema: JsonSchema | None = None


class TextFormat(_Object, frozen=True):
    """What the answer's text must be; `type` is "json_schema"."""

    type: str | None = None
    structure: FormatStructure | None = None


class OutputConfig(_Object, frozen=True):
    """How the answer shall be."""

    text_format: TextFormat | None = None
    effort: str | None = None


class ServiceTier(_Object, frozen=True):
    """How fast, for how much: "priority", "default", "flex" or "reserved"."""

    type: str | None = None


class ConverseRequest(_Object, frozen=True):
    """A request; what it has besides these is an extension."""

    messages: tuple[MessageObject, ...] | None = None
    system: tuple[Raw, ...] | None = None
    inference_config: InferenceConfig | None = None
    tool_config: ToolConfig | None = None
    additional_model_request_fields: Raw | UnsetType = UNSET
    output_config: OutputConfig | None = None
    request_metadata: Raw | UnsetType = UNSET
    service_tier: ServiceTier | None = None


# -- answers -----------------------------------------------------------------------------------------


class CacheDetail(_Object, frozen=True, omit_defaults=False):
    """Tokens written into the cache for `ttl` ("5m", "1h")."""

    ttl: str | None = None
    input_tokens: int | float | None = None


class TokenUsage(_Object, frozen=True, omit_defaults=False):
    """Token counts: cached input is beside `input_tokens`, reasoning inside `output_tokens`."""

    input_tokens: int | float | None = None
    output_tokens: int | float | None = None
    total_tokens: int | float | None = None
    cache_read_input_tokens: int | float | None = None
    cache_write_input_tokens: int | float | None = None
    cache_details: tuple[CacheDetail, ...] | UnsetType | None = UNSET


class OutputObject(_Object, frozen=True):
    """What holds the message."""

    message: MessageObject | None = None


class ConverseAnswer(_Object, frozen=True):
    """A whole answer."""

    output: OutputObject | None = None
    stop_reason: str | None = None
    usage: TokenUsage | None = None
    service_tier: ServiceTier | None = None
    additional_model_response_fields: Raw | UnsetType = UNSET


class ImageStart(_Object, frozen=True):
    """A picture begins, or goes on."""

    format: str | None = None
    source: SourceObject | None = None


class BlockStart(_Object, frozen=True):
    """What a block begins with; words and thoughts have no beginning."""

    tool_use: ToolUseObject | None = None
    tool_result: ToolResultObject | None = None
    image: ImageStart | None = None


class ToolUseDelta(_Object, frozen=True):
    """More of a call's arguments, as text."""

    input: str | None = None


class ReasoningDelta(_Object, frozen=True):
    """More reasoning, or its signature."""

    text: str | None = None
    signature: str | None = None
    redacted_content: str | None = None


class BlockDelta(_Object, frozen=True):
    """More of a block."""

    text: str | None = None
    tool_use: ToolUseDelta | None = None
    tool_result: tuple[Raw, ...] | None = None
    reasoning_content: ReasoningDelta | None = None
    citation: Raw | UnsetType = UNSET
    image: ImageStart | None = None


class StreamEvent(_Object, frozen=True):
    """The members of all events of a stream."""

    content_block_index: int | float | None = None
    start: BlockStart | None = None
    delta: BlockDelta | None = None
    stop_reason: str | None = None
    additional_model_response_fields: Raw | UnsetType = UNSET
    usage: TokenUsage | None = None
