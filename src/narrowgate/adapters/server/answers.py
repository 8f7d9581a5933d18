"""The writing half of a client connection: frames answers for the request being answered."""

import asyncio

from narrowgate.adapters.server.contract import Request
from narrowgate.wire.http1 import LAST_CHUNK, chunk, status_line

# A refused request's body is read and thrown away up to this, so that the client sees the answer.
LINGER_BYTES = 1 << 20


class AnswerWriter(asyncio.Protocol):
    """Writes answers as the current request wants them: chunked or not, kept alive or not."""

    __slots__ = (
        "_current",
        "_is_chunked_out",
        "_is_closing",
        "_is_complete",
        "_is_reading",
        "_lingered",
        "_must_close",
        "_upload_paused",
        "transport",
    )

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._current: Request | None = None  # being answered
        self._is_closing = False
        self._is_complete = True  # whether the request being answered has been read to its end
        self._is_chunked_out = False
        self._must_close = False
        self._is_reading = True
        self._upload_paused = False
        self._lingered = 0

    def whole(self, status: int, lines: bytes, body: bytes) -> bytes:
        """Return a whole answer."""
        request = self._current
        length = b"content-length: %d\r\n" % len(body)
        if request is not None and request.is_head:
            body = b""
        return b"".join((status_line(status), lines, length, self._connection_line(), b"\r\n", body))

    def begin(self, status: int, lines: bytes, length: int | None) -> None:
        """Send the head of an answer that follows in pieces."""
        request = self._current
        if length is not None:
            framing = b"content-length: %d\r\n" % length
            self._is_chunked_out = False
        elif request is not None and request.version != "1.1":
            framing = b""
            self._is_chunked_out = False
            self._must_close = True
        else:
            framing = b"transfer-encoding: chunked\r\n"
            self._is_chunked_out = True
        self._write(b"".join((status_line(status), lines, framing, self._connection_line(), b"\r\n")))

    def piece(self, data: bytes) -> None:
        """Send a piece of the body."""
        if self.transport is not None:
            self.transport.write(b"%x\r\n%b\r\n" % (len(data), data) if self._is_chunked_out else data)

    def framed(self, data: bytes) -> bytes:
        """Return `data` as `piece` would send it."""
        return chunk(data) if data and self._is_chunked_out else data

    def last(self) -> bytes:
        """Return the end of the body."""
        return LAST_CHUNK if self._is_chunked_out else b""

    def close_after(self) -> None:
        """Close after the next delivery."""
        self._must_close = True

    def pause_upload(self) -> None:
        """Stop reading the request body."""
        self._upload_paused = True
        self._set_reading(wanted=False)

    def resume_upload(self) -> None:
        """Go on reading the request body."""
        self._upload_paused = False
        self._set_reading(wanted=True)

    def _connection_line(self) -> bytes:
        request = self._current
        if self._must_close or request is None or not request.is_keep_alive or not self._is_complete:
            return b"connection: close\r\n" + (request.extra_lines if request is not None else b"")
        return b"connection: keep-alive\r\n" + request.extra_lines if request.version == "1.0" else request.extra_lines

    def _write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def abort(self) -> None:
        """Close at once."""
        if self.transport is not None:
            self.transport.abort()

    def abandon(self) -> None:
        """End after a bug; an answer that tells of it still goes out."""
        if not self._is_closing:
            self.abort()

    def _linger(self, size: int) -> None:
        self._lingered += size
        if self._lingered > LINGER_BYTES and self.transport is not None:
            self.transport.abort()

    def _set_reading(self, *, wanted: bool) -> None:
        if self.transport is None or wanted == self._is_reading or self.transport.is_closing():
            return
        self._is_reading = wanted
        if wanted:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()
