"""Read HTTP/1.1 answers of providers: head, framing, end. Strict and bounded.

Source: RFC 9112 (read 2026-11).
"""

import re
from collections.abc import Callable
from types import MappingProxyType

from narrowgate.wire.errors import WireError

MAX_HEAD_BYTES = 131_072
_MAX_SIZE_LINE_BYTES = 256
_MAX_TRAILER_BYTES = 16_384

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [^\r\n\x00]*)?")
_OK = b"HTTP/1.1 200 OK"
_FIELD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:")
_MOST_NAMES = 500
_SMALL_SIZES = MappingProxyType({b"%x\r\n" % size: size for size in range(2_048)})
_SIZES_ALONE = MappingProxyType({text[:-2]: size for text, size in _SMALL_SIZES.items()})
_MANY_BYTES = 1_024  # chunks of events are a few hundred bytes long
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n\x00]*)?")


class Head:
    """Status and header fields of an answer, and what they say about its body.

    `lines` are the header lines as they came, in order and without CRLF; `kept` those of them that
    are to be passed on. `length` is the body's length, None when it is chunked or ends with the
    connection.
    """

    __slots__ = ("content_encoding", "content_type", "is_chunked", "is_keep_alive", "kept", "length", "lines", "status")

    def __init__(self, status: int, lines: list[bytes], *, is_keep_alive: bool) -> None:
        self.status = status
        self.lines = lines
        self.kept: list[bytes] = []
        self.is_keep_alive = is_keep_alive
        self.length: int | None = None
        self.is_chunked = False
        self.content_type = b""
        self.content_encoding = b""

    def without(self, name: bytes) -> list[bytes]:
        """Return `kept` without the field `name` (lower case)."""
        return [line for line in self.kept if line.partition(b":")[0].lower() != name]


