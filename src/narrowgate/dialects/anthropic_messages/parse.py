"""Read a request of Anthropic's Messages API, that of `count_tokens` too.

Source: https://platform.claude.com/docs/en/api/messages (read 2026-11).
"""

from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec
from msgspec import Raw

from narrowgate.dialects.anthropic_messages.content import parts_of
from narrowgate.dialects.dialect import Asked
from narrowgate.model.conversation import (
    AnyTool,
    CacheMark,
    Document,
    Extension,
    ForeignTool,
    FormatKind,
    Hints,
    Image,
    Message,
    OutputFormat,
    Part,
    Reasoning,
    Request,
    Role,
    Sampling,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolResult,
)
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.schemas.anthropic_blocks import OWN, mark_of, owned, said
from narrowgate.schemas.anthropic_messages import (
    Kind,
    MessagesRequest,
    ThinkingObject,
    ToolChoiceObject,
    ToolObject,
)
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.escapes import mended

_T = TypeVar("_T")
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_REQUEST = msgspec.json.Decoder(MessagesRequest)
_TOOL = msgspec.json.Decoder(ToolObject)
_KIND = msgspec.json.Decoder(Kind)
_TEXT = msgspec.json.Decoder(str)
# `anthropic_version` says which host the body was made for; the provider's own room writes it.
_KNOWN = frozenset({field.name for field in msgspec.structs.fields(MessagesRequest)} | {"anthropic_version"})
# What may be left out elsewhere without another answer: context editing saves tokens, speed is speed.
_HARMLESS = frozenset({"context_management", "diagnostics", "speed"})
_HARMLESS_IN_TOOLS = frozenset({"eager_input_streaming", "input_examples"})
_DEFAULTS_IN_TOOLS = {"type": b'"custom"', "defer_loading": b"false", "allowed_callers": b'["direct"]'}
_KNOWN_IN_TOOLS = frozenset(field.name for field in msgspec.structs.fields(ToolObject))
# Claude Code's first system block counts its calls for the provider; as prose it only spoils caches elsewhere.
_BILLING = "x-anthropic-billing-header:"
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_MARKABLE = (Text, Image, Document, ToolCall, ToolResult)


def parse(asked: Asked) -> Request:
    """Return what `asked` asks for.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong in `param`.
    """
    try:
        return _parse(asked)
    except WireError as error:
        raise Failed(Fault(FaultKind.BAD_REQUEST, str(error), error.path)) from None


def _parse(asked: Asked) -> Request:
    body = _readable(asked.body)
    members = read(_MEMBERS, body)
    wire = read(_REQUEST, body)
    model = asked.model or wire.model
    if not model:
        raise WireError("model: missing; name the model that shall answer", "model")
    system = parts_of(wire.system, "system") if wire.system is not None else ()
    tools = tuple(_tool(tool, f"tools[{number}]") for number, tool in enumerate(wire.tools or ()))
    choice, is_parallel = _tool_choice(wire.tool_choice)
    return Request(
        OWN,
        model,
        _messages(wire, tuple(part for part in system if not _is_billing(part))),
        tools,
        choice,
        is_parallel,
        wire.max_tokens,
        Sampling(wire.temperature, wire.top_p, wire.top_k, stop=wire.stop_sequences or ()),
        _format(wire),
        _reasoning(wire),
        is_stream=bool(wire.stream) if asked.is_stream is None else asked.is_stream,
        has_stream_usage=True,
        hints=_hints(wire),
        extensions=(
            *_extensions(wire, members),
            *_billing_extensions(wire, system),
            *_beta_extensions(wire, asked.headers),
        ),
    )


def _readable(body: bytes) -> bytes:
    """Return `body` with half surrogate pairs mended: clients cut emojis in two.

    Raises:
        WireError: it is not UTF-8, which skipped strings would hide.
    """
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise WireError(f"the body is not UTF-8 at byte {error.start}; send JSON in UTF-8") from None
    return mended(body) or body


# -- messages ----------------------------------------------------------------------------------------


def _messages(wire: MessagesRequest, system: tuple[Part, ...]) -> tuple[Message, ...]:
    messages = [Message(Role.SYSTEM, system)] if system else []
    for number, message in enumerate(wire.messages):
        try:
            role = Role(message.role)
        except ValueError:
            path = f"messages[{number}].role"
            raise WireError(f"{path}: '{message.role[:40]}' is not one of user, assistant, system", path) from None
        messages.append(Message(role, parts_of(message.content, f"messages[{number}].content")))
    if wire.cache_control is not None:
        _mark_last(messages, mark_of(wire.cache_control))
    return tuple(messages)


def _is_billing(part: Part) -> bool:
    return isinstance(part, Text) and part.text.startswith(_BILLING)


def _mark_last(messages: list[Message], mark: CacheMark | None) -> None:
    """Set what `cache_control` of the request means: a breakpoint at the last block that can have one."""
    for number in range(len(messages) - 1, -1, -1):
        parts = list(messages[number].parts)
        for at in range(len(parts) - 1, -1, -1):
            part = parts[at]
            if not isinstance(part, _MARKABLE):
                continue
            if part.cache is None:
                parts[at] = msgspec.structs.replace(part, cache=mark)
                messages[number] = msgspec.structs.replace(messages[number], parts=tuple(parts))
            return


# -- tools -------------------------------------------------------------------------------------------


