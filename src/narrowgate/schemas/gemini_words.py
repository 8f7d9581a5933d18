"""What Gemini's words and values stand for: finish reasons, modalities, signatures, media, arguments.

Source: https://ai.google.dev/api/generate-content#FinishReason,
https://ai.google.dev/gemini-api/docs/thought-signatures (read 2026-11).
"""

import base64
import binascii
from collections.abc import Mapping
from types import MappingProxyType

import msgspec
from msgspec import Raw, UnsetType

from narrowgate.model.conversation import Audio, Document, Form, Image, Seal, Source, Thought, Video
from narrowgate.model.reply import Finish
from narrowgate.model.seals import seal_of, seal_text
from narrowgate.schemas.gemini_generate import Word

_FILTERED = (
    "SAFETY RECITATION BLOCKLIST PROHIBITED_CONTENT SPII MODEL_ARMOR IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT "
    "IMAGE_RECITATION JAILBREAK"
)
FINISHES: Mapping[str, Finish] = MappingProxyType(
    {"STOP": Finish.STOP, "MAX_TOKENS": Finish.LENGTH, **dict.fromkeys(_FILTERED.split(), Finish.CONTENT_FILTER)}
)
_FINISH_NUMBERS = ("FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER")
_BLOCK_NUMBERS = ("BLOCKED_REASON_UNSPECIFIED", "SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY")
_MODALITY_NUMBERS = ("MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT")

_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_OURS = "ng1:"
_TAGGED = "bmcxO"  # how that begins in base64


def finish_word(word: Word) -> str:
    """Return the name of a finish reason, whichever way it is written."""
    return _named(word, _FINISH_NUMBERS, "OTHER")


def block_word(word: Word) -> str:
    """Return the name of a reason for blocking a prompt."""
    return _named(word, _BLOCK_NUMBERS, "OTHER")


def modality_word(word: Word) -> str:
    """Return the name of a modality."""
    return _named(word, _MODALITY_NUMBERS, "TEXT")


def _named(word: Word, numbers: tuple[str, ...], otherwise: str) -> str:
    if isinstance(word, str):
        return word
    return numbers[word] if 0 <= word < len(numbers) else otherwise


def signature_of(seal: Seal, mark: str = "") -> str:
    """Return a seal as a `thoughtSignature`: Google's SDKs take nothing but base64 there."""
    if seal.form is Form.GEMINI_GENERATE:
        return seal.data
    return base64.b64encode(f"{_OURS}{mark}{seal_text(seal, Form.GEMINI_GENERATE)}".encode()).decode()


def seal_from(signature: str) -> Seal:
    """Return the seal a `thoughtSignature` stands for; the mirror of `signature_of`."""
    return _opened(signature)[1]


def thought_signature_of(thought: Thought) -> str | None:
    """Return the seal of `thought` with what else of it has no place in a part."""
    if thought.seal is None:
        return None
    return signature_of(thought.seal, "r" if thought.is_redacted else "s" if thought.is_summary else "")


def thought_from(text: str, signature: str | None) -> Thought:
    """Return the thought that `text` and its signature stand for; the mirror of `thought_signature_of`."""
    if not signature:
        return Thought(text)
    mark, seal = _opened(signature)
    return Thought(text, seal, is_redacted=mark == "r", is_summary=mark == "s")


def _opened(signature: str) -> tuple[str, Seal]:
    """Return what a signature was marked with, and its seal. SDKs may have changed the alphabet of base64."""
    if signature.startswith(_TAGGED):
        padded = signature + "=" * (-len(signature) % 4)
        try:
            text = base64.b64decode(padded.translate({45: "+", 95: "/"})).decode()
        except (binascii.Error, ValueError):
            text = ""
        mark, found, rest = text.removeprefix(_OURS).partition("ng1.")
        if found:
            return mark, seal_of(found + rest, Form.GEMINI_GENERATE)
    return "", Seal(Form.GEMINI_GENERATE, signature)


def given(raw: Raw | UnsetType) -> Raw | None:
    """Return a member that says something, None for one that is missing or null."""
    return None if isinstance(raw, UnsetType) or bytes(raw) == b"null" else raw


def object_of(text: str) -> Raw | None:
    """Return `text` for use as JSON when it is an object, byte for byte; else None."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        encoded = text.encode()
        _OBJECT.decode(encoded)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return Raw(encoded)


def medium(source: Source, name: str | None = None) -> Image | Audio | Video | Document:
    """Return the part that `source` is, by its media type."""
    family, _, _ = (source.media_type or "").partition("/")
    if family == "image":
        return Image(source)
    if family == "audio":
        return Audio(source)
    if family == "video":
        return Video(source)
    return Document(source, name=name)