class AnswerReader:
    """Takes the bytes of one answer in any cuts; gives the head once and the body's pieces.

    `is_done` becomes true with the last byte of the body; `excess` are bytes behind it (the
    connection must then not be used again). After a WireError the reader is finished.
    """

    __slots__ = ("_buffer", "_is_close_delimited", "_is_in_trailer", "_left", "_names", "excess", "head", "is_done")

    def __init__(self, names: "FieldNames") -> None:
        self._names = names
        self.head: Head | None = None
        self.is_done = False
        self.excess = b""
        self._buffer = b""
        self._left = 0  # bytes of the body, or of the chunk and its CRLF, still to come
        self._is_close_delimited = False
        self._is_in_trailer = False

    def feed(self, data: bytes) -> bytes:
        """Take bytes, return the body bytes among them (chunk framing removed).

        Raises:
            WireError: not HTTP/1.1, ambiguous framing, or a bound exceeded; close the connection.
        """
        if self.head is None:
            data = self._feed_head(data)
            if self.head is None:
                return b""
        if self.is_done:
            self.excess += data
            return b""
        if self.head.is_chunked:
            if not (self._left or self._buffer or self._is_in_trailer):
                start = data.find(b"\r") + 2
                size = _SMALL_SIZES.get(data[:start])
                if size and start + size + 2 == len(data) and data.endswith(b"\r\n"):
                    return data[start:-2]  # one chunk, as the words of a slow stream come
            return self._feed_chunks(data)
        if self._is_close_delimited:
            return data
        size = len(data)
        if size < self._left:
            self._left -= size
            return data
        self.is_done = True
        self.excess = data[self._left :]
        data = data[: self._left] if size > self._left else data
        self._left = 0
        return data

    def end(self) -> bool:
        """The connection closed: return whether the answer is whole."""
        if self._is_close_delimited and self.head is not None:
            self.is_done = True
        return self.is_done

    def _feed_head(self, data: bytes) -> bytes:  # noqa: C901 - one loop over answers before the answer
        """Read the head, passing over 1xx answers; return what follows it."""
        data = self._buffer + data if self._buffer else data
        self._buffer = b""
        while True:
            end = data.find(b"\r\n\r\n")
            if end < 0 or end > MAX_HEAD_BYTES:
                if len(data) > MAX_HEAD_BYTES:
                    raise WireError(f"the provider's answer head is longer than {MAX_HEAD_BYTES} bytes")
                if not b"HTTP/1.".startswith(data[:7]) and not data.startswith(b"HTTP/1."):
                    raise WireError("the provider's answer is not HTTP/1.1")
                self._buffer = data
                return b""
            head = _read_head(data, end, self._names)
            data = data[end + 4 :]
            if head.status >= 200:
                break
            if head.status == 101:
                raise WireError("the provider switched protocols unasked")
            if not data:
                return b""
        self.head = head
        if head.status in (204, 304):
            self.is_done = True
            head.length, head.is_chunked = 0, False
        elif head.length is not None:
            self._left = head.length
            self.is_done = head.length == 0
        elif not head.is_chunked:
            self._is_close_delimited = True
            head.is_keep_alive = False
        return data

    def _feed_chunks(self, data: bytes) -> bytes:  # noqa: C901, PLR0912 - the hot loop of streams
        if self._buffer:
            data = self._buffer + data
            self._buffer = b""
        at, end = 0, len(data)
        left = self._left
        pieces: list[bytes] = []
        if not left and not self._is_in_trailer:
            at = _whole_chunks(data, pieces)
            if at == end:
                return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        while at < end:
            if left > 2:  # inside a chunk's data; 2 counts its CRLF
                stop = at + left - 2
                if stop > end:
                    pieces.append(data[at:])
                    left -= end - at
                    at = end
                    break
                pieces.append(data[at:stop])
                at, left = stop, 2
            if left:
                step = min(left, end - at)
                if data[at : at + step] != b"\r\n"[2 - left : 2 - left + step]:
                    raise WireError("a chunk of the provider's answer does not end where it said")
                at += step
                left -= step
                continue
            line_end = data.find(b"\r\n", at)
            if line_end < 0:
                if end - at > (_MAX_TRAILER_BYTES if self._is_in_trailer else _MAX_SIZE_LINE_BYTES):
                    raise WireError("a chunk's size line of the provider's answer is too long")
                self._buffer = data[at:]
                break
            if self._is_in_trailer:
                is_last = line_end == at
                at = line_end + 2
                if is_last:
                    self.is_done = True
                    self.excess = data[at:]
                    break
                continue
            match = _SIZE.fullmatch(data, at, line_end)
            if match is None or line_end - at > _MAX_SIZE_LINE_BYTES:
                raise WireError("a chunk of the provider's answer has no valid size")
            size = int(match[1], 16)
            at = line_end + 2
            if size:
                left = size + 2
            else:
                self._is_in_trailer = True
        self._left = left
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _many_chunks(data: bytes, pieces: list[bytes]) -> int:
    """As `_whole_chunks`, for many at a time: all are cut at once, and counted if no line ends within one.

    Returns 0, and does nothing, where that is not so.
    """
    words = data.split(b"\r\n")
    chunks = words[1:-1:2]
    sizes = words[: 2 * len(chunks) : 2]
    if sizes and sizes[-1] == b"0":
        del sizes[-1], chunks[-1]
    if [*map(_SIZES_ALONE.get, sizes)] != [*map(len, chunks)]:
        return 0
    pieces += chunks
    rest = words[2 * len(chunks) :]
    return len(data) - sum(map(len, rest)) - 2 * (len(rest) - 1)


def _whole_chunks(data: bytes, pieces: list[bytes]) -> int:
    """Put the data of chunks that are all there into `pieces`; return where the rest begins.

    Nearly every chunk comes whole and is short: this is the inner loop of streams.
    """
    if len(data) > _MANY_BYTES and (at := _many_chunks(data, pieces)):
        return at
    find, known, take = data.find, _SMALL_SIZES.get, pieces.append
    at = 0
    while True:
        # For one byte the search is the C library's, several times as fast as for two.
        start = find(b"\r", at) + 2
        size = known(data[at:start])
        if not size:
            return at
        stop = start + size
        if data[stop : stop + 2] != b"\r\n":
            return at
        take(data[start:stop])
        at = stop + 2


