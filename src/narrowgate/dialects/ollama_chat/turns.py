"""Read the messages of Ollama's chat: results find their calls by name and order, for they need have no ids.

Source: https://docs.ollama.com/api/chat (read 2026-11).
"""

from collections.abc import Iterable

import msgspec

from narrowgate.dialects.asking import read_part, wrong
from narrowgate.model.conversation import (
    Form,
    Image,
    Message,
    Part,
    Role,
    Source,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from narrowgate.model.seals import seal_of, split_id
from narrowgate.schemas import ollama_chat as schema

FORM = Form.OLLAMA_CHAT
_STRING = msgspec.json.Decoder(str)
# How the base64 of these formats begins: Ollama's clients do not say what a picture is.
_BEGINNINGS = {"/9j/": "image/jpeg", "iVBOR": "image/png", "R0lGOD": "image/gif", "UklGR": "image/webp"}


class Conversation:
    """Hears message by message; makes the ids that calls lack."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._unanswered: list[ToolCall] = []
        self._made = 0

    def hear(self, message: schema.Message, path: str) -> None:
        """Add the message at `path`; raises Failed with the path of what is wrong."""
        match message.role:
            case "system":
                self.messages.append(Message(Role.SYSTEM, _said(message)))
            case "user":
                self.messages.append(Message(Role.USER, _said(message)))
            case "assistant":
                self.messages.append(Message(Role.ASSISTANT, self._assistant(message, path)))
            case "tool":
                self.messages.append(Message(Role.USER, (self._result(message),)))
            case _:
                shown = (message.role or "")[:40]
                raise wrong(f"{path}.role", f"'{shown}' is not one of system, user, assistant, tool")

    def _assistant(self, message: schema.Message, path: str) -> tuple[Part, ...]:
        parts: list[Part] = []
        if message.signature is not None:
            seal = seal_of(message.signature, FORM)
            parts.append(Thought(message.thinking or "", seal, not message.thinking))
        elif message.thinking:
            parts.append(Thought(message.thinking))
        if message.content:
            parts.append(Text(message.content))
        parts += pictures(message.images)
        self._unanswered = [
            self._call(call, f"{path}.tool_calls[{n}]") for n, call in enumerate(message.tool_calls or ())
        ]
        return (*parts, *self._unanswered)

    def _call(self, call: schema.ToolCall, path: str) -> ToolCall:
        function = call.function
        if function is None or not function.name:
            raise wrong(f"{path}.function.name", "a tool call needs the name of what is called")
        identity, seal = split_id(call.id) if call.id else (self._new_id(), None)
        text = bytes(function.arguments)
        if text.startswith(b'"'):
            arguments = read_part(_STRING, text, f"{path}.function.arguments")
        else:
            arguments = "" if text == b"null" else text.decode()
        return ToolCall(identity, function.name, arguments, seal=seal)

    def _result(self, message: schema.Message) -> ToolResult:
        name = message.tool_name
        wanted = split_id(message.tool_call_id)[0] if message.tool_call_id else None
        by_id = next((call for call in self._unanswered if call.id == wanted), None)
        by_name = next((call for call in self._unanswered if call.name == name), None)
        call = by_id
        if wanted is None:
            call = by_name or (self._unanswered[0] if self._unanswered and name is None else None)
        if call is not None:
            self._unanswered.remove(call)
            wanted, name = call.id, name or call.name
        return ToolResult(wanted or self._new_id(), _said(message), name)

    def _new_id(self) -> str:
        self._made += 1
        return f"call_{self._made - 1}"


def pictures(images: Iterable[str] | None) -> tuple[Image, ...]:
    """Return pictures given as base64, with or without the head of a data URL."""
    found: list[Image] = []
    for text in images or ():
        head, comma, data = text.partition(",")
        if head.startswith("data:") and comma:
            found.append(Image(Source(data=data, media_type=head[5:].partition(";")[0] or None)))
        else:
            kind = next((kind for start, kind in _BEGINNINGS.items() if text.startswith(start)), None)
            found.append(Image(Source(data=text, media_type=kind)))
    return tuple(found)


def _said(message: schema.Message) -> tuple[Part, ...]:
    images = pictures(message.images)
    return images if images and not message.content else (Text(message.content or ""), *images)
