"""Read the parts of a message's content, imitators' parts included."""

from collections.abc import Iterator

import msgspec

from narrowgate.dialects.openai_chat.reading import bad, read_at
from narrowgate.dialects.openai_chat.tools import mark_of
from narrowgate.model.conversation import (
    Audio,
    Document,
    Extension,
    Foreign,
    Form,
    Image,
    Part,
    Refusal,
    Source,
    Text,
    Thought,
    Video,
)
from narrowgate.schemas import openai_chat as wire

_PART = msgspec.json.Decoder(wire.ContentPart)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)
_KNOWN = frozenset(wire.ContentPart.__struct_fields__)
_SOUNDS = {"mp3": "audio/mpeg"}


def content_of(
    content: str | list[msgspec.Raw] | msgspec.UnsetType | None, where: str, place: str, extensions: list[Extension]
) -> tuple[Part, ...]:
    """Return the parts of a message's content; their unknown members go to `extensions` under `place`.

    Raises:
        Failed: something in it is no part.
    """
    if isinstance(content, str):
        return (Text(content),)
    if not isinstance(content, list):
        return ()
    parts: list[Part] = []
    for index, raw in enumerate(content):
        path = f"{where}.content[{index}]"
        if bytes(raw).startswith(b'"'):
            parts.append(Text(read_at(_TEXT, raw, path)))
            continue
        part = read_at(_PART, raw, path)
        found = tuple(_parts(part, raw, path))
        if place and found and not isinstance(found[0], Foreign):
            for name, value in read_at(_MEMBERS, raw, path).items():
                if name not in _KNOWN and bytes(value) != b"null":
                    extensions.append(Extension(f"{where}.{place}[{len(parts)}].{name}", value, is_hint=True))
        parts += found
    return tuple(parts)


def _parts(part: wire.ContentPart, raw: msgspec.Raw, path: str) -> Iterator[Part]:  # noqa: C901, PLR0912 - one case a type
    cache = mark_of(part.cache_control)
    match part.type:
        case "text" | "input_text" | "output_text":
            if part.text is None:
                raise bad(f"{path}.text", "is missing; send a string")
            yield Text(part.text, cache)
        case "refusal":
            yield Refusal(part.refusal or "")
        case "image_url" if part.image_url is not None:
            detail = None if isinstance(part.image_url, str) else part.image_url.detail
            yield Image(_source(part.image_url), detail, cache)
        case "video_url" if part.video_url is not None:
            yield Video(_source(part.video_url), cache)
        case "audio_url" if part.audio_url is not None:
            yield Audio(_source(part.audio_url), cache)
        case "input_audio" if part.input_audio is not None:
            yield Audio(_sound(part.input_audio), cache)
        case "file" if part.file is not None:
            yield Document(_file(part.file, path), name=part.file.filename, cache=cache)
        case "document_url" if part.document_url is not None:
            yield Document(_source(part.document_url), name=part.document_name, cache=cache)
        case "file_url" if part.file_url is not None:
            yield Document(_source(part.file_url), cache=cache)
        case "thinking" if part.thinking is not None:
            pieces = part.thinking
            yield Thought(pieces if isinstance(pieces, str) else "".join(piece.text or "" for piece in pieces))
        case "image_url" | "video_url" | "audio_url" | "input_audio" | "file" | "document_url" | "file_url":
            raise bad(f"{path}.{part.type}", "is missing")
        case _:
            yield Foreign(Form.OPENAI_CHAT, part.type, raw)


def _source(url: str | wire.Url) -> Source:
    text = url if isinstance(url, str) else url.url
    head, comma, data = text.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        return Source(data=data, media_type=head[5:].partition(";")[0] or None)
    return Source(url=text)


def _sound(sound: str | wire.InputAudio) -> Source:
    text, kind = (sound, "") if isinstance(sound, str) else (sound.data, sound.format)
    if text.startswith(("data:", "https://", "http://")):
        return _source(text)
    return Source(data=text, media_type=_SOUNDS.get(kind, f"audio/{kind}") if kind else None)


def _file(file: wire.File, path: str) -> Source:
    if file.file_data is not None:
        if file.file_data.startswith(("data:", "https://", "http://")):
            return _source(file.file_data)
        return Source(data=file.file_data, media_type=file.format)
    if file.file_id is None:
        raise bad(f"{path}.file", "has neither file_id nor file_data; send one of them")
    if file.file_id.startswith(("https://", "http://", "data:", "gs://")):  # LiteLLM's clients
        return msgspec.structs.replace(_source(file.file_id), media_type=file.format)
    return Source(file_id=file.file_id, media_type=file.format)