def _read_head(data: bytes, end: int, names: "FieldNames") -> Head:
    line_end = data.find(b"\r\n", 0, end + 2)
    if data[:line_end] == _OK:
        status, is_1_1 = 200, True
    else:
        match = _STATUS_LINE.fullmatch(data, 0, line_end)
        if match is None:
            raise WireError("the provider's answer has no HTTP/1.1 status line")
        status, is_1_1 = int(match[2]), match[1] == b"1"
    block = data[line_end + 2 : end]
    lines = block.splitlines()
    head = Head(status, lines, is_keep_alive=is_1_1)
    # A line that ends otherwise than in CRLF is one line more than there are of those.
    if len(lines) > block.count(b"\r\n") + 1 or block.endswith((b"\r", b"\n")) or b"\x00" in block:
        raise WireError("the provider's answer has a malformed header line")
    known, kept = names.known, head.kept
    for line in lines:
        name = line[: line.find(b":") + 1]  # with its colon: nothing where there is none
        try:
            read, is_kept = known[name]
        except KeyError:
            read, is_kept = names.learn(name)
        if is_kept:
            kept.append(line)
        if read is not None:
            read(head, line[len(name) :].strip(b" \t"))
    if head.is_chunked and head.length is not None:
        raise WireError("the provider's answer has both a length and chunks")
    if head.is_chunked and not is_1_1:
        raise WireError("the provider's answer is chunked in HTTP/1.0")
    return head


def _length(head: Head, value: bytes) -> None:
    if not value.isdigit() or len(value) > 15:
        raise WireError("the provider's answer has an invalid content-length")
    if head.length is not None and head.length != int(value):
        raise WireError("the provider's answer has two different lengths")
    head.length = int(value)


def _transfer(head: Head, value: bytes) -> None:
    if value.lower() != b"chunked" or head.is_chunked:
        raise WireError("the provider's answer has a transfer-encoding other than chunked")
    head.is_chunked = True


def _connection(head: Head, value: bytes) -> None:
    words = value.lower()
    if b"close" in words:
        head.is_keep_alive = False
    elif b"keep-alive" in words:
        head.is_keep_alive = True


def _type(head: Head, value: bytes) -> None:
    head.content_type = value


def _encoding(head: Head, value: bytes) -> None:
    head.content_encoding = b"" if value.lower() == b"identity" else value.lower()


_READERS = {
    b"content-length": _length,
    b"transfer-encoding": _transfer,
    b"connection": _connection,
    b"content-type": _type,
    b"content-encoding": _encoding,
}


class FieldNames:
    """Which header names are valid, which say something about the body, and which are passed on.

    Remembers what it has seen: a provider sends the same names with every answer. Shared by all
    readers of one provider. `is_kept` is asked once for a name, in lower case. Names in `known` have their colon.
    """

    __slots__ = ("_is_kept", "known")

    def __init__(self, is_kept: Callable[[bytes], bool]) -> None:
        self._is_kept = is_kept
        self.known: dict[bytes, tuple[Callable[[Head, bytes], None] | None, bool]] = {}

    def learn(self, name: bytes) -> tuple[Callable[[Head, bytes], None] | None, bool]:
        """Return, for a name with its colon, what reads the value into the head (or None) and whether it is passed on.

        Raises:
            WireError: this is no header name.
        """
        if _FIELD.fullmatch(name) is None:
            raise WireError("the provider's answer has a malformed header line")
        lower = name[:-1].lower()
        found = (_READERS.get(lower), self._is_kept(lower))
        if len(self.known) < _MOST_NAMES:
            self.known[name] = found
        return found
