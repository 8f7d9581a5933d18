"""Read what a client sent, and complain in the way every dialect does: with the path of what is wrong."""

from typing import TypeVar

import msgspec

from narrowgate.model.conversation import Inexpressible
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound

_T = TypeVar("_T")
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Rewritten(msgspec.Struct, frozen=True):
    """A request's body put in another form, and what had no place in that."""

    body: bytes
    inexpressible: tuple[Inexpressible, ...] = ()


def wrong(path: str, what: str) -> Failed:
    """Return the complaint that `what` is wrong at `path`, "" for the whole body."""
    return Failed(Fault(FaultKind.BAD_REQUEST, f"{path}: {what}" if path else what, param=path or None))


def read_part(decoder: msgspec.json.Decoder[_T], text: bytes | msgspec.Raw, path: str) -> _T:
    """Return what `decoder` makes of the JSON at `path`.

    Raises:
        Failed: BAD_REQUEST with the whole path.
    """
    try:
        return read(decoder, text)
    except WireError as error:
        said = str(error)
        if error.path is None:
            raise wrong(path, said) from None
        joint = "" if not path or error.path.startswith("[") else "."
        raise wrong(f"{path}{joint}{error.path}", said.removeprefix(f"{error.path}: ")) from None


def read_body(decoder: msgspec.json.Decoder[_T], body: bytes) -> tuple[_T, dict[str, msgspec.Raw]]:
    """Return what `decoder` makes of a request's body, and the JSON of all its members.

    Raises:
        Failed: BAD_REQUEST; the body is not JSON in UTF-8, or not of the schema.
    """
    try:
        text = sound(body)
    except WireError as error:
        raise wrong("", str(error)) from None
    return read_part(decoder, text, ""), read_part(_MEMBERS, text, "")
