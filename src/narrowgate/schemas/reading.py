"""Read JSON into a schema, and say where it is wrong when it is."""

import re
from typing import TypeVar

import msgspec
from msgspec import Raw, UnsetType

from narrowgate.wire.errors import WireError

_T = TypeVar("_T")
_AT = re.compile(r" - at `\$\.?(.*)`$")


def given(value: Raw | UnsetType) -> Raw | None:
    """Return a member that may hold anything, None when it is absent or null."""
    return None if isinstance(value, UnsetType) or bytes(value) == b"null" else value


def read(decoder: msgspec.json.Decoder[_T], text: bytes | msgspec.Raw) -> _T:
    """Return what `decoder` makes of `text`.

    Raises:
        WireError: not UTF-8, not JSON, nested too deep, or not of the schema; then with the path.
    """
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        said = str(error)
        where = _AT.search(said)
        path = where[1] if where and where[1] else None
        what = _AT.sub("", said)
        what = what[0].lower() + what[1:]
        raise WireError(f"{path}: {what}" if path else what, path) from None
    except msgspec.DecodeError:
        raise WireError("the body is not valid JSON") from None
    except UnicodeDecodeError:
        raise WireError("the body is not UTF-8; send JSON in UTF-8") from None
    except RecursionError:
        raise WireError("the body is nested too deep; send flatter JSON") from None
