"""Read DER, as far as private keys need it, and the PEM around it. Pure, and the standard library only.

Source: ITU-T X.690 sections 8 and 10; RFC 7468 (read 2026-11).
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64

from narrowgate.wire.errors import WireError

INTEGER, OCTETS, OBJECT, SEQUENCE = 0x02, 0x04, 0x06, 0x30
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----\s*([A-Za-z0-9+/=\s]+?)-----END \1-----")
_LONGEST_BYTES = 65_536


def pem_blocks(text: str) -> list[tuple[str, bytes]]:
    """Return (label, DER) of every block in `text`, in order. Text around them does not matter.

    Raises:
        WireError: a block is not base64.
    """
    try:
        return [(label, b64decode("".join(body.split()), validate=True)) for label, body in _PEM.findall(text)]
    except (NotBase64, ValueError):
        raise WireError("a PEM block is not base64") from None


class DerReader:
    """Takes values off the front of `data`, one after another."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, tag: int) -> bytes:
        """Return the content of the next value, which must have `tag`.

        Raises:
            WireError: it has another, or is cut off, or its length is not written as DER wants it.
        """
        head = self._data[self._at : self._at + 2]
        if len(head) < 2 or head[0] != tag:
            raise WireError("the key is not the DER that was expected")
        start, length = self._at + 2, head[1]
        if length & 0x80:
            count = length & 0x7F
            digits = self._data[start : start + count]
            start, length = start + count, int.from_bytes(digits, "big")
            if not 1 <= count <= 3 or length < 0x80 or digits[:1] == b"\0":
                raise WireError("the key has a length that DER does not allow")
        content = self._data[start : start + length]
        if len(content) != length or length > _LONGEST_BYTES:
            raise WireError("the key is cut off")
        self._at = start + length
        return content

    def integer(self) -> int:
        """Return the next value, an integer that is not negative.

        Raises:
            WireError: as `take`.
        """
        content = self.take(INTEGER)
        if not content or content[0] & 0x80:
            raise WireError("the key holds an integer that cannot be one of its")
        return int.from_bytes(content, "big")

    def sequence(self) -> "DerReader":
        """Return a reader of the next value, a sequence.

        Raises:
            WireError: as `take`.
        """
        return DerReader(self.take(SEQUENCE))
