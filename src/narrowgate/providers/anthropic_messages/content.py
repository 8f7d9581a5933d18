"""Write a conversation as Anthropic wants it: system apart, turns in alternation, results first.

Source: https://platform.claude.com/docs/en/api/messages (read 2026-11).
"""

import re
from base64 import b64decode
from binascii import Error

import msgspec

from narrowgate.model.conversation import (
    Audio,
    Document,
    Foreign,
    Image,
    Inexpressible,
    Message,
    Part,
    Refusal,
    Request,
    Role,
    Source,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Video,
)
from narrowgate.schemas.anthropic_blocks import OWN, block_of, control_of
from narrowgate.schemas.anthropic_messages import (
    CacheControl,
    CitationsConfig,
    DocumentBlock,
    ImageBlock,
    SourceObject,
)

_UNFIT_IN_ID = re.compile(r"[^A-Za-z0-9_-]")
# How base64 of these files begins, for clients that do not say what they send.
_IMAGE_STARTS = (
    ("iVBORw0KGgo", "image/png"),
    ("/9j/", "image/jpeg"),
    ("R0lGOD", "image/gif"),
    ("UklGR", "image/webp"),
)
_PDF_START = "JVBERi0"


class Turn(msgspec.Struct):
    """A message as it is sent."""

    role: str
    content: list[object]


class _Result(msgspec.Struct, omit_defaults=True, tag_field="type", tag="tool_result"):
    """A `ToolResultBlock` whose blocks are not JSON yet."""

    tool_use_id: str
    content: list[object] | None = None
    is_error: bool | None = None
    cache_control: CacheControl | None = None


class ContentWriter:
    """Writes the messages of one request; what has no place is in `lost` afterwards."""

    __slots__ = ("_is_own", "_request", "lost", "system", "turns")

    def __init__(self, request: Request) -> None:
        self._request = request
        self._is_own = request.form is OWN
        self.system: list[object] = []
        self.turns: list[Turn] = []
        self.lost: list[Inexpressible] = []

    def write(self) -> None:
        """Fill `system`, `turns` and `lost`."""
        for number, message in enumerate(self._request.messages):
            path = f"messages[{number}]"
            blocks = [
                block
                for at, part in enumerate(message.parts)
                if (block := self._block(part, f"{path}.parts[{at}]")) is not None
            ]
            if message.name is not None:
                self._lose(f"{path}.name", "Anthropic knows no names of speakers", is_hint=True)
            if message.role is Role.SYSTEM and not self.turns:
                self.system += blocks
            else:
                self._say(self._role(message, path), blocks)
        for turn in self.turns:
            # A turn must begin with the results the turn before it waits for.
            turn.content.sort(key=lambda block: not isinstance(block, _Result))

    def _role(self, message: Message, path: str) -> str:
        if message.role is not Role.SYSTEM:
            return "assistant" if message.role is Role.ASSISTANT else "user"
        if self._is_own:
            return "system"  # a client of this form says it only to models that know it
        why = "Anthropic takes system text at the beginning; it was sent as the user's"
        self._lose(f"{path}.role", why, is_hint=True)
        return "user"

    def _say(self, role: str, blocks: list[object]) -> None:
        if not blocks:
            return
        if self.turns and self.turns[-1].role == role:
            self.turns[-1].content += blocks
        else:
            self.turns.append(Turn(role, blocks))

    def _block(self, part: Part, path: str) -> object | None:  # noqa: C901 - one case a part
        match part:
            case Text():
                return self._text(part, path)
            case Refusal():
                return block_of(part) if part.text else None
            case Image():
                return self._image(part, path)
            case Document():
                return self._document(part, path)
            case Audio():
                return self._lose(path, "Anthropic takes no audio")
            case Video():
                return self._lose(path, "Anthropic takes no video")
            case Thought():
                return self._thought(part, path)
            case ToolCall():
                seal = part.seal
                if seal is not None and seal.form is not OWN:
                    self._lose(f"{path}.seal", "it is another provider's", is_hint=True)
                    seal = None
                return block_of(msgspec.structs.replace(part, id=wire_id(part.id), seal=seal))
            case ToolResult():
                return self._result(part, path)
            case Foreign():
                return (
                    part.raw if part.form is OWN else self._lose(path, f"'{part.kind}' is of {part.form.value} alone")
                )

    def _text(self, text: Text, path: str) -> object | None:
        if not text.text:
            return None  # refused when empty, and says nothing
        if any(citation.form is not OWN for citation in text.citations):
            self._lose(f"{path}.citations", "they are another provider's", is_hint=True)
            own = tuple(citation for citation in text.citations if citation.form is OWN)
            text = msgspec.structs.replace(text, citations=own)
        return block_of(text)

    def _thought(self, thought: Thought, path: str) -> object | None:
        if thought.seal is None or thought.seal.form is not OWN:
            return self._lose(path, "Anthropic takes only reasoning that it has signed", is_hint=True)
        return block_of(thought)

    def _image(self, image: Image, path: str) -> object | None:
        if image.detail is not None:
            self._lose(f"{path}.detail", "Anthropic chooses the resolution", is_hint=True)
        source = _source(image.source)
        if source.type == "base64" and source.media_type is None:
            found = [kind for start, kind in _IMAGE_STARTS if (source.data or "").startswith(start)]
            if not found:
                return self._lose(path, "its media type is unknown; name it")
            source = msgspec.structs.replace(source, media_type=found[0])
        return ImageBlock(source, control_of(image.cache))

    def _document(self, document: Document, path: str) -> object | None:
        source = _document_source(document)
        if source is None:
            return self._lose(path, "Anthropic takes PDF and text documents")
        citations = CitationsConfig(document.has_citations) if document.has_citations is not None else None
        return DocumentBlock(source, document.name, document.context, citations, control_of(document.cache))

    def _result(self, result: ToolResult, path: str) -> object:
        blocks = [
            block
            for at, part in enumerate(result.content)
            if (block := self._block(part, f"{path}.content[{at}]")) is not None
        ]
        return _Result(
            wire_id(result.call_id), blocks or None, result.is_error or None, cache_control=control_of(result.cache)
        )

    def _lose(self, what: str, why: str, *, is_hint: bool = False) -> object | None:
        """Note what has no place; there is no block for it."""
        self.lost.append(Inexpressible(what, why, is_hint))
        return None


def wire_id(identity: str) -> str:
    """Return a call's id in the letters Anthropic allows; different ids stay different."""
    return _UNFIT_IN_ID.sub(lambda match: f"_{ord(match[0]):x}_", identity)


def _source(source: Source) -> SourceObject:
    if source.data is not None:
        return SourceObject("base64", source.media_type, source.data)
    if source.url is not None:
        return SourceObject("url", url=source.url)
    return SourceObject("file", file_id=source.file_id)


def _document_source(document: Document) -> SourceObject | None:
    if document.source is None or document.text is not None:
        return SourceObject("text", "text/plain", document.text or "")
    source = _source(document.source)
    if source.type != "base64" or source.data is None:
        return source
    media_type = source.media_type or ""
    if media_type == "application/pdf" or source.data.startswith(_PDF_START):
        return msgspec.structs.replace(source, media_type="application/pdf")
    if not media_type.startswith("text/") and media_type != "application/json":
        return None
    try:
        return SourceObject("text", "text/plain", b64decode(source.data, validate=True).decode())
    except (Error, UnicodeDecodeError):
        return None
