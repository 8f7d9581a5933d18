"""Write parts of a message's content as OpenAI's clients do."""

import msgspec

from narrowgate.model.conversation import (
    Audio,
    CacheMark,
    Document,
    Foreign,
    Form,
    Image,
    Part,
    Refusal,
    Source,
    Text,
    Video,
)
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat.losses import Losses
from narrowgate.schemas import openai_chat as wire

_ENCODER = msgspec.json.Encoder()
_BEGINNINGS = {"iVBOR": "image/png", "/9j/": "image/jpeg", "R0lG": "image/gif", "UklG": "image/webp"}
_SOUNDS = {"audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/x-wav": "wav", "audio/wave": "wav", "audio/vnd.wave": "wav"}


class PartWriter:
    """Writes parts for one provider."""

    def __init__(self, quirks: Quirks, losses: Losses, *, is_own: bool) -> None:
        self._quirks = quirks
        self._losses = losses
        self._is_own = is_own

    def write(self, part: Part, what: str) -> bytes | None:
        """Return the JSON of `part`, or None when it has no place; `what` is its neutral path."""
        if isinstance(part, Foreign):
            if part.form is Form.OPENAI_CHAT:
                return bytes(part.raw)
            self._losses.note(what, f"only {part.form.value} knows parts of the type '{part.kind}'")
            return None
        written = self._written(part, what)
        if written is None:
            return None
        if not isinstance(part, Refusal):
            written.cache_control = self.mark(getattr(part, "cache", None), what)
        return _ENCODER.encode(written)

    def mark(self, cache: CacheMark | None, what: str) -> wire.CacheControl | None:
        """Return the mark to write for `cache`, None when there is none or no place for it."""
        if cache is None:
            return None
        if not self._quirks.has_cache_marks:
            self._losses.note(f"{what}.cache", "this provider takes no cache marks", is_hint=True)
            return None
        return wire.CacheControl("ephemeral", cache.ttl)

    def _written(self, part: Part, what: str) -> wire.ContentPart | None:
        match part:
            case Text():
                if part.citations:
                    self._losses.note(f"{what}.citations", "earlier answers are sent without them", is_hint=True)
                return wire.ContentPart("text", text=part.text)
            case Refusal():
                return wire.ContentPart("refusal", refusal=part.text)
            case Image():
                url = self._url(part.source, what, _sniffed(part.source.data))
                return None if url is None else wire.ContentPart("image_url", image_url=wire.Url(url, part.detail))
            case Video():
                if not (self._is_own or self._quirks.has_video):
                    self._losses.note(what, "this provider takes no films")
                    return None
                url = self._url(part.source, what, "video/mp4")
                return None if url is None else wire.ContentPart("video_url", video_url=wire.Url(url))
            case Audio():
                return self._audio(part, what)
            case Document():
                return self._document(part, what)
            case _:
                self._losses.note(what, f"a {_kind(part)} cannot stand in this message")
                return None

    def _url(self, source: Source, what: str, media_type: str) -> str | None:
        if source.url is not None:
            return source.url
        if source.data is not None:
            return f"data:{source.media_type or media_type};base64,{source.data}"
        self._losses.note(what, "a file by its id can only be a document here; send its bytes or a URL")
        return None

    def _audio(self, part: Audio, what: str) -> wire.ContentPart | None:
        source = part.source
        if source.data is not None:
            media_type = source.media_type or ""
            kind = _SOUNDS.get(media_type) or media_type.rpartition("/")[2].partition(";")[0] or "wav"
            return wire.ContentPart("input_audio", input_audio=wire.InputAudio(source.data, kind))
        if source.url is not None and self._is_own:
            return wire.ContentPart("audio_url", audio_url=wire.Url(source.url))
        self._losses.note(what, "sounds are taken as bytes only; send them in base64")
        return None

    def _document(self, part: Document, what: str) -> wire.ContentPart | None:
        for name, value in (("context", part.context), ("has_citations", part.has_citations)):
            if value:
                self._losses.note(f"{what}.{name}", "documents have no such setting here", is_hint=True)
        if part.text is not None:
            if part.name:
                self._losses.note(f"{what}.name", "a document of plain text is sent as text", is_hint=True)
            return wire.ContentPart("text", text=part.text)
        source = part.source or Source()
        if self._quirks.document_field == "document_url" or (self._is_own and source.url is not None):
            url = self._url(source, what, "application/pdf")
            return None if url is None else wire.ContentPart("document_url", document_url=url, document_name=part.name)
        if self._quirks.document_field != "file":
            self._losses.note(what, "this provider takes no documents")
            return None
        if source.file_id is not None:
            return wire.ContentPart("file", file=wire.File(file_id=source.file_id, filename=part.name))
        if source.data is not None:
            data = f"data:{source.media_type or 'application/pdf'};base64,{source.data}"
            return wire.ContentPart("file", file=wire.File(file_data=data, filename=part.name or "document.pdf"))
        self._losses.note(what, "documents are not fetched from a URL here; send their bytes")
        return None


def _sniffed(data: str | None) -> str:
    """Return the media type of a picture whose sender did not say it."""
    found = (kind for beginning, kind in _BEGINNINGS.items() if (data or "").startswith(beginning))
    return next(found, "image/png")


def _kind(part: Part) -> str:
    return str(type(part).__struct_config__.tag)
