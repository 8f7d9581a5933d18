"""Tools whose input is free text, for providers that know functions alone: there as an object with one text in it.

What the model calls comes back as the free text that the client's own form has for it.
Source: https://platform.openai.com/docs/guides/function-calling#custom-tools (read 2026-11).
"""

from collections.abc import Mapping, Sequence

import msgspec

from narrowgate.model.conversation import (
    AnyTool,
    CustomTool,
    Form,
    Inexpressible,
    Message,
    Part,
    Request,
    Tool,
    ToolCall,
    ToolResult,
)
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Delta, Event, PartBegan, PartEnded, Reply
from narrowgate.providers.family import Decoder, Family, Outgoing, Quirks
from narrowgate.wire.json_body import in_object

_SCHEMA = msgspec.Raw(b'{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}')


class _Grammar(msgspec.Struct):
    definition: str | None = None
    syntax: str | None = None


class _Format(_Grammar):
    grammar: _Grammar | None = None  # Chat has it one level deeper


class _Input(msgspec.Struct, forbid_unknown_fields=True):
    input: str


_FORMAT = msgspec.json.Decoder(_Format)
_INPUT = msgspec.json.Decoder(_Input)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def family_for(request: Request, family: Family, quirks: Quirks) -> Family:
    """Return `family`, or what speaks for it if `request` has free text in tools and the provider does not."""
    is_native = family.form is Form.OPENAI_RESPONSES or (family.form is Form.OPENAI_CHAT and quirks.has_custom_tools)
    names = frozenset() if is_native else _names(request)
    return FreeText(family, names) if names else family


class FreeText:
    """A family that is told of functions for the tools `names`, and heard as if they took free text."""

    __slots__ = ("_family", "_names")

    def __init__(self, family: Family, names: frozenset[str]) -> None:
        self._family = family
        self._names = names

    @property
    def form(self) -> Form:
        """The form of the family."""
        return self._family.form

    def to_wire(self, request: Request, model: str, quirks: Quirks) -> Outgoing:
        """Return `request` with functions in place of tools of free text."""
        losses = tuple(
            Inexpressible(f"tools[{number}].format", "grammars are only described to the model", is_hint=True)
            for number, tool in enumerate(request.tools)
            if isinstance(tool, CustomTool) and tool.format is not None and _grammar(tool.format) is not None
        )
        asked = msgspec.structs.replace(
            request, tools=tuple(map(_told, request.tools)), messages=tuple(map(_sent, request.messages))
        )
        out = self._family.to_wire(asked, model, quirks)
        return msgspec.structs.replace(out, inexpressible=losses + out.inexpressible)

    def from_wire(self, body: bytes, quirks: Quirks) -> Reply:
        """Return what a whole answer says."""
        reply = self._family.from_wire(body, quirks)
        choices = tuple(
            msgspec.structs.replace(choice, parts=tuple(self._heard(part) for part in choice.parts))
            for choice in reply.choices
        )
        return msgspec.structs.replace(reply, choices=choices)

    def decoder(self, quirks: Quirks) -> Decoder:
        """Return what reads a streamed answer."""
        return _FreeTextDecoder(self._family.decoder(quirks), self._names)

    def fault(self, status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
        """Return what an error says."""
        return self._family.fault(status, headers, body)

    def _heard(self, part: Part) -> Part:
        if not isinstance(part, ToolCall) or part.is_custom or part.name not in self._names:
            return part
        return msgspec.structs.replace(part, arguments=_text_in(part.arguments), is_custom=True)


class _FreeTextDecoder:
    """Holds the arguments of such calls until they are whole: only then is their text known."""

    __slots__ = ("_decoder", "_held", "_names")

    def __init__(self, decoder: Decoder, names: frozenset[str]) -> None:
        self._decoder = decoder
        self._names = names
        self._held: dict[tuple[int, int], list[str]] = {}

    def feed(self, data: bytes) -> Sequence[Event]:
        """Return the events `data` completes."""
        return [heard for event in self._decoder.feed(data) for heard in self._heard(event)]

    def end(self) -> Sequence[Event]:
        """Return what remains."""
        return [heard for event in self._decoder.end() for heard in self._heard(event)]

    def _heard(self, event: Event) -> list[Event]:
        match event:
            case PartBegan(choice, part, ToolCall() as call) if call.name in self._names and not call.is_custom:
                self._held[choice, part] = [call.arguments]
                return [PartBegan(choice, part, msgspec.structs.replace(call, arguments="", is_custom=True))]
            case Delta(choice, part, text) if (choice, part) in self._held:
                self._held[choice, part].append(text)
                return []
            case PartEnded(choice, part) if (choice, part) in self._held:
                text = _text_in("".join(self._held.pop((choice, part))))
                return [Delta(choice, part, text), event] if text else [event]
            case _:
                return [event]


def _names(request: Request) -> frozenset[str]:
    """Return the tools that take free text: those offered, and those called before."""
    offered = {tool.name for tool in request.tools if isinstance(tool, CustomTool)}
    parts = (part for message in request.messages for part in message.parts)
    return frozenset(offered | {part.name for part in parts if isinstance(part, ToolCall) and part.is_custom})


def function_of(tool: CustomTool) -> Tool:
    """Return the function that stands for a tool of free text; a grammar is described to the model."""
    grammar = _grammar(tool.format) if tool.format is not None else None
    said = [tool.description or "", f"The input must be of this grammar:\n{grammar}" if grammar is not None else ""]
    return Tool(tool.name, "\n\n".join(filter(None, said)) or None, _SCHEMA, namespace=tool.namespace)


def _told(tool: AnyTool) -> AnyTool:
    return function_of(tool) if isinstance(tool, CustomTool) else tool


def _grammar(format_: msgspec.Raw) -> str | None:
    try:
        found = _FORMAT.decode(format_)
    except _UNREADABLE:
        return None
    return (found.grammar or found).definition


def _sent(message: Message) -> Message:
    return msgspec.structs.replace(message, parts=tuple(map(_sent_part, message.parts)))


def _sent_part(part: Part) -> Part:
    match part:
        case ToolCall(is_custom=True):
            return msgspec.structs.replace(part, arguments=in_object(part.arguments).decode(), is_custom=False)
        case ToolResult(is_custom=True):
            return msgspec.structs.replace(part, is_custom=False)
        case _:
            return part


def _text_in(arguments: str) -> str:
    """Return the text in a function's arguments; what is no such object is the text itself."""
    try:
        return _INPUT.decode(arguments).input
    except (*_UNREADABLE, UnicodeEncodeError):
        return arguments
