"""Which tool the demo provider calls, and with what."""

import re
from collections.abc import Sequence

import msgspec

from narrowgate.providers.demo_answer import Json, Refused
from narrowgate.providers.demo_schema import example

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SHORTEST_WORD = 3
_PIECE = 12
_ASKING = frozenset({"call", "function", "functions", "tool", "tools", "use"})
# Words of most descriptions and most questions.
_EMPTY = frozenset(
    {"and", "are", "can", "for", "from", "get", "given", "has", "how", "its", "not", "set"}
    | {"that", "the", "this", "what", "when", "which", "will", "with", "you"}
)


class ToolCall(msgspec.Struct, frozen=True):
    """A call of the tool `name`; `arguments` is JSON text."""

    name: str
    arguments: str


class _Tool(msgspec.Struct, frozen=True):
    name: str
    description: str
    parameters: object


def call_for(request: Json, question: str, *, calls_always: bool) -> ToolCall | None:
    """Return the call that `request` gets, None when it gets text.

    A tool is called when `tool_choice` says so, and else when the question shares a word with
    a tool's name or description or asks for tools. Not at random: clients act on calls.
    Tools and choice may be written as chat or as responses write them.

    Raises:
        Refused: `tool_choice` names a tool that is not there.
    """
    tools = _declared(request.get("tools"))
    choice = request.get("tool_choice")
    forced = _forced(choice)
    if forced is not None:
        named = [tool for tool in tools if tool.name == forced]
        if not named:
            raise Refused(f"tool_choice: there is no tool '{forced[:64]}' in tools", "tool_choice")
        return _call(named[0])
    if not tools or choice == "none":
        return None
    asked = _words(question)
    best = max(tools, key=lambda tool: len(asked & _words(f"{tool.name} {tool.description}")))
    is_asked_for = bool(asked & (_words(f"{best.name} {best.description}") | _ASKING))
    return _call(best) if is_asked_for or calls_always or choice == "required" else None


def argument_pieces(arguments: str) -> list[str]:
    """Cut a call's arguments into what a stream sends at a time."""
    return [arguments[start : start + _PIECE] for start in range(0, len(arguments), _PIECE)]


def _declared(given: object) -> Sequence[_Tool]:
    found: list[_Tool] = []
    for entry in given if isinstance(given, list) else ():
        if not isinstance(entry, dict) or entry.get("type", "function") != "function":
            continue
        function = entry.get("function", entry)
        name = function.get("name") if isinstance(function, dict) else None
        if isinstance(name, str) and name:
            found.append(_Tool(name, str(function.get("description") or ""), function.get("parameters")))
    return found


def _forced(choice: object) -> str | None:
    if not isinstance(choice, dict) or choice.get("type") != "function":
        return None
    function = choice.get("function", choice)
    return str(function.get("name")) if isinstance(function, dict) else None


def _call(tool: _Tool) -> ToolCall:
    made = example(tool.parameters)
    return ToolCall(tool.name, msgspec.json.encode(made if isinstance(made, dict) else {}).decode())


def _words(text: str) -> frozenset[str]:
    found = (word.lower() for word in _WORD.findall(_CAMEL.sub(" ", text)))
    return frozenset(word for word in found if len(word) >= _SHORTEST_WORD) - _EMPTY
