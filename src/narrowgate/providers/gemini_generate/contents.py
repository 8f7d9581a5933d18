"""A conversation as Gemini's contents: turns of user and model, joined, with results behind their calls.

Source: https://ai.google.dev/api/caching#Content, https://ai.google.dev/gemini-api/docs/thought-signatures
(read 2026-11).
"""

import base64
from typing import assert_never

import msgspec
from msgspec import Raw

from narrowgate.model.conversation import (
    Audio,
    Document,
    Foreign,
    Form,
    Image,
    Inexpressible,
    Message,
    Refusal,
    Request,
    Role,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Video,
)
from narrowgate.model.conversation import Part as AnyPart
from narrowgate.providers.gemini_generate.results import response_of
from narrowgate.schemas.gemini_generate import Blob, Content, FileData, FunctionCall, FunctionResponse, Part
from narrowgate.wire.json_body import as_object

_FORM = Form.GEMINI_GENERATE
# Google's word for calls that no Gemini made: without it Gemini 3 refuses them.
_NOT_SIGNED = "skip_thought_signature_validator"
_SNIFFED = {
    "iVBOR": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "JVBERi": "application/pdf",
}
_ENDINGS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "html": "text/html",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mpeg": "video/mpeg",
}
_DETAILS = {"low": "MEDIA_RESOLUTION_LOW", "high": "MEDIA_RESOLUTION_HIGH"}

_Turn = list[Part | Raw]


