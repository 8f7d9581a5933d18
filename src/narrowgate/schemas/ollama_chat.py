"""Ollama's native API: chat, generate, their answers a line each.

Source: https://docs.ollama.com/api/chat, https://docs.ollama.com/api/generate (read 2026-11).
"""

import msgspec
from msgspec import Raw

_NULL = Raw(b"null")


class Function(msgspec.Struct, omit_defaults=True):
    """What is called. `arguments` is an object, not text of one."""

    name: str | None = None
    arguments: Raw = _NULL
    index: float | int | None = None


class ToolCall(msgspec.Struct, omit_defaults=True):
    """One call. Older versions give no `id`."""

    function: Function | None = None
    id: str | None = None
    type: str | None = None


class Message(msgspec.Struct, omit_defaults=True):
    """One turn, of a request or an answer. `signature` is the gateway's own: a seal of the reasoning."""

    role: str | None = None
    content: str | None = None
    thinking: str | None = None
    images: list[str] | None = None
    tool_calls: list[ToolCall] | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None
    signature: str | None = None


class FunctionTool(msgspec.Struct, omit_defaults=True):
    """The function of a tool."""

    name: str
    description: str | None = None
    parameters: Raw = _NULL


class Tool(msgspec.Struct, omit_defaults=True):
    """A tool of type function."""

    type: str = ""
    function: FunctionTool | None = None


class Options(msgspec.Struct):
    """The options that mean something to others too; the rest is passed through."""

    num_predict: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: list[str] | str | None = None


class Common(msgspec.Struct):
    """What both requests have. `format` is "json" or a schema."""

    model: str
    stream: bool | None = None
    think: bool | str | None = None
    format: Raw = _NULL
    options: Options | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None


class ChatRequest(Common, kw_only=True):
    """`/api/chat`. Without messages it only loads the model."""

    messages: list[Message] | None = None
    tools: list[Raw] | None = None


class GenerateRequest(Common, kw_only=True):
    """`/api/generate`."""

    prompt: str | None = None
    system: str | None = None
    images: list[str] | None = None


class OptionMembers(msgspec.Struct):
    """All options, unread."""

    options: dict[str, Raw] | None = None


class Line(msgspec.Struct):
    """A line of a streamed answer, or a whole one."""

    model: str | None = None
    created_at: str | None = None
    message: Message | None = None
    response: str | None = None
    thinking: str | None = None
    done: bool | None = None
    done_reason: str | None = None
    prompt_eval_count: float | int | None = None
    eval_count: float | int | None = None
    logprobs: Raw = _NULL
    error: str | None = None
