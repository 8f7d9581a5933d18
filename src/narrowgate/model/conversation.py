"""What a client says and asks for in a conversation, in no dialect at all: the hub of translation.

A dialect's `parse` makes a `Request`, a provider's `to_wire` writes one; neither knows the other.
What only one dialect knows rides along: as a `Foreign` part or tool, or as an `Extension`.
"""

from enum import Enum

import msgspec


class Form(Enum):
    """Whose JSON a conversation is written in. The value is the name used in configuration."""

    # By identity, as members are compared: Enum's own is Python code, and every call looks things up by it.
    __hash__ = object.__hash__

    OPENAI_CHAT = "openai_chat"
    OPENAI_RESPONSES = "openai_responses"
    ANTHROPIC_MESSAGES = "anthropic_messages"
    GEMINI_GENERATE = "gemini_generate"
    BEDROCK_CONVERSE = "bedrock_converse"
    COHERE_CHAT = "cohere_chat"
    OLLAMA_CHAT = "ollama_chat"
    REPLICATE = "replicate"  # of a provider alone: no client speaks it


class CacheMark(msgspec.Struct, frozen=True):
    """The prompt up to here should be cached. `ttl` is "5m", "1h" or None (the provider's default)."""

    ttl: str | None = None


class Seal(msgspec.Struct, frozen=True):
    """What a provider wants back unread: a signature or encrypted reasoning, and whose form it has.

    `id` is the name of the item it belongs to, where the form has one (Responses).
    """

    form: Form
    data: str
    id: str | None = None


# -- parts -------------------------------------------------------------------------------------------


class Source(msgspec.Struct, frozen=True):
    """Where the bytes of a medium are. Exactly one of `url`, `data` (base64 text), `file_id` is set.

    `media_type` is the MIME type, None when the client did not say.
    """

    url: str | None = None
    data: str | None = None
    file_id: str | None = None
    media_type: str | None = None


class Text(msgspec.Struct, frozen=True, tag="text"):
    """Words. `citations` are in the JSON of the form that made them, for that form alone."""

    text: str
    cache: CacheMark | None = None
    citations: tuple["Citation", ...] = ()


class Citation(msgspec.Struct, frozen=True):
    """Where a text comes from. `raw` is the member as `form` writes it; the rest is what others can show.

    `start` and `end` count characters of the text cited from, None when unknown.
    """

    form: Form
    raw: msgspec.Raw
    url: str | None = None
    title: str | None = None
    quote: str | None = None
    start: int | None = None
    end: int | None = None


class Image(msgspec.Struct, frozen=True, tag="image"):
    """A picture. `detail` is "low", "high", "auto" or None."""

    source: Source
    detail: str | None = None
    cache: CacheMark | None = None


class Audio(msgspec.Struct, frozen=True, tag="audio"):
    """A sound, its format in `source.media_type` (audio/wav, audio/mpeg, …)."""

    source: Source
    cache: CacheMark | None = None


class Video(msgspec.Struct, frozen=True, tag="video"):
    """A film."""

    source: Source
    cache: CacheMark | None = None


class Document(msgspec.Struct, frozen=True, tag="document"):
    """A PDF or other file. Plain text has media type text/plain and its text, not base64, in `text`."""

    source: Source | None = None
    text: str | None = None
    name: str | None = None
    context: str | None = None
    has_citations: bool | None = None
    cache: CacheMark | None = None


class Thought(msgspec.Struct, frozen=True, tag="thought"):
    """Reasoning of the model. Of a redacted one only the seal is there.

    `is_summary` when the words are the provider's summary (Responses) and not the reasoning itself.
    """

    text: str = ""
    seal: Seal | None = None
    is_redacted: bool = False
    is_summary: bool = False


class ToolCall(msgspec.Struct, frozen=True, tag="tool_call"):
    """A tool the model wants run. `arguments` is JSON text as the model wrote it (free text if `is_custom`).

    `id` is never empty: a decoder makes one where its form has none. `seal` is what Gemini wants
    back with the call, `namespace` the group its tool belongs to (Responses).
    """

    id: str
    name: str
    arguments: str
    is_custom: bool = False
    seal: Seal | None = None
    cache: CacheMark | None = None
    namespace: str | None = None


class ToolResult(msgspec.Struct, frozen=True, tag="tool_result"):
    """What running a tool gave. `name` is the tool's, where it is known."""

    call_id: str
    content: tuple["Part", ...]
    name: str | None = None
    is_error: bool = False
    is_custom: bool = False
    cache: CacheMark | None = None


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """The model declined, in its words."""

    text: str


class Foreign(msgspec.Struct, frozen=True, tag="foreign"):
    """A part only `form` knows (a server tool's call or result, …), as it came. `kind` is its type there."""

    form: Form
    kind: str
    raw: msgspec.Raw


Part = Text | Image | Audio | Video | Document | Thought | ToolCall | ToolResult | Refusal | Foreign


