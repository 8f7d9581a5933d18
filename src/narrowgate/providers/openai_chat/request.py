"""Write a request as OpenAI and its imitators take it."""

from typing import TypeVar, assert_never

import msgspec

from narrowgate.model.conversation import (
    AnyTool,
    CustomTool,
    ForeignTool,
    Form,
    FormatKind,
    Hints,
    OutputFormat,
    Request,
    Tool,
    ToolChoice,
    ToolMode,
)
from narrowgate.providers.family import Outgoing, Quirks
from narrowgate.providers.openai_chat.effort import write_reasoning
from narrowgate.providers.openai_chat.losses import Losses, Members
from narrowgate.providers.openai_chat.messages import MessageWriter
from narrowgate.providers.openai_chat.parts import PartWriter
from narrowgate.providers.openai_chat.variant import as_variant
from narrowgate.schemas import openai_chat as wire

_T = TypeVar("_T")
_ENCODER = msgspec.json.Encoder()
_TIERS = frozenset({"auto", "default", "flex", "priority", "scale"})
_LEGACY = frozenset({"functions", "function_call"})


def write_request(request: Request, model: str, quirks: Quirks) -> Outgoing:
    """Return `request` for `model`, and what had no place in it."""
    is_own = request.form is Form.OPENAI_CHAT
    losses = Losses(quirks, is_own=is_own)
    if is_own:  # the old members only say that the client wants to be answered in the old way
        kept = tuple(extension for extension in request.extensions if extension.name not in _LEGACY)
        request = msgspec.structs.replace(request, extensions=kept)
    members = Members(request, losses)
    written = wire.Request(model)
    written.messages = MessageWriter(request, quirks, losses, members).write()
    written.tools = _tools(request, PartWriter(quirks, losses, is_own=is_own), losses, members)
    _choice(request, written, losses)
    _sampling(request, written, quirks, losses)
    _stream(request, written, quirks, members)
    written.response_format = _raw(_format(request.format, losses, is_own=is_own))
    extra = write_reasoning(request.reasoning, written, quirks, losses)
    _hints(request.hints, written, losses, is_own=is_own)
    if request.previous_response_id is not None:
        losses.note("previous_response_id", "the whole conversation must be sent each time")
    body = bytes(members.joined("", _ENCODER.encode(written)))
    members.report()
    body = body[:-1] + extra + b"}" if extra else body
    if quirks.variant is not None:
        body = as_variant(body, quirks.variant)
    return Outgoing(body, (), tuple(losses.found))


def _kept(value: _T | None, what: str, losses: Losses, *, is_hint: bool = False) -> _T | None:
    return None if value is None or losses.is_refused(what, is_hint=is_hint) else value


def _raw(value: msgspec.Raw | None) -> msgspec.Raw | msgspec.UnsetType:
    return msgspec.UNSET if value is None else value


def _sampling(request: Request, written: wire.Request, quirks: Quirks, losses: Losses) -> None:
    asked = request.sampling
    limit = _kept(request.max_output_tokens, "max_output_tokens", losses)
    if quirks.max_tokens_field == "max_tokens":
        written.max_tokens = limit
    else:
        written.max_completion_tokens = limit
    written.temperature = _kept(asked.temperature, "sampling.temperature", losses)
    written.top_p = _kept(asked.top_p, "sampling.top_p", losses)
    written.top_k = _kept(asked.top_k, "sampling.top_k", losses)
    written.min_p = _kept(asked.min_p, "sampling.min_p", losses)
    written.presence_penalty = _kept(asked.presence_penalty, "sampling.presence_penalty", losses)
    written.frequency_penalty = _kept(asked.frequency_penalty, "sampling.frequency_penalty", losses)
    seed = _kept(asked.seed, "sampling.seed", losses)
    if quirks.seed_field == "random_seed":
        written.random_seed = seed
    else:
        written.seed = seed
    written.stop = _kept(list(asked.stop) or None, "sampling.stop", losses)
    written.logit_bias = _raw(_kept(asked.logit_bias, "sampling.logit_bias", losses))
    written.logprobs = _kept(asked.has_logprobs, "sampling.has_logprobs", losses)
    written.top_logprobs = _kept(asked.top_logprobs, "sampling.top_logprobs", losses)
    written.n = _kept(request.choices if request.choices > 1 else None, "choices", losses)


def _stream(request: Request, written: wire.Request, quirks: Quirks, members: Members) -> None:
    if request.is_stream:
        written.stream = True
        if quirks.has_stream_options:  # asked for always: what a call used is to be known
            written.stream_options = members.joined("stream_options", b'{"include_usage":true}')


