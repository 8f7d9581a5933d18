"""Read and show tools in OpenAI's Responses API.

Source: https://platform.openai.com/docs/guides/function-calling?api-mode=responses (read 2026-11).
"""

from collections.abc import Mapping
from typing import assert_never

import msgspec

from narrowgate.dialects.openai_responses.reading import at, given
from narrowgate.model.conversation import (
    AnyTool,
    CustomTool,
    Extension,
    ForeignTool,
    Form,
    Namespace,
    Request,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
)
from narrowgate.schemas import openai_responses as wire
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_OWN = Form.OPENAI_RESPONSES
_KIND = msgspec.json.Decoder(wire.ItemKind)
_TOOL = msgspec.json.Decoder(wire.Tool)
_CHOICE = msgspec.json.Decoder(str | wire.ToolChoice)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KNOWN = frozenset({"type", "name", "description", "parameters", "strict"})
_MODES = {"auto": ToolMode.AUTO, "none": ToolMode.NONE, "required": ToolMode.REQUIRED}


def read_tools(places: Mapping[str, list[msgspec.Raw]]) -> tuple[tuple[AnyTool, ...], list[Extension]]:
    """Return the tools, those of namespaces among them, and what of them only this form knows.

    `places` are the lists of them by their path.

    Raises:
        WireError: a tool is not as documented.
    """
    reader = _ToolReader()
    for path, raws in places.items():
        for index, raw in enumerate(raws):
            reader.read(raw, f"{path}[{index}]", None)
    return tuple(reader.tools), reader.extensions


class _ToolReader:
    def __init__(self) -> None:
        self.tools: list[AnyTool] = []
        self.extensions: list[Extension] = []
        self._names: set[str] = set()

    def read(self, raw: msgspec.Raw, path: str, namespace: Namespace | None) -> None:
        kind = at(_KIND, raw, path).type or ""
        if kind not in {"function", "custom", "namespace"}:
            self.tools.append(ForeignTool(_OWN, kind, raw))
            return
        told = at(_TOOL, raw, path)
        if not told.name:
            raise WireError(f"{path}.name: there is none; name the tool", f"{path}.name")
        if kind == "custom":
            name = self._name(told.name, namespace)
            self.tools.append(CustomTool(name, told.description, given(told.format), namespace))
        elif kind == "function":
            self._function(raw, told, namespace)
        elif namespace is None and _holds_own_tools(told.tools or [], path):
            group = Namespace(told.name, told.description)
            for index, one in enumerate(told.tools or []):
                self.read(one, f"{path}.tools[{index}]", group)
        else:
            self.tools.append(ForeignTool(_OWN, kind, raw))

    def _function(self, raw: msgspec.Raw, told: wire.Tool, namespace: Namespace | None) -> None:
        name = self._name(told.name, namespace)
        self.tools.append(Tool(name, told.description, given(told.parameters), told.strict, namespace=namespace))
        for member, value in read(_MEMBERS, raw).items():
            if member not in _KNOWN and value != wire.NULL:
                self.extensions.append(Extension(f"tools.{name}.{member}", value, is_hint=True))

    def _name(self, name: str, namespace: Namespace | None) -> str:
        """Return a name that no other tool has."""
        if namespace is not None and name in self._names:
            name = f"{namespace.name}__{name}"
        self._names.add(name)
        return name


def _holds_own_tools(raws: list[msgspec.Raw], path: str) -> bool:
    """Whether all tools of a namespace are those of the client."""
    return bool(raws) and all(
        at(_KIND, raw, f"{path}.tools[{index}]").type in {"function", "custom"} for index, raw in enumerate(raws)
    )


def read_choice(raw: msgspec.Raw) -> ToolChoice | None:
    """Return the choice, None for one that only this form knows (of a tool of the provider).

    Raises:
        WireError: it is not as documented.
    """
    told = at(_CHOICE, raw, "tool_choice")
    if isinstance(told, str):
        return ToolChoice(_mode(told, "tool_choice"))
    if told.type in {"function", "custom"}:
        if not told.name:
            raise WireError("tool_choice.name: there is none; name the tool", "tool_choice.name")
        return ToolChoice(ToolMode.NAMED, (told.name,))
    if told.type != "allowed_tools":
        return None
    allowed = told.tools or []
    names = tuple(tool.name for tool in allowed if tool.name and tool.type in {"function", "custom"})
    if len(names) < len(allowed):
        return None
    return ToolChoice(_mode(told.mode or "auto", "tool_choice.mode"), names)


def _mode(word: str, path: str) -> ToolMode:
    mode = _MODES.get(word)
    if mode is None:
        raise WireError(f"{path}: '{word[:40]}' is not one of auto, none, required", path)
    return mode


def show_tools(request: Request) -> list[msgspec.Raw]:
    """Return the tools of a request as an answer repeats them."""
    return [_show(tool) for tool in request.tools]


def show_choice(request: Request) -> object:
    """Return the choice of a tool as an answer repeats it."""
    choice = request.tool_choice
    if choice is None:
        return next((one.value for one in request.extensions if one.name == "tool_choice"), "auto")
    if not choice.names:
        return "required" if choice.mode is ToolMode.NAMED else choice.mode.value
    customs = {tool.name for tool in request.tools if isinstance(tool, CustomTool)}
    named = [wire.ToolChoice("custom" if name in customs else "function", name) for name in choice.names]
    if choice.mode is ToolMode.NAMED:
        return named[0]
    return wire.ToolChoice("allowed_tools", None, choice.mode.value, named)


def _show(tool: AnyTool) -> msgspec.Raw:
    match tool:
        case Tool():
            # Required, and nullable, in the SDKs: parameters and strict.
            shown: dict[str, object] = {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
                "strict": tool.is_strict,
            }
            return msgspec.Raw(msgspec.json.encode(shown))
        case CustomTool():
            return msgspec.Raw(
                msgspec.json.encode(wire.Tool("custom", tool.name, tool.description, format=tool.format or wire.NULL))
            )
        case ForeignTool():
            return tool.raw
        case _:
            assert_never(tool)


def in_namespace(call: ToolCall, tools: Mapping[str, Tool | CustomTool]) -> ToolCall:
    """Return the call of a tool by the name it has in its namespace."""
    tool = tools.get(call.name)
    if tool is None or tool.namespace is None:
        return call
    name = call.name.removeprefix(f"{tool.namespace.name}__")
    return msgspec.structs.replace(call, name=name, namespace=call.namespace or tool.namespace.name)