class Role(Enum):
    """Who speaks. Tool results are parts of a user's message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Message(msgspec.Struct, frozen=True):
    """One turn. System text stands where the client put it; `is_developer` is OpenAI's newer name for it.

    Neighbours of one role stay separate messages; a provider whose form wants them joined joins them.
    """

    role: Role
    parts: tuple[Part, ...]
    name: str | None = None
    is_developer: bool = False


# -- tools -------------------------------------------------------------------------------------------


class Namespace(msgspec.Struct, frozen=True):
    """A named group of tools (Responses)."""

    name: str
    description: str | None = None


class Tool(msgspec.Struct, frozen=True, tag="tool"):
    """A function the client will run. `parameters` is its JSON schema as sent, None for none.

    `name` alone tells it apart from the others, also where it is in a `namespace`.
    """

    name: str
    description: str | None = None
    parameters: msgspec.Raw | None = None
    is_strict: bool | None = None
    cache: CacheMark | None = None
    namespace: Namespace | None = None


class CustomTool(msgspec.Struct, frozen=True, tag="custom_tool"):
    """A tool whose input is free text, perhaps of a grammar (`format`, OpenAI's JSON for it).

    `name` is as of a `Tool`.
    """

    name: str
    description: str | None = None
    format: msgspec.Raw | None = None
    namespace: Namespace | None = None


class ForeignTool(msgspec.Struct, frozen=True, tag="foreign_tool"):
    """A tool only `form` knows: web search, code execution, … `kind` is its type there."""

    form: Form
    kind: str
    raw: msgspec.Raw


AnyTool = Tool | CustomTool | ForeignTool


class ToolMode(Enum):
    """Whether tools are called."""

    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"
    NAMED = "named"


class ToolChoice(msgspec.Struct, frozen=True):
    """Which tools may or must be called. `names` is filled for NAMED (one) and for allowed subsets (any)."""

    mode: ToolMode
    names: tuple[str, ...] = ()


# -- what is asked for -------------------------------------------------------------------------------


class FormatKind(Enum):
    """What the answer's text must be."""

    TEXT = "text"
    JSON = "json"
    SCHEMA = "schema"


class OutputFormat(msgspec.Struct, frozen=True):
    """Structured output. `schema` is JSON schema as sent, for SCHEMA only."""

    kind: FormatKind
    schema: msgspec.Raw | None = None
    name: str | None = None
    description: str | None = None
    is_strict: bool | None = None


class Reasoning(msgspec.Struct, frozen=True):
    """How much the model should think.

    `effort` is "none", "minimal", "low", "medium", "high", "xhigh" or "max"; `budget_tokens` a limit;
    `is_on` False switches thinking off. `is_adaptive` lets the model decide (Anthropic). `is_shown`
    asks for the thoughts in the answer, `summary` for a summary of them ("auto", "concise", "detailed"),
    `is_sealed` for seals, so that thoughts can be sent back where nothing is stored (Responses).
    """

    effort: str | None = None
    budget_tokens: int | None = None
    is_on: bool | None = None
    is_adaptive: bool = False
    is_shown: bool | None = None
    summary: str | None = None
    is_sealed: bool = False


class Sampling(msgspec.Struct, frozen=True):
    """How tokens are chosen. None: not asked for."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    logit_bias: msgspec.Raw | None = None
    has_logprobs: bool | None = None
    top_logprobs: int | None = None


class Hints(msgspec.Struct, frozen=True):
    """What does not change the answer: a provider that has no place for it drops it, and says so."""

    user: str | None = None
    metadata: msgspec.Raw | None = None
    service_tier: str | None = None
    cache_key: str | None = None
    is_stored: bool | None = None
    verbosity: str | None = None


class Extension(msgspec.Struct, frozen=True):
    """A member of the request that only its form knows: its name there and its JSON.

    One deeper in the request has its path for a name (`tools[2].defer_loading`). `is_hint` when
    another form may do without it, and only say so.
    """

    name: str
    value: msgspec.Raw
    is_hint: bool = False


class Request(msgspec.Struct, frozen=True):
    """A whole request. `form` is that of the client, and of `extensions`.

    `choices` is how many answers are wanted. `max_output_tokens` counts reasoning too.
    """

    form: Form
    model: str
    messages: tuple[Message, ...]
    tools: tuple[AnyTool, ...] = ()
    tool_choice: ToolChoice | None = None
    is_parallel: bool | None = None
    max_output_tokens: int | None = None
    sampling: Sampling = Sampling()
    format: OutputFormat | None = None
    reasoning: Reasoning | None = None
    choices: int = 1
    is_stream: bool = False
    has_stream_usage: bool = False
    previous_response_id: str | None = None
    hints: Hints = Hints()
    extensions: tuple[Extension, ...] = ()


class Inexpressible(msgspec.Struct, frozen=True):
    """Something a provider's form has no place for.

    `what` is the neutral path ("sampling.top_k", "tools[2]", "messages[3].parts[0]", or
    "extensions.<name>"); `why` completes the sentence "… is not possible: <why>". A hint may be
    dropped without asking (it is reported all the same), anything else only if the caller allows it.
    """

    what: str
    why: str
    is_hint: bool = False
