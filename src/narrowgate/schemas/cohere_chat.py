"""Cohere's chat, version 2: the request, the answer, the events of a stream.

Source: https://docs.cohere.com/v2/reference/chat, https://docs.cohere.com/v2/reference/chat-stream
(read 2026-11).
"""

import msgspec
from msgspec import Raw

# The seal of the thought that stands in `tool_plan` instead of in a part of the content.
TOOL_PLAN = "tool_plan"

_NULL = Raw(b"null")


class ImageUrl(msgspec.Struct, omit_defaults=True, gc=False):
    """A picture, by URL or as a data URL."""

    url: str
    detail: str | None = None


class Document(msgspec.Struct, omit_defaults=True):
    """Something to cite from. `data` is an object of any members, or a string."""

    data: Raw = _NULL
    id: str | None = None


class Part(msgspec.Struct, omit_defaults=True):
    """A piece of a content: `type` is text, thinking, image_url or document.

    `signature` and `redacted` are the gateway's own, for reasoning of other providers; they come
    back with the message.
    """

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    image_url: ImageUrl | str | None = None
    document: Document | None = None
    signature: str | None = None
    redacted: bool | None = None


class Function(msgspec.Struct, omit_defaults=True, gc=False):
    """What is called, and with what: `arguments` is JSON text."""

    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct, omit_defaults=True, gc=False):
    """One call."""

    id: str | None = None
    type: str | None = None
    function: Function | None = None


class FunctionTool(msgspec.Struct, omit_defaults=True):
    """The function of a tool."""

    name: str
    description: str | None = None
    parameters: Raw = _NULL


class Tool(msgspec.Struct, omit_defaults=True):
    """A tool of type function."""

    type: str = ""
    function: FunctionTool | None = None


class Message(msgspec.Struct):
    """One turn of a request."""

    role: str
    content: str | list[Raw] | None = None
    tool_plan: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    citations: list[Raw] | None = None


class ResponseFormat(msgspec.Struct, omit_defaults=True):
    """Structured output; `schema` is the older name of `json_schema`."""

    type: str
    json_schema: Raw = _NULL
    schema: Raw = _NULL


class Thinking(msgspec.Struct, omit_defaults=True, gc=False):
    """Whether to think, "enabled" or "disabled", and how much."""

    type: str
    token_budget: int | None = None


class Request(msgspec.Struct):
    """A request's members that mean something to others too; the rest is passed through."""

    model: str
    messages: list[Message]
    stream: bool | None = None
    tools: list[Raw] | None = None
    tool_choice: str | None = None
    strict_tools: bool | None = None
    documents: list[str | Document] | None = None
    response_format: ResponseFormat | None = None
    thinking: Thinking | None = None
    max_tokens: int | None = None
    stop_sequences: list[str] | None = None
    temperature: float | None = None
    p: float | None = None
    k: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logprobs: bool | None = None


# -- answers -----------------------------------------------------------------------------------------


class CitedDocument(msgspec.Struct):
    """The members of a cited document or tool output that others can show."""

    title: object = None
    url: object = None
    text: object = None


class CitationSource(msgspec.Struct):
    """Where a citation is from: a document, or what a tool gave."""

    type: str | None = None
    id: str | None = None
    document: CitedDocument | None = None
    tool_output: CitedDocument | None = None


class Citation(msgspec.Struct):
    """`start` and `end` count characters of the content part `content_index`."""

    start: float | int | None = None
    end: float | int | None = None
    text: str | None = None
    sources: list[CitationSource] | None = None
    content_index: float | int | None = None


class Counts(msgspec.Struct, gc=False):
    """Token counts; `image_tokens` are not in `input_tokens`, `reasoning_tokens` are in `output_tokens`."""

    input_tokens: float | int | None = None
    output_tokens: float | int | None = None
    reasoning_tokens: float | int | None = None
    image_tokens: float | int | None = None


class Usage(msgspec.Struct):
    """`tokens` has Cohere's own template in it, `billed_units` has not. `cached_tokens` are of `tokens`."""

    billed_units: Counts | None = None
    tokens: Counts | None = None
    cached_tokens: float | int | None = None


class AnswerMessage(msgspec.Struct):
    """The message of a whole answer."""

    role: str | None = None
    content: list[Raw] | str | None = None
    tool_plan: str | None = None
    tool_calls: list[ToolCall] | None = None
    citations: list[Raw] | None = None


class LogprobItem(msgspec.Struct):
    """Log probabilities of the tokens of a piece of text."""

    text: str | None = None
    token_ids: list[int] | None = None
    logprobs: list[float | int | None] | None = None


class Answer(msgspec.Struct):
    """A whole answer; of an error in spite of its status, `message` is text."""

    id: str | None = None
    finish_reason: str | None = None
    message: AnswerMessage | str | None = None
    usage: Usage | None = None
    logprobs: list[LogprobItem] | None = None


class DeltaMessage(msgspec.Struct):
    """What an event adds. A citation is kept as it came."""

    content: Part | list[Raw] | str | None = None
    tool_plan: str | None = None
    tool_calls: ToolCall | list[ToolCall] | None = None
    citations: Raw = _NULL


class Delta(msgspec.Struct):
    """The change an event tells; the last one tells the end or an error."""

    message: DeltaMessage | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    error: str | None = None
    error_type: str | None = None


class StreamEvent(msgspec.Struct):
    """One event. `message` is text in an error that is no event."""

    type: str | None = None
    id: str | None = None
    index: float | int | None = None
    delta: Delta | None = None
    message: str | None = None
    logprobs: LogprobItem | None = None


class RawDeltaMessage(msgspec.Struct):
    """A content of a type not known, as it came."""

    content: Raw = _NULL


class RawDelta(msgspec.Struct):
    """The delta of such an event."""

    message: RawDeltaMessage


class RawEvent(msgspec.Struct):
    """Such an event."""

    delta: RawDelta
