"""Read a piece of a request, and say where in the whole it is wrong when it is."""

from typing import TypeVar

import msgspec

from narrowgate.schemas.openai_responses import NULL
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_T = TypeVar("_T")
_TEXT = msgspec.json.Decoder(str)


def at(decoder: msgspec.json.Decoder[_T], raw: msgspec.Raw, path: str) -> _T:
    """Return what `decoder` makes of `raw`, which stands at `path`.

    Raises:
        WireError: it is not of the schema; with the path in the whole request.
    """
    try:
        return read(decoder, raw)
    except WireError as error:
        if error.path is None:
            raise WireError(f"{path}: {error}", path) from None
        dot = "" if error.path.startswith("[") else "."
        raise WireError(f"{path}{dot}{error}", f"{path}{dot}{error.path}") from None


def given(raw: msgspec.Raw) -> msgspec.Raw | None:
    """Return `raw`, None for null."""
    return None if raw == NULL else raw


def text_of(raw: msgspec.Raw, path: str) -> str:
    """Return arguments as text: some clients send the object itself.

    Raises:
        WireError: a string that cannot be read.
    """
    if raw == NULL:
        return ""
    return at(_TEXT, raw, path) if bytes(raw).startswith(b'"') else bytes(raw).decode()
