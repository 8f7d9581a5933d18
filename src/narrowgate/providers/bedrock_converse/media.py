"""Write pictures, films, sounds and documents as Converse wants them: their bytes, or where they are in S3.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html,
…/API_runtime_ImageSource.html (read 2026-11).
"""

import re
from base64 import b64encode

from narrowgate.model.conversation import Audio, Document, Image, Inexpressible, Source, Video
from narrowgate.schemas.bedrock_converse import (
    Block,
    CitationsConfig,
    DocumentObject,
    MediumObject,
    S3Location,
    SourceObject,
)
from narrowgate.schemas.bedrock_media import AUDIO_FORMATS, DOCUMENT_FORMATS, IMAGE_FORMATS, VIDEO_FORMATS

# How base64 of these files begins, for clients that do not say what they send.
_STARTS = (
    ("iVBORw0KGgo", "png"),
    ("/9j/", "jpeg"),
    ("R0lGOD", "gif"),
    ("UklGR", "webp"),
    ("JVBERi0", "pdf"),
)
_ALSO_TEXT = frozenset({"application/json", "application/xml", "application/x-yaml"})
_UNFIT_IN_NAME = re.compile(r"[^0-9A-Za-z()\[\]-]+")
_LONGEST_NAME = 200


class MediaWriter:
    """Writes the media of one request, and notes in `lost` what has no place."""

    __slots__ = ("_is_own", "_lost", "_names")

    def __init__(self, lost: list[Inexpressible], *, is_own: bool) -> None:
        self._lost = lost
        self._is_own = is_own
        self._names: set[str] = set()

    def image(self, image: Image, path: str) -> Block | None:
        """Return the block of a picture, None when there is none for it."""
        if image.detail not in {None, "auto"}:
            self._lose(f"{path}.detail", "Bedrock chooses the resolution", is_hint=True)
        found = self._medium(image.source, IMAGE_FORMATS, path)
        return Block(image=found) if found is not None else None

    def video(self, video: Video, path: str) -> Block | None:
        """Return the block of a film, None when there is none for it."""
        found = self._medium(video.source, VIDEO_FORMATS, path)
        return Block(video=found) if found is not None else None

    def audio(self, audio: Audio, path: str) -> Block | None:
        """Return the block of a sound, None when there is none for it."""
        found = self._medium(audio.source, AUDIO_FORMATS, path)
        return Block(audio=found) if found is not None else None

    def document(self, document: Document, path: str) -> Block | None:
        """Return the block of a document, None when there is none for it."""
        if document.text is not None or document.source is None:
            word, source = "txt", self._words(document)
        else:
            found = _document_format(document, document.source)
            placed = self._source(document.source, path)
            if placed is None:
                return None
            if found is None:
                self._lose(f"{path}.source.media_type", f"Bedrock takes {', '.join(DOCUMENT_FORMATS.values())}")
                return None
            word, source = found, placed
        citations = CitationsConfig(document.has_citations) if document.has_citations is not None else None
        name = self._name(document.name, path)
        return Block(document=DocumentObject(source, name, word, document.context, citations))

    def _words(self, document: Document) -> SourceObject:
        text = document.text or ""
        # Cited text must be told as text; as bytes every model takes it.
        if document.has_citations:
            return SourceObject(text=text)
        return SourceObject(data=b64encode(text.encode("utf-8", "replace")).decode())

    def _medium(self, source: Source, formats: dict[str, str], path: str) -> MediumObject | None:
        placed = self._source(source, path)
        if placed is None:
            return None
        word = formats.get(source.media_type or "") or _sniffed(source, frozenset(formats.values()))
        if word is None and self._is_own and source.media_type is not None:
            word = source.media_type.rpartition("/")[2]  # the provider says best what it does not know
        if word is not None:
            return MediumObject(word, placed)
        self._lose(f"{path}.source.media_type", f"Bedrock takes {', '.join(dict.fromkeys(formats.values()))}")
        return None

    def _source(self, source: Source, path: str) -> SourceObject | None:
        if source.data is not None:
            return SourceObject(data=source.data)
        if source.url is not None:
            if source.url.startswith("s3://"):
                return SourceObject(s3_location=S3Location(source.url))
            self._lose(f"{path}.source.url", "Bedrock takes images and documents as bytes or from S3, not by URL")
        else:
            self._lose(f"{path}.source.file_id", "Bedrock keeps no files; send the bytes")
        return None

    def _name(self, name: str | None, path: str) -> str:
        """Return a document's name in the letters Bedrock allows, another one for each document."""
        if self._is_own and name is not None:
            return name
        fit = _UNFIT_IN_NAME.sub(" ", name or "").strip()[:_LONGEST_NAME] or "document"
        if name is not None and fit != name:
            self._lose(f"{path}.name", f"Bedrock allows fewer letters in it; it was sent as '{fit}'", is_hint=True)
        number, own = 1, fit
        while own in self._names:
            number += 1
            own = f"{fit[: _LONGEST_NAME - 8]} {number}"
        self._names.add(own)
        return own

    def _lose(self, what: str, why: str, *, is_hint: bool = False) -> None:
        self._lost.append(Inexpressible(what, why, is_hint))


def _sniffed(source: Source, among: frozenset[str]) -> str | None:
    """Return the format by how the bytes begin, or how the address ends."""
    start = next((word for start, word in _STARTS if (source.data or "").startswith(start)), None)
    word = start or (source.url or "").rpartition(".")[2].lower()
    return word if word in among else None


def _document_format(document: Document, source: Source) -> str | None:
    words = frozenset(DOCUMENT_FORMATS.values())
    media_type = source.media_type or ""
    known = DOCUMENT_FORMATS.get(media_type) or _sniffed(source, words)
    if known is not None:
        return known
    ending = (document.name or "").rpartition(".")[2].lower()
    if ending in words:
        return ending
    return "txt" if media_type.startswith("text/") or media_type in _ALSO_TEXT else None
