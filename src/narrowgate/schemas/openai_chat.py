"""Chat completions as JSON: requests and the messages of both sides, imitators' members included.

Members that may hold anything stay `Raw`; on both sides null is the same as absent. `UNSET` is what
is not written at all.
Source: https://platform.openai.com/docs/api-reference/chat (read 2026-11),
https://openrouter.ai/docs/use-cases/reasoning-tokens, https://docs.litellm.ai/docs/reasoning_content,
https://ai.google.dev/gemini-api/docs/thought-signatures, https://docs.mistral.ai/capabilities/reasoning (read 2026-11).
"""

from msgspec import UNSET, Raw, Struct, UnsetType

Number = int | float  # counts too: some write 100.0

# -- parts of a message's content --------------------------------------------------------------------


class CacheControl(Struct, omit_defaults=True):
    """Anthropic's cache mark, as OpenRouter and LiteLLM take it over."""

    type: str = ""
    ttl: str | None = None


class Url(Struct, omit_defaults=True):
    """The inside of `image_url`, `video_url`, `audio_url` and `file_url`."""

    url: str
    detail: str | None = None


class InputAudio(Struct, omit_defaults=True):
    """A sound in base64; `format` is "wav", "mp3" or the like."""

    data: str
    format: str = ""


class File(Struct, omit_defaults=True):
    """A file by id or as a data URL. LiteLLM's clients put a URL into `file_id` and a type into `format`."""

    file_id: str | None = None
    file_data: str | None = None
    filename: str | None = None
    format: str | None = None


class ContentPart(Struct, omit_defaults=True):
    """One part of a list of content, of whatever `type`."""

    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: str | Url | None = None
    video_url: str | Url | None = None
    audio_url: str | Url | None = None
    file_url: str | Url | None = None
    input_audio: str | InputAudio | None = None  # Mistral has the bytes alone
    file: File | None = None
    document_url: str | None = None  # Mistral
    document_name: str | None = None
    thinking: str | list["TextPiece"] | None = None  # Mistral has a list, Anthropic's models text
    signature: str | None = None
    summary: list["TextPiece"] | None = None  # Databricks, type "reasoning"
    cache_control: CacheControl | None = None


class TextPiece(Struct, omit_defaults=True):
    """A piece of reasoning."""

    type: str = ""
    text: str | None = None
    signature: str | None = None


# -- messages ----------------------------------------------------------------------------------------


class Function(Struct, omit_defaults=True):
    """The function a call is of. `arguments` is a string; a few imitators send the object itself."""

    name: str | None = None
    arguments: Raw | UnsetType = UNSET


class CustomCall(Struct, omit_defaults=True):
    """The custom tool a call is of."""

    name: str | None = None
    input: str | UnsetType | None = UNSET


class GoogleExtra(Struct, omit_defaults=True):
    """What Google wants back with a call."""

    thought_signature: str | None = None


class ExtraContent(Struct, omit_defaults=True):
    """What vendors add to a call."""

    google: GoogleExtra | None = None


class ToolCall(Struct, omit_defaults=True):
    """A call, or in a stream a piece of one."""

    index: Number | None = None
    id: str | int | None = None  # a number at Hugging Face
    type: str | None = None
    function: Function | None = None
    custom: CustomCall | None = None
    extra_content: ExtraContent | None = None


class ReasoningDetail(Struct, omit_defaults=True):
    """OpenRouter's form of reasoning: reasoning.text, reasoning.summary or reasoning.encrypted."""

    type: str = ""
    text: str | None = None
    summary: str | None = None
    data: str | None = None
    signature: str | None = None
    id: str | None = None
    format: str | None = None
    index: Number | None = None


class ThinkingBlock(Struct, omit_defaults=True):
    """LiteLLM's form of reasoning, with Anthropic's signature."""

    type: str = ""
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None


class GivenImage(Struct):
    """A picture in an answer (OpenRouter, LiteLLM)."""

    image_url: Url | None = None
    type: str = "image_url"
    index: int = 0


