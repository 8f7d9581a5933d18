"""Read pieces of a request, and complain with the path of what is wrong."""

from typing import TypeVar

import msgspec

from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_T = TypeVar("_T")


def bad(path: str, what: str) -> Failed:
    """Return the complaint that `what` is wrong at `path`, "" for the whole body."""
    return Failed(Fault(FaultKind.BAD_REQUEST, f"{path}: {what}" if path else what, param=path or None))


def read_at(decoder: msgspec.json.Decoder[_T], text: bytes | msgspec.Raw, path: str) -> _T:
    """Return what `decoder` makes of the value at `path`.

    Raises:
        Failed: it is not what it should be.
    """
    try:
        return read(decoder, text)
    except WireError as error:
        inner = error.path or ""
        where = f"{path}.{inner}" if path and inner and not inner.startswith("[") else path + inner
        said = str(error).removeprefix(f"{inner}: ") if inner else str(error)
        raise bad(where, said) from None


def whole(value: float | None, path: str, *, least: int | None = None) -> int | None:
    """Return a count, which some clients write as 100.0.

    Raises:
        Failed: it is no whole number, or less than `least`.
    """
    if value is None:
        return None
    if value != value // 1:
        raise bad(path, f"{value} is no whole number")
    if least is not None and value < least:
        raise bad(path, f"{value} is less than {least}")
    return int(value)
