"""Tools, and whether they are called, as Gemini wants them.

Source: https://ai.google.dev/api/caching#Tool, https://ai.google.dev/api/caching#FunctionCallingConfig
(read 2026-11).
"""

from typing import assert_never

import msgspec
from msgspec import UNSET, Raw

from narrowgate.model.conversation import (
    CustomTool,
    ForeignTool,
    Form,
    FormatKind,
    Inexpressible,
    OutputFormat,
    Request,
    Tool,
    ToolMode,
)
from narrowgate.schemas.gemini_generate import FunctionCallingConfig, FunctionDeclaration
from narrowgate.schemas.gemini_types import is_plain
from narrowgate.wire.errors import WireError

_MODES = {ToolMode.AUTO: "AUTO", ToolMode.NONE: "NONE", ToolMode.REQUIRED: "ANY", ToolMode.NAMED: "ANY"}


def tools_of(request: Request, losses: list[Inexpressible]) -> list[Raw]:
    """Return the member `tools`; what has no place in it goes to `losses`."""
    declared: list[FunctionDeclaration] = []
    own: list[Raw] = []
    for number, tool in enumerate(request.tools):
        where = f"tools[{number}]"
        match tool:
            case Tool():
                declared.append(_declaration(tool))
                if tool.cache is not None:
                    losses.append(Inexpressible(f"{where}.cache", "Gemini caches by itself", is_hint=True))
            case CustomTool():
                losses.append(Inexpressible(where, "Gemini has no tools with free text for input"))
            case ForeignTool():
                if tool.form is Form.GEMINI_GENERATE:
                    own.append(tool.raw)
                else:
                    losses.append(Inexpressible(where, f"only {tool.form.value} has the tool {tool.kind}"))
            case _:
                assert_never(tool)
    functions = [Raw(msgspec.json.encode({"functionDeclarations": declared}))] if declared else []
    return functions + own


def calling_of(request: Request, losses: list[Inexpressible]) -> FunctionCallingConfig | None:
    """Return the member `toolConfig.functionCallingConfig`; what has no place in it goes to `losses`."""
    has_functions = any(isinstance(tool, Tool) for tool in request.tools)
    if request.is_parallel is False and has_functions:
        losses.append(Inexpressible("is_parallel", "Gemini cannot be kept from calling several tools at once"))
    choice = request.tool_choice
    if choice is None or (not has_functions and choice.mode in (ToolMode.AUTO, ToolMode.NONE)):
        return None
    names = list(choice.names)
    if choice.mode is ToolMode.AUTO and names:
        return FunctionCallingConfig("VALIDATED", names)  # the only way to offer some of the tools
    return FunctionCallingConfig(_MODES[choice.mode], names or None)


def format_of(asked: OutputFormat, losses: list[Inexpressible]) -> dict[str, object]:
    """Return the members of `generationConfig` that ask for `asked`; what has no place goes to `losses`."""
    if asked.description is not None:
        losses.append(Inexpressible("format.description", "Gemini has no place for it", is_hint=True))
    if asked.kind is FormatKind.TEXT:
        return {"responseMimeType": "text/plain"}
    if asked.kind is FormatKind.JSON or asked.schema is None:
        return {"responseMimeType": "application/json"}
    name = "responseSchema" if _can_be_plain(asked.schema) else "responseJsonSchema"
    return {"responseMimeType": "application/json", name: asked.schema}


def _declaration(tool: Tool) -> FunctionDeclaration:
    made = FunctionDeclaration(tool.name, tool.description)
    schema = tool.parameters
    if schema is not None and bytes(schema) not in (b"null", b"{}"):
        is_named = _can_be_plain(schema)
        made.parameters = schema if is_named else UNSET
        made.parameters_json_schema = UNSET if is_named else schema
    return made


def _can_be_plain(schema: Raw) -> bool:
    try:
        return is_plain(schema)
    except WireError:
        return False
