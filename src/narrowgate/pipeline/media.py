"""Find the media that a request has by URL and the provider wants as bytes, and put the bytes in."""

from collections.abc import Callable, Iterator

import msgspec

from narrowgate.model.conversation import (
    Audio,
    Document,
    Form,
    Image,
    Message,
    Part,
    Request,
    Source,
    ToolResult,
    Video,
)
from narrowgate.pipeline.fetching import Fetched
from narrowgate.providers.family import Quirks
from narrowgate.providers.media_by_url import needs_bytes

_Medium = Image | Audio | Video | Document


def wanted_by(request: Request, form: Form, quirks: Quirks) -> list[tuple[str, str, str]]:
    """Return (URL, neutral path, kind) of what has to be fetched for a provider asked in `form`."""
    return [
        (part.source.url, path, kind)
        for path, part in _media(request)
        if part.source is not None
        and part.source.url is not None
        and needs_bytes(part.source.url, kind := _kind(part), form, quirks)
    ]


def inlined(request: Request, fetched: Fetched) -> Request:
    """Return `request` with the bytes of what was fetched in place of its URLs."""
    if not fetched:
        return request

    def put(part: Part) -> Part:
        if isinstance(part, ToolResult):
            return msgspec.structs.replace(part, content=tuple(map(put, part.content)))
        url = part.source.url if isinstance(part, _Medium) and part.source is not None else None
        if url is None or url not in fetched or not isinstance(part, _Medium):
            return part
        media = fetched[url]
        return msgspec.structs.replace(part, source=Source(data=media.data, media_type=media.media_type))

    return msgspec.structs.replace(request, messages=tuple(_with(message, put) for message in request.messages))


def _with(message: Message, put: Callable[[Part], Part]) -> Message:
    return msgspec.structs.replace(message, parts=tuple(map(put, message.parts)))


def _media(request: Request) -> Iterator[tuple[str, _Medium]]:
    for number, message in enumerate(request.messages):
        for index, part in enumerate(message.parts):
            path = f"messages[{number}].parts[{index}]"
            if isinstance(part, ToolResult):
                for place, inner in enumerate(part.content):
                    if isinstance(inner, _Medium):
                        yield f"{path}.content[{place}]", inner
            elif isinstance(part, _Medium):
                yield path, part


def _kind(part: _Medium) -> str:
    return str(type(part).__struct_config__.tag)
