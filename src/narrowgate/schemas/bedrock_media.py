"""Pictures, films, sounds and documents of Bedrock's Converse API: its words for formats, MIME types for others.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html,
…_ImageBlock.html, …_VideoBlock.html, …_AudioBlock.html (read 2026-11).
"""

from base64 import b64decode
from binascii import Error

import msgspec

from narrowgate.model.conversation import Audio, Document, Image, Source, Video
from narrowgate.schemas.bedrock_converse import Block, DocumentObject, MediumObject, SourceObject, TextPiece
from narrowgate.schemas.reading import read

_PIECE = msgspec.json.Decoder(TextPiece)
IMAGE_FORMATS = {
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/jpg": "jpeg",
    "image/gif": "gif",
    "image/webp": "webp",
}
VIDEO_FORMATS = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
    "video/webm": "webm",
    "video/x-flv": "flv",
    "video/mpeg": "mpeg",
    "video/mpg": "mpg",
    "video/x-ms-wmv": "wmv",
    "video/3gpp": "three_gp",
}
AUDIO_FORMATS = {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/opus": "opus",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/mp4": "mp4",
    "audio/ogg": "ogg",
    "audio/webm": "webm",
    "audio/x-m4a": "m4a",
    "audio/x-matroska": "mka",
    "audio/pcm": "pcm",
}
DOCUMENT_FORMATS = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}


def medium_of(block: Block) -> Image | Video | Audio | Document | None:
    """Return the medium in `block`; None when there is none, or one that only this form can say."""
    if block.image is not None:
        source = _source_of(block.image, IMAGE_FORMATS, "image")
        return Image(source) if source is not None else None
    if block.video is not None:
        source = _source_of(block.video, VIDEO_FORMATS, "video")
        return Video(source) if source is not None else None
    if block.audio is not None:
        source = _source_of(block.audio, AUDIO_FORMATS, "audio")
        return Audio(source) if source is not None else None
    return _document_of(block.document) if block.document is not None else None


def media_type_of(word: str, formats: dict[str, str], kind: str) -> str:
    """Return the MIME type of one of this form's words; the first that stands for it."""
    return next((media_type for media_type, known in formats.items() if known == word), f"{kind}/{word}")


def _source_of(medium: MediumObject, formats: dict[str, str], kind: str) -> Source | None:
    return _bytes_of(medium.source, media_type_of(medium.format, formats, kind))


def _bytes_of(source: SourceObject, media_type: str | None) -> Source | None:
    if source.data is not None:
        return Source(data=source.data, media_type=media_type)
    location = source.s3_location
    if location is None or location.bucket_owner is not None:
        return None
    return Source(url=location.uri, media_type=media_type)


def _document_of(document: DocumentObject) -> Document | None:
    media_type = None
    if document.format is not None:
        media_type = media_type_of(document.format, DOCUMENT_FORMATS, "application")
    has_citations = document.citations.enabled if document.citations is not None else None
    text = _text_of(document, media_type, cites=bool(has_citations))
    source = None if text is not None else _bytes_of(document.source, media_type)
    if text is None and source is None:
        return None
    return Document(source, text, document.name, document.context, has_citations)


def _text_of(document: DocumentObject, media_type: str | None, *, cites: bool) -> str | None:
    """Return the text of a document that is one. Pieces of text are kept apart where they are cited."""
    source = document.source
    if source.text is not None:
        return source.text
    if source.content is not None and not cites:
        return "".join(read(_PIECE, piece).text or "" for piece in source.content)
    if source.data is None or media_type != "text/plain":
        return None
    try:
        return b64decode(source.data, validate=True).decode()
    except (Error, ValueError):
        return None
