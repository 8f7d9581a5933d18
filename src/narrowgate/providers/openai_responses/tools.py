"""Write tools and the choice of one for OpenAI's Responses API.

Source: https://platform.openai.com/docs/guides/function-calling?api-mode=responses (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import (
    AnyTool,
    CustomTool,
    ForeignTool,
    Form,
    Inexpressible,
    Namespace,
    Request,
    Tool,
    ToolChoice,
    ToolMode,
)
from narrowgate.schemas import openai_responses as wire

_OWN = Form.OPENAI_RESPONSES
_JSON = msgspec.json.Encoder()
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NO_PARAMETERS = msgspec.Raw(b'{"type":"object","properties":{}}')


class ToolWriter:
    """Writes the tools of one request; `lost` takes those that have no place."""

    def __init__(self, request: Request, lost: list[Inexpressible]) -> None:
        self._request = request
        self._is_own = request.form is _OWN
        self._lost = lost
        self._customs = {tool.name for tool in request.tools if isinstance(tool, CustomTool)}

    def tools(self) -> list[msgspec.Raw]:
        """Return the tools in their order; members of a namespace are together in it."""
        written: list[msgspec.Raw] = []
        group: list[msgspec.Raw] = []
        namespace: Namespace | None = None
        for index, tool in enumerate(self._request.tools):
            own = tool.namespace if isinstance(tool, Tool | CustomTool) else None
            if own != namespace and namespace is not None:
                written.append(_group(namespace, group))
                group = []
            namespace = own
            text = self._tool(index, tool)
            if text is not None:
                (written if own is None else group).append(text)
        if namespace is not None:
            written.append(_group(namespace, group))
        return written

    def choice(self, choice: ToolChoice) -> msgspec.Raw:
        """Return `tool_choice`."""
        named = [self._named(name) for name in choice.names]
        if choice.mode is ToolMode.NAMED and named:
            return _raw(named[0])
        if named and choice.mode is not ToolMode.NONE:
            return _raw(wire.ToolChoice("allowed_tools", None, choice.mode.value, named))
        return _raw("required" if choice.mode is ToolMode.NAMED else choice.mode.value)

    def _named(self, name: str) -> wire.ToolChoice:
        return wire.ToolChoice("custom" if name in self._customs else "function", name)

    def _tool(self, index: int, tool: AnyTool) -> msgspec.Raw | None:
        match tool:
            case Tool():
                return self._function(index, tool)
            case CustomTool():
                format_ = _flat(tool.format) if tool.format is not None else wire.NULL
                return _raw(wire.Tool("custom", bare_name(tool), tool.description, format=format_))
            case ForeignTool(form, kind, raw):
                if form is _OWN:
                    return raw
                why = f"'{kind}' is a tool of another API"
                self._lost.append(Inexpressible(f"tools[{index}]", why))
                return None

    def _function(self, index: int, tool: Tool) -> msgspec.Raw:
        if tool.cache is not None:
            why = "the Responses API caches by itself"
            self._lost.append(Inexpressible(f"tools[{index}].cache", why, is_hint=True))
        # This API takes schemas to be strict unless told otherwise, and refuses those that are not.
        is_strict = tool.is_strict if tool.is_strict is not None or self._is_own else False
        name = bare_name(tool)
        written = {"type": "function", "name": name, "description": tool.description, "strict": is_strict}
        members: dict[str, object] = {key: value for key, value in written.items() if value is not None}
        members["parameters"] = tool.parameters or (wire.NULL if self._is_own else _NO_PARAMETERS)
        if self._is_own:
            prefix = f"tools.{tool.name}."
            for extension in self._request.extensions:
                if extension.name.startswith(prefix):
                    members[extension.name.removeprefix(prefix)] = extension.value
        return _raw(members)


def bare_name(tool: Tool | CustomTool) -> str:
    """Return a tool's name in its namespace: one that two have is written with the namespace before it."""
    return tool.name.removeprefix(f"{tool.namespace.name}__") if tool.namespace is not None else tool.name


def _group(namespace: Namespace, tools: list[msgspec.Raw]) -> msgspec.Raw:
    return _raw(wire.Tool("namespace", namespace.name, namespace.description, tools=tools))


def _flat(format_: msgspec.Raw) -> msgspec.Raw:
    """Return a custom tool's format as this API has it: Chat puts a grammar one level deeper."""
    members = _OBJECT.decode(format_)
    grammar = members.pop("grammar", None)
    if grammar is None:
        return format_
    return _raw({**members, **_OBJECT.decode(grammar)})


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(_JSON.encode(value))
