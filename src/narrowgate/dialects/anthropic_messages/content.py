"""Read the content of a message: text, or blocks of every kind a client may send.

Source: https://platform.claude.com/docs/en/api/messages (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import Document, Foreign, Image, Part, Source, Text, ToolResult
from narrowgate.model.seals import split_id
from narrowgate.schemas.anthropic_blocks import OWN, kind_of, mark_of, owned, part_of
from narrowgate.schemas.anthropic_messages import DocumentBlock, ImageBlock, SourceObject, ToolResultBlock
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_IMAGE = msgspec.json.Decoder(ImageBlock)
_DOCUMENT = msgspec.json.Decoder(DocumentBlock)
_RESULT = msgspec.json.Decoder(ToolResultBlock)


def parts_of(content: str | tuple[msgspec.Raw, ...], path: str) -> tuple[Part, ...]:
    """Return the parts of `content`, which stands at `path`.

    Raises:
        WireError: a block is not what its type asks for; with its path.
    """
    if isinstance(content, str):
        return (Text(content),)
    return tuple(_part_at(block, f"{path}[{number}]") for number, block in enumerate(content))


def _part_at(block: msgspec.Raw, path: str) -> Part:
    try:
        return _part(block, path)
    except WireError as error:
        if error.path is not None and error.path.startswith(path):
            raise
        where = f"{path}.{error.path}" if error.path else path
        words = str(error).removeprefix(f"{error.path}: ")
        raise WireError(f"{where}: {words}", where) from None


def _part(block: msgspec.Raw, path: str) -> Part:
    kind = kind_of(block)
    match kind:
        case "image":
            image = read(_IMAGE, block)
            return Image(_source(image.source), cache=mark_of(image.cache_control))
        case "document":
            return _document(block)
        case "tool_result":
            result = read(_RESULT, block)
            if not result.tool_use_id:
                raise WireError("tool_use_id: missing", "tool_use_id")
            return ToolResult(
                split_id(result.tool_use_id)[0],
                parts_of(result.content or (), f"{path}.content"),
                is_error=bool(result.is_error),
                cache=mark_of(result.cache_control),
            )
        case _:
            return part_of(kind, block)


def _document(block: msgspec.Raw) -> Document | Foreign:
    document = read(_DOCUMENT, block)
    if document.source.type == "content":
        # Its blocks are cited one by one: as one text it would be another document.
        return Foreign(OWN, "document", owned(block))
    is_text = document.source.type == "text"
    if is_text and document.source.data is None:
        raise WireError("source.data: missing", "source.data")
    return Document(
        None if is_text else _source(document.source),
        document.source.data if is_text else None,
        document.title,
        document.context,
        document.citations.enabled if document.citations is not None else None,
        mark_of(document.cache_control),
    )


def _source(source: SourceObject) -> Source:
    match source.type:
        case "base64" if source.data is not None:
            return Source(data=source.data, media_type=source.media_type)
        case "url" if source.url is not None:
            return Source(url=source.url, media_type=source.media_type)
        case "file" if source.file_id is not None:
            return Source(file_id=source.file_id, media_type=source.media_type)
        case "base64" | "url" | "file":
            name = {"base64": "data", "url": "url"}.get(source.type, "file_id")
            raise WireError(f"source.{name}: missing", f"source.{name}")
        case _:
            raise WireError(
                f"source.type: '{(source.type or '')[:40]}' is not one of base64, url, file, text", "source.type"
            )
