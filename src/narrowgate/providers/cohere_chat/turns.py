"""Write a conversation's turns as Cohere's messages and documents.

Source: https://docs.cohere.com/v2/reference/chat (read 2026-11).
"""

from typing import assert_never

import msgspec

from narrowgate.model.conversation import (
    Audio,
    Document,
    Foreign,
    Form,
    Image,
    Part,
    Refusal,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Video,
)
from narrowgate.providers.turns import Placed, TurnWriter
from narrowgate.schemas import cohere_chat as schema
from narrowgate.wire.json_body import in_object

FORM = Form.COHERE_CHAT
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Turns(TurnWriter):
    """Writes turn by turn. `messages` and `documents` are Cohere's."""

    name = "Cohere"

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, object]] = []
        self.documents: list[object] = []

    def _speak(self, role: str, parts: Placed) -> None:
        content = [said for path, part in parts for said in self._said(role, path, part)]
        if content or not parts:
            self.messages.append({"role": role, "content": _shortest(content) if content else ""})

    def _said(self, role: str, path: str, part: Part) -> list[schema.Part]:
        """Return what stands for a part in a content of the system's or the user's."""
        self._mark(path, part)
        match part:
            case Text() | Refusal():
                return [schema.Part("text", text=part.text)]
            case Image() if role == "user":
                url = part.source.url
                if part.source.data is not None:
                    url = f"data:{part.source.media_type or 'image/png'};base64,{part.source.data}"
                if url is not None:
                    return [schema.Part("image_url", image_url=schema.ImageUrl(url, part.detail))]
                self._lose(path, "Cohere takes a picture by URL or as base64, not as an uploaded file")
            case Document() if part.text is not None:
                self.documents.append(document(part))
            case Document():
                self._lose(path, "Cohere takes documents as text only")
            case Audio() | Video():
                self._lose(path, "Cohere's chat takes text and pictures only")
            case _:
                self._lose(path, f"there is no such part in a message of the {role}")
        return []

    def _result(self, path: str, result: ToolResult) -> None:
        self._mark(path, result)
        content: list[schema.Part] = []
        for number, part in enumerate(result.content):
            inner = f"{path}.content[{number}]"
            self._mark(inner, part)
            match part:
                case Text():
                    content.append(schema.Part("text", text=part.text))
                case Document() if part.text is not None:
                    content.append(schema.Part("document", document=document(part)))
                case _:
                    self._lose(inner, "Cohere takes text and text documents from tools only")
        written = _shortest(content)
        if result.is_error:
            # There is no mark for a failure: the model is told in the result itself.
            text = "".join(part.text for part in result.content if isinstance(part, Text))
            written = msgspec.json.encode({"error": text}).decode()
        self.messages.append({"role": "tool", "tool_call_id": result.call_id, "content": written})

    def _assistant(self, parts: Placed) -> None:  # noqa: C901, PLR0912 - one case a part
        written: dict[str, object] = {"role": "assistant"}
        content: list[object] = []
        citations: list[msgspec.Raw] = []
        calls: list[schema.ToolCall] = []
        plans: list[str] = []
        for path, part in parts:
            self._mark(path, part)
            match part:
                case Text():
                    content.append(schema.Part("text", text=part.text))
                    own = [citation.raw for citation in part.citations if citation.form is FORM]
                    citations += own
                    if len(own) < len(part.citations):
                        self._lose(f"{path}.citations", "they are another provider's", is_hint=True)
                case Refusal():
                    content.append(schema.Part("text", text=part.text))
                case Thought():
                    self._thought(path, part, content, plans)
                case ToolCall():
                    function = schema.Function(part.name, _arguments(part))
                    calls.append(schema.ToolCall(part.id, "function", function))
                case Foreign() if part.form is FORM:
                    content.append(part.raw)
                case Foreign() | Image() | Audio() | Video() | Document() | ToolResult():
                    self._lose(path, "Cohere's assistant says text, reasoning and tool calls only")
                case _:
                    assert_never(part)
        if plans:
            written["tool_plan"] = "".join(plans)
        if content or not calls:
            first = content[0] if content else None
            is_plain = len(content) == 1 and isinstance(first, schema.Part) and first.type == "text"
            written["content"] = first.text if is_plain and isinstance(first, schema.Part) else content or ""
        if calls:
            written["tool_calls"] = calls
        if citations:
            written["citations"] = citations
        self.messages.append(written)

    def _thought(self, path: str, part: Thought, content: list[object], plans: list[str]) -> None:
        seal = part.seal
        if seal is not None and seal.form is FORM and seal.data == schema.TOOL_PLAN:
            plans.append(part.text)
        elif part.text:
            content.append(schema.Part("thinking", thinking=part.text))
        if seal is not None and seal.form is not FORM:
            self._lose(path, "its seal is another provider's", is_hint=True)
        elif not part.text:
            self._lose(path, "reasoning without words means nothing to Cohere", is_hint=True)


def document(part: Document) -> schema.Document:
    """Return a text document as Cohere's: text that is a JSON object is its members."""
    text = part.text or ""
    data = msgspec.Raw(text.encode())
    if part.context is not None or not _is_object(text):
        members = {"text": text} | ({"context": part.context} if part.context is not None else {})
        data = msgspec.Raw(msgspec.json.encode(members))
    return schema.Document(data, part.name)


def _is_object(text: str) -> bool:
    if not text.startswith("{"):
        return False
    try:
        _OBJECT.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return False
    return True


def _arguments(call: ToolCall) -> str:
    """Return JSON: the free text of a custom tool stands in an object."""
    return in_object(call.arguments).decode() if call.is_custom else call.arguments or "{}"


def _shortest(content: list[schema.Part]) -> object:
    """Return the string that stands for a single text."""
    if len(content) == 1 and content[0].type == "text":
        return content[0].text
    return content
