"""Make a JSON body fit for reading: what is passed on unread is checked too."""

from narrowgate.wire.errors import WireError
from narrowgate.wire.escapes import mended


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
