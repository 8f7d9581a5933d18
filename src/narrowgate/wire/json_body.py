"""Make JSON fit for use: bodies for reading, where what is passed on unread is checked too; text as an object."""

import msgspec

from narrowgate.wire.errors import WireError
from narrowgate.wire.escapes import mended

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def sound(body: bytes) -> bytes:
    """Return `body` with half surrogate pairs mended; the JSON decoder checks no string that it skips.

    Raises:
        WireError: it is not UTF-8.
    """
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise WireError(f"the body is not UTF-8 at byte {error.start}; send JSON in UTF-8") from None
    return mended(body) or body


def as_object(text: str) -> bytes:
    """Return `text` if it is a JSON object, `{}` if it is empty or null, else an object that holds it whole."""
    if text.strip() in ("", "null"):
        return b"{}"
    try:
        _OBJECT.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return in_object(text)
    return text.encode()


def in_object(text: str) -> bytes:
    """Return a JSON object that holds `text` as its `input`, for calls whose arguments are free text."""
    return msgspec.json.encode({"input": text})


def one_line(text: bytes) -> bytes:
    """Return JSON without line breaks, for framings by lines: what passes verbatim may be written over several."""
    return text.replace(b"\n", b" ").replace(b"\r", b" ")