class ContentWriter:
    """Writes the messages of one request. `is_newer` says how the model wants signatures and media."""

    def __init__(self, request: Request, *, is_newer: bool) -> None:
        self._request = request
        self._is_newer = is_newer
        self._names: dict[str, str] = {}
        self._turns: list[tuple[str, _Turn]] = []
        self._system: list[Part] = []
        self._media: list[Part] = []
        self.losses: list[Inexpressible] = []

    def write(self) -> tuple[list[Content], Content | None]:
        """Return (contents, systemInstruction)."""
        for number, message in enumerate(self._request.messages):
            where = f"messages[{number}]"
            if message.name is not None:
                self._lose(f"{where}.name", "Gemini has no names for those who speak", is_hint=True)
            if message.role is Role.SYSTEM:
                self._instruct(message, where)
            else:
                self._speak(message, where)
        self._flush_media()
        is_own = self._request.form is _FORM
        if not self._turns or (self._turns[0][0] == "model" and not is_own):
            self._turns.insert(0, ("user", [Part(text=" ")]))  # Gemini wants a user to begin
        contents = [Content(self._encoded(role, turn), role) for role, turn in self._turns if turn]
        return contents, Content(_raws(self._system)) if self._system else None

    def _encoded(self, role: str, turn: _Turn) -> list[Raw]:
        if role == "model" and self._is_newer:
            first = next((part for part in turn if isinstance(part, Part) and part.function_call is not None), None)
            if first is not None and first.thought_signature is None:
                first.thought_signature = _NOT_SIGNED
        return _raws(turn)

    def _instruct(self, message: Message, where: str) -> None:
        for number, part in enumerate(message.parts):
            if isinstance(part, Text):
                self._mark(part, f"{where}.parts[{number}]")
                self._system.append(Part(text=part.text))
            else:
                self._lose(f"{where}.parts[{number}]", "Gemini's system instruction holds text only")

    def _speak(self, message: Message, where: str) -> None:
        role = "model" if message.role is Role.ASSISTANT else "user"
        if not self._turns or self._turns[-1][0] != role:
            self._flush_media()
            self._turns.append((role, []))
        turn = self._turns[-1][1]
        begin = len(turn)
        for number, part in enumerate(message.parts):
            if not isinstance(part, ToolResult):
                self._flush_media()
            self._part(part, f"{where}.parts[{number}]", turn, begin)

    def _flush_media(self) -> None:
        """Put the media of results behind all results of the turn: these have to stand together."""
        if self._media:
            self._turns[-1][1].extend(self._media)
            self._media = []

    def _part(self, part: AnyPart, where: str, turn: _Turn, begin: int) -> None:
        match part:
            case Text():
                self._mark(part, where)
                turn.append(Part(text=part.text))
            case Refusal():
                turn.append(Part(text=part.text))
            case Image() | Audio() | Video() | Document():
                made = self._medium(part, where)
                if made is not None:
                    turn.append(made)
            case Thought():
                self._thought(part, where, turn, begin)
            case ToolCall():
                self._names[part.id] = part.name
                call = FunctionCall(part.id, part.name, Raw(as_object(part.arguments)))
                turn.append(Part(function_call=call, thought_signature=self._signature(part, where)))
                self._mark(part, where)
            case ToolResult():
                self._mark(part, where)
                turn.append(self._result(part, where))
            case Foreign():
                if part.form is _FORM:
                    turn.append(part.raw)
                else:
                    self._lose(where, f"only {part.form.value} has parts of the type {part.kind}")
            case _:
                assert_never(part)

    def _thought(self, part: Thought, where: str, turn: _Turn, begin: int) -> None:
        signature = self._signature(part, where)
        if part.text:
            turn.append(Part(text=part.text, thought=True, thought_signature=signature))
        elif signature is not None:
            before = turn[-1] if len(turn) > begin else None
            if isinstance(before, Part) and _can_be_signed(before):
                before.thought_signature = signature
            else:
                turn.append(Part(text="", thought_signature=signature))

    def _signature(self, part: Thought | ToolCall, where: str) -> str | None:
        if part.seal is None:
            return None
        if part.seal.form is _FORM:
            return part.seal.data
        self._lose(f"{where}.seal", f"only {part.seal.form.value} can read it", is_hint=True)
        return None

    def _medium(self, part: Image | Audio | Video | Document, where: str) -> Part | None:
        self._mark(part, where)
        made = Part()
        if isinstance(part, Document):
            if part.context is not None:
                self._lose(f"{where}.context", "Gemini has no place for it", is_hint=True)
            if part.has_citations is not None:
                self._lose(f"{where}.has_citations", "Gemini cites by itself", is_hint=True)
            if part.source is None:
                text = base64.b64encode((part.text or "").encode()).decode()
                made.inline_data = Blob("text/plain", text, self._display_name(part, where))
                return made
        if isinstance(part, Image) and part.detail in _DETAILS:
            if self._is_newer:
                made.media_resolution = Raw(msgspec.json.encode({"level": _DETAILS[part.detail]}))
            else:
                self._lose(f"{where}.detail", "this model has no resolution for one image", is_hint=True)
        source = part.source
        if source is None:
            return None
        name = self._display_name(part, where)
        if source.data is not None:
            made.inline_data = Blob(source.media_type or _sniffed(part, source.data), source.data, name)
            return made
        url = source.url or source.file_id or ""
        if source.url is None and not url.startswith("files/"):
            self._lose(f"{where}.source", "the file is with another provider; send its bytes or a URL")
            return None
        made.file_data = FileData(source.media_type or _guessed(url), url, name)
        return made

    def _display_name(self, part: Image | Audio | Video | Document, where: str) -> str | None:
        if not isinstance(part, Document) or part.name is None:
            return None
        if self._request.form is _FORM:
            return part.name
        self._lose(f"{where}.name", "AI Studio refuses names of documents", is_hint=True)
        return None

    def _result(self, result: ToolResult, where: str) -> Part:
        texts: list[str] = []
        media: list[Part] = []
        for number, part in enumerate(result.content):
            place = f"{where}.content[{number}]"
            match part:
                case Text() | Refusal():
                    texts.append(part.text)
                case Document(source=None):
                    texts.append(part.text or "")
                case Image() | Audio() | Video() | Document():
                    made = self._medium(part, place)
                    if made is not None:
                        media.append(made)
                case _:
                    self._lose(place, "Gemini takes text and media for the result of a tool")
        name = result.name or self._names.get(result.call_id) or result.call_id
        answer = FunctionResponse(result.call_id, name, response_of(texts, is_error=result.is_error))
        if self._is_newer and media:
            answer.parts = _raws(media)
        else:
            self._media += media
        return Part(function_response=answer)

    def _mark(self, part: Text | Image | Audio | Video | Document | ToolCall | ToolResult, where: str) -> None:
        if part.cache is not None:
            self._lose(f"{where}.cache", "Gemini caches by itself", is_hint=True)
        if isinstance(part, Text) and part.citations:
            self._lose(f"{where}.citations", "Gemini takes no citations back", is_hint=True)

    def _lose(self, what: str, why: str, *, is_hint: bool = False) -> None:
        self.losses.append(Inexpressible(what, why, is_hint=is_hint))


def _raws(parts: list[Part] | _Turn) -> list[Raw]:
    return [part if isinstance(part, Raw) else Raw(msgspec.json.encode(part)) for part in parts]


def _can_be_signed(part: Part) -> bool:
    holds = part.inline_data is not None or part.file_data is not None or (part.text is not None and not part.thought)
    return holds and part.thought_signature is None


def _sniffed(part: Image | Audio | Video | Document, data: str) -> str:
    for opening, media_type in _SNIFFED.items():
        if data.startswith(opening):
            return media_type
    match part:
        case Image():
            return "image/png"
        case Audio():
            return "audio/wav"
        case Video():
            return "video/mp4"
        case Document():
            return "application/pdf"
        case _:
            assert_never(part)


def _guessed(url: str) -> str | None:
    return _ENDINGS.get(url.partition("?")[0].rpartition(".")[2].lower())