def _tool(raw: Raw, path: str) -> AnyTool:
    kind = _within(_KIND, raw, path).type
    if kind not in {None, "custom"}:
        return ForeignTool(OWN, kind, owned(raw))
    tool = _within(_TOOL, raw, path)
    schema = said(tool.input_schema)
    parameters = owned(schema) if schema is not None else None
    return Tool(tool.name, tool.description, parameters, tool.strict, mark_of(tool.cache_control))


def _tool_choice(choice: ToolChoiceObject | None) -> tuple[ToolChoice | None, bool | None]:
    if choice is None:
        return None, None
    is_parallel = False if choice.disable_parallel_tool_use else None
    match choice.type:
        case "auto":
            return ToolChoice(ToolMode.AUTO), is_parallel
        case "any":
            return ToolChoice(ToolMode.REQUIRED), is_parallel
        case "none":
            return ToolChoice(ToolMode.NONE), is_parallel
        case "tool":
            if not choice.name:
                raise WireError("tool_choice.name: missing; name the tool", "tool_choice.name")
            return ToolChoice(ToolMode.NAMED, (choice.name,)), is_parallel
        case _:
            path = "tool_choice.type"
            raise WireError(f"{path}: '{choice.type[:40]}' is not one of auto, any, tool, none", path)


# -- what is asked for -------------------------------------------------------------------------------


def _format(wire: MessagesRequest) -> OutputFormat | None:
    path, wanted = "output_config.format", wire.output_config.format if wire.output_config is not None else None
    if wanted is None:
        path, wanted = "output_format", wire.output_format
    if wanted is None:
        return None
    if wanted.type != "json_schema":
        raise WireError(f"{path}.type: '{wanted.type[:40]}' is not json_schema", f"{path}.type")
    schema = said(wanted.schema)
    if schema is None:
        raise WireError(f"{path}.schema: missing", f"{path}.schema")
    return OutputFormat(FormatKind.SCHEMA, owned(schema))


def _reasoning(wire: MessagesRequest) -> Reasoning | None:
    effort = wire.output_config.effort if wire.output_config is not None else None
    if effort is not None and effort not in _EFFORTS:
        path = "output_config.effort"
        raise WireError(f"{path}: '{effort[:40]}' is not one of {', '.join(_EFFORTS)}", path)
    if wire.thinking is None:
        return None if effort is None else Reasoning(effort)
    return _thinking(wire.thinking, effort)


def _thinking(thinking: ThinkingObject, effort: str | None) -> Reasoning:
    is_shown = {"omitted": False, "summarized": True}.get(thinking.display or "")
    match thinking.type:
        case "enabled":
            return Reasoning(effort, thinking.budget_tokens, is_on=True, is_shown=is_shown)
        case "adaptive":
            return Reasoning(effort, is_on=True, is_adaptive=True, is_shown=is_shown)
        case "disabled":
            return Reasoning(effort, is_on=False)
        case _:
            path = "thinking.type"
            raise WireError(f"{path}: '{thinking.type[:40]}' is not one of enabled, adaptive, disabled", path)


def _hints(wire: MessagesRequest) -> Hints:
    metadata = {name: value for name, value in (wire.metadata or {}).items() if bytes(value) != b"null"}
    user = _within(_TEXT, metadata["user_id"], "metadata.user_id") if "user_id" in metadata else None
    more = Raw(msgspec.json.encode(metadata)) if metadata.keys() - {"user_id"} else None
    return Hints(user, more, wire.service_tier)


def _extensions(wire: MessagesRequest, members: Mapping[str, Raw]) -> Iterator[Extension]:
    for name, value in members.items():
        if name not in _KNOWN:
            yield Extension(name, owned(value), name in _HARMLESS)
    if wire.output_config is not None:
        for name, value in read(_MEMBERS, members["output_config"]).items():
            if name not in {"effort", "format"}:
                yield Extension(f"output_config.{name}", owned(value))
    for number, tool in enumerate(wire.tools or ()):
        yield from _tool_extensions(tool, number)


def _tool_extensions(tool: Raw, number: int) -> Iterator[Extension]:
    """Yield what only this form says of a tool the client runs."""
    if read(_KIND, tool).type not in {None, "custom"}:
        return
    for name, value in read(_MEMBERS, tool).items():
        if name not in _KNOWN_IN_TOOLS and bytes(value).replace(b" ", b"") not in {
            _DEFAULTS_IN_TOOLS.get(name),
            b"null",
        }:
            yield Extension(f"tools[{number}].{name}", owned(value), name in _HARMLESS_IN_TOOLS)


def _billing_extensions(wire: MessagesRequest, system: tuple[Part, ...]) -> Iterator[Extension]:
    blocks = wire.system if isinstance(wire.system, tuple) else ()
    for number, (block, part) in enumerate(zip(blocks, system, strict=False)):
        if _is_billing(part):
            yield Extension(f"system[{number}]", owned(block), is_hint=True)


def _beta_extensions(wire: MessagesRequest, headers: Mapping[bytes, bytes]) -> Iterator[Extension]:
    named = headers.get(b"anthropic-beta", b"").decode("latin-1").split(",")
    betas = [beta.strip() for beta in (*named, *(wire.anthropic_beta or ())) if beta.strip()]
    if betas:
        yield Extension("anthropic-beta", Raw(msgspec.json.encode(",".join(betas))), is_hint=True)


def _within(decoder: msgspec.json.Decoder[_T], raw: Raw, path: str) -> _T:
    """Return what `decoder` makes of `raw`, which stands at `path`."""
    try:
        return read(decoder, raw)
    except WireError as error:
        where = f"{path}.{error.path}" if error.path else path
        words = str(error).removeprefix(f"{error.path}: ")
        raise WireError(f"{where}: {words}", where) from None
