"""Write a conversation's turns as Ollama's messages.

Source: https://docs.ollama.com/api/chat (read 2026-11).
"""

from typing import assert_never

import msgspec

from narrowgate.model.conversation import (
    Audio,
    Document,
    Foreign,
    Form,
    Image,
    Refusal,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Video,
)
from narrowgate.providers.turns import Placed, TurnWriter
from narrowgate.schemas import ollama_chat as schema
from narrowgate.wire.json_body import as_object, in_object

FORM = Form.OLLAMA_CHAT


class Turns(TurnWriter):
    """Writes turn by turn. `messages` are Ollama's."""

    name = "Ollama"

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[schema.Message] = []
        self._called: dict[str, str] = {}

    def _speak(self, role: str, parts: Placed) -> None:
        self.messages.append(self._spoken(role, parts))

    def _spoken(self, role: str, parts: Placed) -> schema.Message:
        """Return a message of text and pictures: several texts are one, a line each."""
        texts: list[str] = []
        images: list[str] = []
        for path, part in parts:
            self._mark(path, part)
            match part:
                case Text() | Refusal():
                    texts.append(part.text)
                case Image() if part.source.data is not None:
                    images.append(part.source.data)
                case Image():
                    self._lose(path, "Ollama takes pictures as base64 only; send the bytes")
                case Document() if part.text is not None:
                    texts += [line for line in (part.name, part.context, part.text) if line is not None]
                case Document() | Audio() | Video():
                    self._lose(path, "Ollama takes text and pictures only")
                case Thought() | ToolCall() | ToolResult() | Foreign():
                    self._lose(path, f"there is no such part in a message of the {role}")
                case _:
                    assert_never(part)
        return schema.Message(role, "\n".join(texts), images=images or None)

    def _result(self, path: str, result: ToolResult) -> None:
        self._mark(path, result)
        inner = [(f"{path}.content[{number}]", part) for number, part in enumerate(result.content)]
        said = self._spoken("tool", inner)
        content = said.content or ""
        if result.is_error:
            # There is no mark for a failure: the model is told in the result itself.
            content = msgspec.json.encode({"error": content}).decode()
        name = result.name or self._called.get(result.call_id)
        self.messages.append(
            schema.Message("tool", content, images=said.images, tool_name=name, tool_call_id=result.call_id)
        )

    def _assistant(self, parts: Placed) -> None:
        texts: list[str] = []
        thoughts: list[str] = []
        calls: list[schema.ToolCall] = []
        for path, part in parts:
            self._mark(path, part)
            match part:
                case Text() | Refusal():
                    texts.append(part.text)
                    if isinstance(part, Text) and part.citations:
                        self._lose(f"{path}.citations", "Ollama has no citations", is_hint=True)
                case Thought():
                    if part.text:
                        thoughts.append(part.text)
                    if part.seal is not None or not part.text:
                        self._lose(path, "Ollama knows reasoning in words only", is_hint=True)
                case ToolCall():
                    self._called[part.id] = part.name
                    text = part.arguments
                    arguments = msgspec.Raw(in_object(text) if part.is_custom else as_object(text))
                    function = schema.Function(part.name, arguments, len(calls))
                    calls.append(schema.ToolCall(function, part.id, "function"))
                case Image() | Audio() | Video() | Document() | ToolResult() | Foreign():
                    self._lose(path, "Ollama's assistant says text, reasoning and tool calls only")
                case _:
                    assert_never(part)
        message = schema.Message(
            "assistant", "".join(texts), thinking="".join(thoughts) or None, tool_calls=calls or None
        )
        self.messages.append(message)
