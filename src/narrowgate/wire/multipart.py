"""Find the `model` field of a multipart form that is streamed through.

Source: RFC 7578, RFC 2046 section 5.1 (read 2026-11).
"""

import re

import msgspec

from narrowgate.wire.errors import WireError

_BOUNDARY = re.compile(rb'boundary=(?:"([^"\r\n]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb'content-disposition:[^\r\n]*?[;\s]name=(?:"([^"\r\n]*)"|([^\s;"]+))', re.IGNORECASE)
_MAX_PART_HEAD_BYTES = 8_192
_MAX_VALUE_BYTES = 1_024


class Found(msgspec.Struct, frozen=True):
    """The form around the model's name: `before + value + after` is all that was fed so far."""

    before: bytes
    value: bytes
    after: bytes


def boundary_of(content_type: bytes) -> bytes:
    """Return the boundary of a multipart content type.

    Raises:
        WireError: there is none.
    """
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise WireError("content-type: multipart/form-data without a boundary", "content-type")
    return match[1] or match[2]


class ModelField:
    """Collects a form until its `model` field is whole. Any cuts of the bytes give the same."""

    __slots__ = ("_at", "_buffer", "_delimiter", "_limit_bytes", "_searched")

    def __init__(self, boundary: bytes, limit_bytes: int) -> None:
        self._delimiter = b"--" + boundary
        self._limit_bytes = limit_bytes
        self._buffer = bytearray()
        self._at = 0  # where the part being looked at starts: its delimiter
        self._searched = 0  # up to where the present part's end was looked for in vain

    def feed(self, data: bytes) -> Found | None:
        """Take bytes; return the form as soon as the model's name is whole, else None.

        Raises:
            WireError: no form, no model in it, or `limit_bytes` were collected without finding it.
        """
        self._buffer += data
        while True:
            step = self._look()
            if isinstance(step, Found):
                return step
            if not step:
                break
        if len(self._buffer) > self._limit_bytes:
            raise WireError(f"model: not among the first {self._limit_bytes} bytes of the form; send it first", "model")
        return None

    def _look(self) -> Found | bool:
        """Go past one part: true when that was possible, false when more bytes are needed."""
        buffer, at, delimiter = self._buffer, self._at, self._delimiter
        if len(buffer) < at + len(delimiter) + 2:
            return False
        if buffer[at : at + len(delimiter)] != delimiter:
            raise WireError("the body is not the form that its content-type says")
        start = at + len(delimiter)
        if buffer[start : start + 2] == b"--":
            raise WireError("model: the form has no such field; name one as 'provider/model'", "model")
        if buffer[start : start + 2] != b"\r\n":
            raise WireError("the body is not the form that its content-type says")
        head_end = buffer.find(b"\r\n\r\n", start)
        if head_end < 0:
            if len(buffer) - start > _MAX_PART_HEAD_BYTES:
                raise WireError(f"the head of a part of the form is over {_MAX_PART_HEAD_BYTES} bytes")
            return False
        name = _NAME.search(bytes(buffer[start:head_end]))
        value_start = head_end + 4
        # A long file is not searched again from its start with each piece: only its new end is.
        end = buffer.find(b"\r\n" + delimiter, max(value_start - 2, self._searched - len(delimiter) - 2))
        if end < 0:
            self._searched = len(buffer)
            return False
        if name is not None and (name[1] or name[2]) == b"model":
            if end - value_start > _MAX_VALUE_BYTES:
                raise WireError(f"model: longer than {_MAX_VALUE_BYTES} bytes", "model")
            return Found(bytes(buffer[:value_start]), bytes(buffer[value_start:end]), bytes(buffer[end:]))
        self._at = end + 2
        self._searched = 0
        return True
