"""Vectors in base64, as OpenAI's and Cohere's clients ask for them: 32-bit floats, the lowest byte first."""

import struct
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence

from narrowgate.wire.errors import WireError

_FLOAT_BYTES = 4


def packed(vector: Sequence[float]) -> str:
    """Return numbers as base64.

    Raises:
        WireError: one is beyond 32 bits.
    """
    try:
        return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    except (OverflowError, struct.error):
        raise WireError("an embedding has a number beyond 32 bits") from None


def unpacked(text: str) -> list[float]:
    """Return the numbers in base64.

    Raises:
        WireError: it is none.
    """
    try:
        data = b64decode(text, validate=True)
        return list(struct.unpack(f"<{len(data) // _FLOAT_BYTES}f", data))
    except (NotBase64, ValueError, struct.error):
        raise WireError("an embedding is neither numbers nor base64 of them") from None