def _tools(request: Request, parts: PartWriter, losses: Losses, members: Members) -> list[msgspec.Raw] | None:
    written: list[msgspec.Raw] = []
    for index, tool in enumerate(request.tools):
        text = _tool(tool, f"tools[{index}]", parts, losses, members)
        if text is not None:
            written.append(members.joined(f"tools[{index}]", text))
    return written or None


def _tool(tool: AnyTool, what: str, parts: PartWriter, losses: Losses, members: Members) -> bytes | None:
    match tool:
        case Tool():
            strict = _kept(tool.is_strict, "tools.is_strict", losses, is_hint=True)
            function = wire.FunctionTool(tool.name, tool.description, _raw(tool.parameters), strict)
            mark = parts.mark(tool.cache, what)
            marked = b',"cache_control":' + _ENCODER.encode(mark) if mark is not None else b""
            inner = bytes(members.joined(f"{what}.function", _ENCODER.encode(function)))
            return b'{"type":"function","function":' + inner + marked + b"}"
        case CustomTool():
            if losses.is_refused("tools.custom"):
                return None
            body = wire.CustomToolBody(tool.name, tool.description, _raw(tool.format))
            return b'{"type":"custom","custom":' + _ENCODER.encode(body) + b"}"
        case ForeignTool():
            if tool.form is Form.OPENAI_CHAT:
                return bytes(tool.raw)
            losses.note(what, f"only {tool.form.value} knows tools of the type '{tool.kind}'")
            return None
        case _:
            assert_never(tool)


def _choice(request: Request, written: wire.Request, losses: Losses) -> None:
    choice = _kept(request.tool_choice, "tool_choice", losses)
    if choice is not None:
        customs = frozenset(tool.name for tool in request.tools if isinstance(tool, CustomTool))
        written.tool_choice = _written_choice(choice, customs)
    # Refused where there are no tools, and without meaning there.
    if request.tools or request.form is Form.OPENAI_CHAT:
        written.parallel_tool_calls = _kept(request.is_parallel, "is_parallel", losses)


def _written_choice(choice: ToolChoice, customs: frozenset[str]) -> str | wire.ToolChoice:
    if choice.mode is ToolMode.NAMED and choice.names:
        named = _named(choice.names[0], customs)
        return wire.ToolChoice(named.type, named.function, named.custom)
    if choice.names and choice.mode is not ToolMode.NONE:
        mode = "auto" if choice.mode is ToolMode.AUTO else "required"
        allowed = wire.AllowedTools(mode, [_named(name, customs) for name in choice.names])
        return wire.ToolChoice("allowed_tools", allowed_tools=allowed)
    return "required" if choice.mode is ToolMode.NAMED else choice.mode.value


def _named(name: str, customs: frozenset[str]) -> wire.NamedTool:
    if name in customs:
        return wire.NamedTool("custom", custom=wire.Named(name))
    return wire.NamedTool("function", function=wire.Named(name))


def _format(asked: OutputFormat | None, losses: Losses, *, is_own: bool) -> msgspec.Raw | None:
    if asked is None or losses.is_refused("format"):
        return None
    match asked.kind:
        case FormatKind.TEXT:
            return msgspec.Raw(b'{"type":"text"}')
        case FormatKind.JSON:
            return msgspec.Raw(b'{"type":"json_object"}')
        case FormatKind.SCHEMA:
            if losses.is_refused("format.schema"):
                return msgspec.Raw(b'{"type":"json_object"}')
            # A schema must have a name; clients of other forms give none.
            name = asked.name or (None if is_own else "answer")
            schema = wire.JsonSchema(name, asked.description, _raw(asked.schema), asked.is_strict)
            return msgspec.Raw(_ENCODER.encode(wire.ResponseFormat("json_schema", schema)))
        case _:
            assert_never(asked.kind)


def _hints(hints: Hints, written: wire.Request, losses: Losses, *, is_own: bool) -> None:
    written.user = _kept(hints.user, "hints.user", losses, is_hint=True)
    written.prompt_cache_key = _kept(hints.cache_key, "hints.cache_key", losses, is_hint=True)
    written.store = _kept(hints.is_stored, "hints.is_stored", losses, is_hint=True)
    written.verbosity = _kept(hints.verbosity, "hints.verbosity", losses, is_hint=True)
    metadata = _kept(hints.metadata, "hints.metadata", losses, is_hint=True)
    if metadata is not None and not is_own and not hints.is_stored:
        losses.note("hints.metadata", "it is taken for stored answers only", is_hint=True)
        metadata = None
    written.metadata = _raw(metadata)
    tier = _kept(hints.service_tier, "hints.service_tier", losses, is_hint=True)
    if tier is not None and not is_own and tier not in _TIERS:
        losses.note("hints.service_tier", f"'{tier}' is not one of this form", is_hint=True)
        tier = None
    written.service_tier = tier
