"""Read and write a stream as one JSON array whose elements come piece by piece (Gemini without SSE).

Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent (read 2026-11).
"""

import re

from narrowgate.wire.errors import WireError

_ELEMENT_LIMIT_BYTES = 64 << 20
_OUTSIDE = re.compile(rb'["\[\]{},]')
_INSIDE = re.compile(rb'["\\]')
_SPACE = b" \t\r\n"


class JsonArrayReader:
    """Takes bytes in any cuts. Elements are given as they came; whether they are JSON is not looked at.

    `is_closed` is whether the array's end was read: without it the stream was cut off.
    """

    __slots__ = ("_depth", "_held", "_held_bytes", "_is_escaped", "_is_in_text", "is_closed")

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._depth = 0
        self._is_in_text = False
        self._is_escaped = False
        self.is_closed = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return the elements that `data` completes.

        Raises:
            WireError: this is no array, something follows it, or an element is longer than 64 MiB.
        """
        found: list[bytes] = []
        at = begin = 0
        if self._depth == 0 and not self.is_closed:
            at = begin = len(data) - len(data.lstrip(_SPACE))
            if at == len(data):
                return found
            if data[at : at + 1] != b"[":
                raise WireError("the stream is not a JSON array")
            self._depth = 1
            at = begin = at + 1
        while not self.is_closed and at < len(data):
            at = self._next(data, at)
            if self._depth == 0 or (self._depth == 1 and not self._is_in_text and data[at - 1 : at] == b","):
                self._hold(data[begin : at - 1])
                begin = at
                element = b"".join(self._held).strip(_SPACE)
                self._held.clear()
                self._held_bytes = 0
                self.is_closed = self._depth == 0
                if element or not self.is_closed:
                    found.append(element)
        if self.is_closed:
            if data[begin:].strip(_SPACE):
                raise WireError("something follows the JSON array")
        else:
            self._hold(data[begin:])
        return found

    def _next(self, data: bytes, at: int) -> int:
        """Move behind the next byte that matters and note what it changes; return where that is."""
        if self._is_escaped:
            self._is_escaped = False
            return at + 1
        match = (_INSIDE if self._is_in_text else _OUTSIDE).search(data, at)
        if match is None:
            return len(data) + 1  # beyond the end, so that the last byte is not taken for the one found
        met = match[0]
        if met == b'"':
            self._is_in_text = not self._is_in_text
        elif met == b"\\":
            self._is_escaped = True
        elif met in b"[{":
            self._depth += 1
        elif met in b"]}":
            self._depth -= 1
        return match.end()

    def _hold(self, data: bytes) -> None:
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > _ELEMENT_LIMIT_BYTES:
            raise WireError(f"an element is longer than {_ELEMENT_LIMIT_BYTES >> 20} MiB")


class JsonArrayWriter:
    """Writes elements as they come; together they are one array."""

    __slots__ = ("_has_begun",)

    def __init__(self) -> None:
        self._has_begun = False

    def element(self, text: bytes) -> bytes:
        """Return what puts `text`, JSON, behind the elements so far."""
        lead = b",\r\n" if self._has_begun else b"["
        self._has_begun = True
        return lead + text

    def end(self) -> bytes:
        """Return what closes the array."""
        return b"]" if self._has_begun else b"[]"
