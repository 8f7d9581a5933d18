"""Undo gzip or deflate of an answer as it comes, within bounds.

Source: RFC 1950, RFC 1952, RFC 9110 section 8.4.1 (read 2026-11).
"""

import zlib

from narrowgate.wire.errors import WireError

_LIMIT_BYTES = 256 << 20  # what a small answer may unpack to
_ANY_HEADER = 47  # zlib or gzip, told by the first bytes


class Inflate:
    """Unpacks one compressed body, in any cuts."""

    __slots__ = ("_stream", "_total")

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=_ANY_HEADER)
        self._total = 0

    def feed(self, data: bytes, *, is_last: bool) -> bytes:
        """Return what `data` unpacks to.

        Raises:
            WireError: not compressed data, too much of it, or it ends too early.
        """
        try:
            plain = self._stream.decompress(data, _LIMIT_BYTES)
        except zlib.error:
            raise WireError("the provider's answer is not the gzip it says it is") from None
        self._total += len(plain)
        if self._stream.unconsumed_tail or self._total > _LIMIT_BYTES:
            raise WireError(f"the provider's answer unpacks to more than {_LIMIT_BYTES} bytes")
        if is_last and not self._stream.eof:
            raise WireError("the provider's compressed answer ends too early")
        return plain
