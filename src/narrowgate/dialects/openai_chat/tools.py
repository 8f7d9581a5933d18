"""Read the tools of a request, and which of them are to be called."""

import msgspec

from narrowgate.dialects.openai_chat.reading import bad, read_at
from narrowgate.model.conversation import (
    AnyTool,
    CacheMark,
    CustomTool,
    Extension,
    ForeignTool,
    Form,
    Tool,
    ToolChoice,
    ToolMode,
)
from narrowgate.schemas import openai_chat as wire
from narrowgate.schemas.reading import given

_TOOL = msgspec.json.Decoder(wire.Tool)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_MODES = {
    "auto": ToolMode.AUTO,
    "none": ToolMode.NONE,
    "required": ToolMode.REQUIRED,
    "any": ToolMode.REQUIRED,  # Mistral
}
_TOOL_KNOWN = frozenset({"type", "function", "custom", "cache_control"})
_FUNCTION_KNOWN = frozenset(wire.FunctionTool.__struct_fields__)


def tool_of(raw: msgspec.Raw, where: str, extensions: list[Extension]) -> AnyTool:
    """Return the tool at the path `where`; its members that only some providers know go to `extensions`.

    Raises:
        Failed: it is no tool.
    """
    tool = read_at(_TOOL, raw, where)
    if tool.type in {"function", ""}:
        members = read_at(_MEMBERS, raw, where)
        function = tool.function
        if function is not None:
            inner = read_at(_MEMBERS, members["function"], f"{where}.function")
            _keep(inner, _FUNCTION_KNOWN, f"{where}.function", extensions)
            _keep(members, _TOOL_KNOWN, where, extensions)
        elif tool.name:
            function = wire.FunctionTool(tool.name, tool.description, tool.parameters, tool.strict)
        else:
            raise bad(f"{where}.function", "is missing; send an object with name and parameters")
        cache = mark_of(tool.cache_control or function.cache_control)
        return Tool(function.name, function.description, given(function.parameters), function.strict, cache)
    if tool.type == "custom" and tool.custom is not None:
        return CustomTool(tool.custom.name, tool.custom.description, given(tool.custom.format))
    return ForeignTool(Form.OPENAI_CHAT, tool.type, raw)


def mark_of(mark: wire.CacheControl | None) -> CacheMark | None:
    """Return the mark that `cache_control` is."""
    return None if mark is None else CacheMark(mark.ttl)


def choice_of(request: wire.Request, tools: tuple[AnyTool, ...]) -> ToolChoice | None:
    """Return which tools are to be called.

    Raises:
        Failed: it is no documented value.
    """
    asked = request.tool_choice
    if asked is None:
        legacy = request.function_call
        if legacy is None or request.tools is not None:
            return None
        return _mode(legacy, "function_call", tools) if isinstance(legacy, str) else _named(legacy.name)
    if isinstance(asked, str):
        return _mode(asked, "tool_choice", tools)
    named = asked.function or asked.custom
    if named is not None:
        return _named(named.name)
    if asked.allowed_tools is not None:
        mode = ToolMode.REQUIRED if asked.allowed_tools.mode == "required" else ToolMode.AUTO
        return ToolChoice(mode, tuple(_name_of(tool) for tool in asked.allowed_tools.tools))
    if asked.name:
        return _named(asked.name)
    return _mode(asked.type, "tool_choice.type", tools)


def _mode(word: str, path: str, tools: tuple[AnyTool, ...]) -> ToolChoice:
    if word in _MODES:
        return ToolChoice(_MODES[word])
    if any(not isinstance(tool, ForeignTool) and tool.name == word for tool in tools):
        return _named(word)
    raise bad(path, f"'{word[:40]}' is not one of auto, none, required, nor the name of a tool")


def _named(name: str) -> ToolChoice:
    return ToolChoice(ToolMode.NAMED, (name,))


def _name_of(tool: wire.NamedTool) -> str:
    named = tool.function or tool.custom
    return named.name if named is not None else tool.name or tool.type


def _keep(members: dict[str, msgspec.Raw], known: frozenset[str], where: str, extensions: list[Extension]) -> None:
    for name, value in members.items():
        if name not in known:
            extensions.append(Extension(f"{where}.{name}", value, is_hint=True))
