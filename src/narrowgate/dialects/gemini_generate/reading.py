"""Read a member of a Gemini request, and say at its whole path what is wrong with it."""

from typing import TypeVar

import msgspec
from msgspec import Raw

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.schemas.gemini_generate import Number
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_T = TypeVar("_T")
_MOST = 1 << 53


def inside(path: str, decoder: msgspec.json.Decoder[_T], raw: Raw) -> _T:
    """Return what `decoder` makes of `raw`, the value at `path`.

    Raises:
        WireError: as `read`, with the path from the top of the body.
    """
    try:
        return read(decoder, raw)
    except WireError as error:
        where = f"{path}.{error.path}" if error.path else path
        what = str(error).removeprefix(f"{error.path}: ") if error.path else str(error)
        raise WireError(f"{where}: {what}", where) from None


def whole(number: Number | None, path: str) -> int | None:
    """Return `number` as an integer.

    Raises:
        WireError: it has a fraction, or is larger than any sensible value.
    """
    if number is None:
        return None
    if not -_MOST < number < _MOST or number != int(number):
        raise WireError(f"{path}: {number} is not a whole number", path)
    return int(number)


def has_value(raw: Raw) -> bool:
    """Whether a member says something other than null."""
    return bytes(raw) != b"null"


def refused(message: str, path: str | None) -> Fault:
    """Return the fault of a request that cannot be read."""
    return Fault(FaultKind.BAD_REQUEST, message, param=path)