class Message(Struct, omit_defaults=True):
    """A message of a request, or what a choice of an answer says, or a piece of it in a stream."""

    role: str | None = None
    content: str | list[Raw] | UnsetType | None = UNSET
    refusal: str | UnsetType | None = UNSET
    name: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[ReasoningDetail] | None = None
    thinking_blocks: list[ThinkingBlock] | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    function_call: Function | None = None
    annotations: list[Raw] | None = None
    images: list[GivenImage] | None = None
    audio: Raw | UnsetType = UNSET
    cache_control: CacheControl | None = None


# -- requests ----------------------------------------------------------------------------------------


class FunctionTool(Struct, omit_defaults=True):
    """A function to be called."""

    name: str
    description: str | None = None
    parameters: Raw | UnsetType = UNSET
    strict: bool | None = None
    cache_control: CacheControl | None = None


class CustomToolBody(Struct, omit_defaults=True):
    """A tool of free text."""

    name: str
    description: str | None = None
    format: Raw | UnsetType = UNSET


class Tool(Struct, omit_defaults=True):
    """A tool of whatever `type`."""

    type: str = ""
    function: FunctionTool | None = None
    custom: CustomToolBody | None = None
    name: str | None = None  # some clients leave out the object `function`
    description: str | None = None
    parameters: Raw | UnsetType = UNSET
    strict: bool | None = None
    cache_control: CacheControl | None = None


class Named(Struct, omit_defaults=True):
    """A name, of a function or custom tool."""

    name: str


class NamedTool(Struct, omit_defaults=True):
    """A tool meant by its name."""

    type: str = ""
    function: Named | None = None
    custom: Named | None = None
    name: str | None = None


class AllowedTools(Struct, omit_defaults=True):
    """A subset of the tools."""

    mode: str = ""
    tools: list[NamedTool] = []


class ToolChoice(Struct, omit_defaults=True):
    """`tool_choice` when it is an object."""

    type: str = ""
    function: Named | None = None
    custom: Named | None = None
    allowed_tools: AllowedTools | None = None
    name: str | None = None


class JsonSchema(Struct, omit_defaults=True):
    """The schema an answer must be of."""

    name: str | None = None
    description: str | None = None
    schema: Raw | UnsetType = UNSET
    strict: bool | None = None


class ResponseFormat(Struct, omit_defaults=True):
    """What the answer's text must be."""

    type: str
    json_schema: JsonSchema | None = None


class StreamOptions(Struct, omit_defaults=True):
    """What a stream tells besides the answer."""

    include_usage: bool | None = None


class ReasoningObject(Struct, omit_defaults=True):
    """OpenRouter's `reasoning`."""

    effort: str | None = None
    max_tokens: Number | None = None
    exclude: bool | None = None
    enabled: bool | None = None
    summary: str | None = None


class Thinking(Struct, omit_defaults=True):
    """`thinking` as Anthropic writes it; DeepSeek, Z.ai, Moonshot and LiteLLM take it over."""

    type: str = ""
    budget_tokens: Number | None = None


class Request(Struct, omit_defaults=True):
    """A whole request; the members that are lists are read one by one, to say which is wrong."""

    model: str | None = None
    messages: list[Raw] | None = None
    tools: list[Raw] | None = None
    tool_choice: str | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    functions: list[FunctionTool] | None = None
    function_call: str | Named | None = None
    max_tokens: Number | None = None
    max_completion_tokens: Number | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: Number | None = None
    min_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: Number | None = None
    random_seed: Number | None = None  # Mistral
    stop: str | list[str] | None = None
    logit_bias: Raw | UnsetType = UNSET
    logprobs: bool | None = None
    top_logprobs: Number | None = None
    response_format: Raw | UnsetType = UNSET
    reasoning_effort: str | None = None
    reasoning: ReasoningObject | None = None
    thinking: Thinking | None = None
    n: Number | None = None
    stream: bool | None = None
    stream_options: Raw | UnsetType = UNSET
    user: str | None = None
    metadata: Raw | UnsetType = UNSET
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    store: bool | None = None
    verbosity: str | None = None
