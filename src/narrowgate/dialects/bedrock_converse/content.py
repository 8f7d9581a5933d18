"""Read the blocks of a request of Bedrock's Converse API; a cache point marks the block before it.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html (read 2026-11).
"""

from typing import TypeVar

import msgspec
from msgspec import Raw

from narrowgate.model.conversation import (
    Audio,
    CacheMark,
    Document,
    Foreign,
    Image,
    Message,
    Part,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from narrowgate.schemas.bedrock_blocks import OWN, mark_of, owned, part_of
from narrowgate.schemas.bedrock_converse import CachePoint, ConverseRequest
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_T = TypeVar("_T")
_MARKABLE = (Text, Image, Audio, Video, Document, ToolCall, ToolResult)


def messages_of(wire: ConverseRequest) -> tuple[Message, ...]:
    """Return the turns of a request, the system text first.

    Raises:
        WireError: one is not of its form.
    """
    messages = [Message(Role.SYSTEM, _parts(wire.system, "system"))] if wire.system else []
    for number, message in enumerate(wire.messages or ()):
        path = f"messages[{number}]"
        try:
            role = Role(message.role)
        except ValueError:
            where = f"{path}.role"
            raise WireError(f"{where}: '{message.role[:40]}' is not one of user, assistant, system", where) from None
        messages.append(Message(role, _parts(message.content or (), f"{path}.content")))
    return tuple(messages)


def within(decoder: msgspec.json.Decoder[_T], raw: Raw, path: str) -> _T:
    """Return what `decoder` makes of `raw`, which stands at `path`.

    Raises:
        WireError: with the whole path.
    """
    try:
        return read(decoder, raw)
    except WireError as error:
        raise _moved(error, path) from None


def _parts(blocks: tuple[Raw, ...], path: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    for at, block in enumerate(blocks):
        try:
            part = part_of(block)
        except WireError as error:
            raise _moved(error, f"{path}[{at}]") from None
        if not isinstance(part, CachePoint):
            parts.append(part)
        elif not parts or not _mark(parts, mark_of(part)):
            parts.append(Foreign(OWN, "cachePoint", owned(block)))
    return tuple(parts)


def _mark(parts: list[Part], mark: CacheMark) -> bool:
    """Mark the last part, if it is one that can be and is not yet."""
    last = parts[-1]
    if not isinstance(last, _MARKABLE) or last.cache is not None:
        return False
    parts[-1] = msgspec.structs.replace(last, cache=mark)
    return True


def _moved(error: WireError, path: str) -> WireError:
    where = f"{path}.{error.path}" if error.path else path
    return WireError(f"{where}: {str(error).removeprefix(f'{error.path}: ')}", where)
