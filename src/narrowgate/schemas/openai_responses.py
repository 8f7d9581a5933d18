"""The JSON of OpenAI's Responses API, both ways. Members are lenient: imitators send null for almost any.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11).
"""

from msgspec import Raw, Struct

# What stands in a member that was not sent or was sent as null; there is no telling them apart.
NULL = Raw(b"null")

# -- what is asked -----------------------------------------------------------------------------------


class Request(Struct, kw_only=True, omit_defaults=True):
    """A request. What is not named here is an extension."""

    model: str | None = None
    input: str | list[Raw] | None = None
    instructions: str | None = None
    tools: list[Raw] | None = None
    tool_choice: Raw = NULL
    parallel_tool_calls: bool | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    top_logprobs: int | None = None
    text: Raw = NULL
    reasoning: Raw = NULL
    include: list[str] | None = None
    stream: bool | None = None
    store: bool | None = None
    previous_response_id: str | None = None
    user: str | None = None
    metadata: Raw = NULL
    service_tier: str | None = None
    prompt_cache_key: str | None = None


class Reasoning(Struct, omit_defaults=True):
    """The member `reasoning` of a request."""

    effort: str | None = None
    summary: str | None = None
    generate_summary: str | None = None


class TextFormat(Struct, omit_defaults=True):
    """`text.format` of a request."""

    type: str = ""
    name: str | None = None
    description: str | None = None
    schema: Raw = NULL
    strict: bool | None = None


class TextOptions(Struct, omit_defaults=True):
    """The member `text` of a request."""

    format: TextFormat | None = None
    verbosity: str | None = None


class Tool(Struct, omit_defaults=True):
    """A tool of type function, custom or namespace."""

    type: str = ""
    name: str = ""
    description: str | None = None
    parameters: Raw = NULL
    strict: bool | None = None
    format: Raw = NULL
    tools: list[Raw] | None = None


class AddedTools(Struct):
    """An item of type additional_tools: tools that are there from here on."""

    tools: list[Raw]


class ToolChoice(Struct, omit_defaults=True):
    """`tool_choice` as an object; `mode` and `tools` are those of type allowed_tools."""

    type: str = ""
    name: str | None = None
    mode: str | None = None
    tools: "list[ToolChoice] | None" = None


# -- items -------------------------------------------------------------------------------------------


class AudioData(Struct):
    """What is in an `input_audio` part."""

    data: str = ""
    format: str = ""


class ImageUrl(Struct):
    """How Chat wraps the address of an image; some clients do so here."""

    url: str = ""


class Content(Struct, omit_defaults=True):
    """A part of a message, of a tool's output or of a reasoning item."""

    type: str = ""
    text: str | None = None
    refusal: str | None = None
    image_url: str | ImageUrl | None = None
    detail: str | None = None
    file_id: str | None = None
    file_url: str | None = None
    file_data: str | None = None
    filename: str | None = None
    input_audio: AudioData | None = None
    annotations: list[Raw] | None = None
    logprobs: list[Raw] | None = None


class Item(Struct):
    """An item as it comes; which members count depends on `type`."""

    type: str | None = None
    id: str | None = None
    role: str | None = None
    content: str | list[Raw] | None = None
    summary: list[Content] | None = None
    encrypted_content: str | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    arguments: Raw = NULL
    input: str | None = None
    output: str | list[Raw] | None = None
    result: str | None = None
    output_format: str | None = None


class ItemKind(Struct):
    """As much of an item, part or tool as tells what it is."""

    type: str | None = None
    role: str | None = None


class WrittenItem(Struct, omit_defaults=True):
    """An item as it is written; None is left out."""

    type: str
    id: str | None = None
    role: str | None = None
    content: str | list[Content | Raw] | list[Content] | None = None
    summary: list[Content] | None = None
    encrypted_content: str | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    arguments: str | None = None
    input: str | None = None
    output: str | list[Content | Raw] | None = None
    result: str | None = None
    output_format: str | None = None
    status: str | None = None


class Annotation(Struct, omit_defaults=True):
    """Where a text comes from: of type url_citation or one of the file citations."""

    type: str = ""
    url: str | None = None
    title: str | None = None
    start_index: int | None = None
    end_index: int | None = None
    filename: str | None = None


# -- what is answered --------------------------------------------------------------------------------


class InputDetails(Struct):
    """Of which kinds the tokens are that went in; all are in `input_tokens`."""

    cached_tokens: float | None = None
    cache_write_tokens: float | None = None
    audio_tokens: float | None = None
    image_tokens: float | None = None


class OutputDetails(Struct):
    """Of which kinds the tokens are that came out; all are in `output_tokens`."""

    reasoning_tokens: float | None = None
    audio_tokens: float | None = None
    image_tokens: float | None = None


class Usage(Struct):
    """Token counts of an answer."""

    input_tokens: float | None = None
    output_tokens: float | None = None
    total_tokens: float | None = None
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None


class IncompleteDetails(Struct):
    """Why an answer ends early."""

    reason: str | None = None


class Error(Struct):
    """An error, in a body, an answer or an event. The code is a number in some imitations."""

    message: str | None = None
    type: str | None = None
    code: str | float | None = None
    param: str | None = None


class Response(Struct):
    """An answer, whole or in the events that begin and end a stream."""

    id: str | None = None
    model: str | None = None
    created_at: float | None = None
    status: str | None = None
    output: list[Raw] | None = None
    usage: Usage | None = None
    incomplete_details: IncompleteDetails | None = None
    error: Error | str | None = None
    service_tier: str | None = None


class StreamEvent(Struct):
    """An event of a stream; which members count depends on `type`."""

    type: str = ""
    response: Response | None = None
    item: Raw = NULL
    output_index: int | None = None
    content_index: int | None = None
    summary_index: int | None = None
    delta: str | None = None
    part: Raw = NULL
    annotation: Raw = NULL
    logprobs: list[Raw] | None = None
    error: Error | str | None = None
    message: str | None = None
    code: str | float | None = None
    param: str | None = None
