"""Find the model name in a form that streams by, without keeping or copying its files.

Source: RFC 7578 https://www.rfc-editor.org/rfc/rfc7578, RFC 2046 section 5.1 (read 2026-11).
Forms that readers understand differently are refused: the provider must see the model that was
checked here.
"""

import re
from enum import Enum
from typing import assert_never

import msgspec

from narrowgate.wire.errors import WireError

_MOST_BOUNDARY_BYTES = 70  # RFC 2046
_MOST_HEAD_BYTES = 8_192  # as nginx's default for one header line
_MOST_NAME_BYTES = 1_024

# White space after a boundary is allowed by RFC 2046 (and unheard of); group 1 is missing while the line may go on.
_BOUNDARY_LINE = re.compile(rb"[ \t]{0,64}(?:(\r\n)|\r?\Z|-\Z)")
_PARAMETER = re.compile(rb'[ \t]*;[ \t]*([!#-\'*+\-.^-z|~0-9A-Z]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))')
_TYPE = re.compile(rb"[ \t]*([^\s;,]+)")
_BOUNDARY = re.compile(rb"[!-~ ]*[!-~]")
_QUOTED_PAIR = re.compile(rb"\\(.)")
_PLAIN_ENCODINGS = frozenset({b"7bit", b"8bit", b"binary"})


def boundary_of(content_type: bytes) -> bytes:
    """Return the boundary that a `multipart/form-data` content type names.

    Raises:
        WireError: another type, or no boundary, two of them, or one that RFC 2046 does not allow.
    """
    kind, parameters = parameters_of(content_type)
    if kind != b"multipart/form-data":
        raise WireError("content-type: expected multipart/form-data", "content-type")
    boundary = parameters.get(b"boundary")
    if not boundary:
        raise WireError("content-type: has no boundary; let the HTTP client set this header", "content-type")
    if len(boundary) > _MOST_BOUNDARY_BYTES:
        raise WireError(f"content-type: the boundary is longer than {_MOST_BOUNDARY_BYTES} bytes", "content-type")
    if _BOUNDARY.fullmatch(boundary) is None:
        raise WireError("content-type: the boundary has characters that RFC 2046 does not allow", "content-type")
    return boundary


class Found(msgspec.Struct, frozen=True, gc=False):
    """The model's value, all bytes of the form before it, and those after it that have come so far."""

    before: bytes
    value: bytes
    after: bytes


class _State(Enum):
    SKIPPING = 0  # what is before the first boundary, or a part that is not the model
    BOUNDARY_LINE = 1  # after a boundary: the end of its line, or the dashes that close the form
    HEAD = 2
    VALUE = 3
    CLOSED = 4


class ModelField:
    """Looks for the part named `model`; feed it the form in any cuts.

    `feed` holds what came before the value, at most `limit_bytes`, and returns `Found` once. Go on
    feeding what comes after: it then holds nothing, and refuses a second such part.
    """

    __slots__ = ("_at", "_dashed", "_held", "_held_bytes", "_is_found", "_limit_bytes", "_state", "_window")

    def __init__(self, boundary: bytes, limit_bytes: int) -> None:
        self._dashed = b"--" + boundary
        self._limit_bytes = limit_bytes
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._is_found = False
        self._state = _State.SKIPPING
        # What has come and is not yet understood; it begins at byte `_at` of the form. The first
        # boundary needs no line end before it, so one is made up.
        self._window = b"\r\n"
        self._at = -2

    @property
    def is_closed(self) -> bool:
        """Whether the boundary that ends the form has come."""
        return self._state is _State.CLOSED

    def feed(self, data: bytes) -> Found | None:
        """Take more of the form; return the model's value when it is complete, the first time.

        Raises:
            WireError: malformed, two models, or no model within the limit; the form must not go on.
        """
        if self._is_found:
            self._search(data)
            return None
        self._held.append(data)
        self._held_bytes += len(data)
        span = self._search(data)
        if span is not None:
            start, end = span
            whole = self._held[0] if len(self._held) == 1 else b"".join(self._held)
            self._held.clear()
            return Found(whole[:start], whole[start:end], whole[end:])
        if self.is_closed:
            self._held.clear()
        elif self._held_bytes > self._limit_bytes:
            message = f"model: not within the first {self._limit_bytes} bytes of the form; send it before the files"
            raise WireError(message, "model")
        return None

    def _search(self, data: bytes) -> tuple[int, int] | None:
        """Go through `data`; return where in the form the value is, if it ended here."""
        span = None
        at = 0
        if self._state is _State.SKIPPING:
            at = self._skip_seam(data)  # the one state in which there may be much to put together
        else:
            data = self._window + data
        # From here on the form's byte number of `data[at]` is `_at`.
        while at >= 0:
            begun = at
            match self._state:
                case _State.SKIPPING:
                    at = self._skip(data, at)
                case _State.BOUNDARY_LINE:
                    at = self._boundary_line(data, at)
                case _State.HEAD:
                    at = self._head(data, at)
                case _State.VALUE:
                    at = self._value(data, at)
                    if at >= 0:
                        span = (self._at, self._at + at - begun - len(self._dashed) - 2)
                case _State.CLOSED:
                    at = self._closed(data, at)
                case _:
                    assert_never(self._state)
            if at >= 0:
                self._at += at - begun
        return span

    def _skip_seam(self, data: bytes) -> int:
        """Look for a boundary that began in the window; return where in `data` to go on, -1 when nowhere."""
        dashed, window = self._dashed, self._window
        seam = window + data[: len(dashed) + 1]
        found = seam.find(dashed)
        if found >= 0:
            _check_line_begin(seam, found)
            end = found + len(dashed)
            self._state = _State.BOUNDARY_LINE
            self._at += end
            return end - len(window)
        if len(data) <= len(dashed) + 1:
            return self._wait(seam, len(seam) - len(dashed) - 1)
        self._at += len(window)
        return 0

    def _skip(self, data: bytes, at: int) -> int:
        found = data.find(self._dashed, at)
        if found < 0:
            return self._wait(data, max(at, len(data) - len(self._dashed) - 1), at)
        _check_line_begin(data, found)
        self._state = _State.BOUNDARY_LINE
        return found + len(self._dashed)

    def _wait(self, data: bytes, keep_from: int, at: int = 0) -> int:
        """Keep what may be the beginning of something; -1 says that more must come first."""
        keep_from = max(keep_from, 0)
        self._at += keep_from - at
        self._window = data[keep_from:]
        return -1

    def _boundary_line(self, data: bytes, at: int) -> int:
        if data.startswith(b"--", at):
            self._state = _State.CLOSED
            return at + 2
        line = _BOUNDARY_LINE.match(data, at)
        if line is None:
            raise WireError("the form is malformed: something follows a boundary on its line")
        if line[1] is None:
            return self._wait(data, at, at)
        self._state = _State.HEAD
        return line.end()

    def _head(self, data: bytes, at: int) -> int:
        if data.startswith(b"\r\n", at):
            end, head = at, b""
        else:
            end = data.find(b"\r\n\r\n", at, at + _MOST_HEAD_BYTES + 4)
            if end < 0:
                if len(data) - at >= _MOST_HEAD_BYTES + 4:
                    raise WireError(f"the form is malformed: a part's head is longer than {_MOST_HEAD_BYTES} bytes")
                return self._wait(data, at, at)
            head = data[at:end]
            end += 2
        if not _is_model(head):
            self._state = _State.SKIPPING
            return end  # a part without content may end with the empty line of its head
        if self._is_found:
            raise WireError("model: the form names it twice; send it once", "model")
        self._state = _State.VALUE
        return end + 2

    def _value(self, data: bytes, at: int) -> int:
        dashed = self._dashed
        end = data.find(dashed, at, at + _MOST_NAME_BYTES + 2 + len(dashed))
        if end < 0:
            if len(data) - at >= _MOST_NAME_BYTES + 2 + len(dashed):
                raise WireError(f"model: longer than {_MOST_NAME_BYTES} bytes", "model")
            return self._wait(data, at, at)
        if end < at + 2:
            raise WireError("model: empty; name one as 'provider/model'", "model")
        _check_line_begin(data, end)
        self._is_found = True
        self._state = _State.BOUNDARY_LINE
        return end + len(dashed)

    def _closed(self, data: bytes, at: int) -> int:
        if data[at:].strip():
            raise WireError("the form is malformed: something follows its last boundary")
        return self._wait(data, len(data), at)


def _check_line_begin(data: bytes, at: int) -> None:
    if data[at - 2 : at] != b"\r\n":
        raise WireError("the form is malformed: a boundary stands in the middle of a line")


def _is_model(head: bytes) -> bool:
    """Whether a part with this head is the model's name."""
    headers = part_headers(head)
    disposition = headers.get(b"content-disposition")
    if disposition is None:
        return False
    parameters = parameters_of(disposition)[1]
    if b"name*" in parameters:
        raise WireError("the form is malformed: a part's name is given as 'name*', which RFC 7578 does not allow")
    if parameters.get(b"name") != b"model":
        return False
    if b"filename" in parameters or b"filename*" in parameters:
        raise WireError("model: the form has it as a file; send it as text", "model")
    if headers.get(b"content-transfer-encoding", b"binary").lower() not in _PLAIN_ENCODINGS:
        raise WireError("model: the form has it in a transfer encoding; send it as plain text", "model")
    return True


def part_headers(head: bytes) -> dict[bytes, bytes]:
    """Return a part's header fields, their names in lower case.

    Raises:
        WireError: a line is continued, broken or there twice.
    """
    headers: dict[bytes, bytes] = {}
    for line in head.split(b"\r\n") if head else ():
        name, colon, value = line.partition(b":")
        if not colon or name.strip() != name or b"\n" in line or b"\r" in line:
            raise WireError("the form is malformed: a part has a header line that is continued or broken")
        name = name.lower()
        if name in headers:
            raise WireError("the form is malformed: a part has a header twice")
        headers[name] = value.strip()
    return headers


def parameters_of(value: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """Return a header value's first word in lower case, and its parameters, their names in lower case.

    Raises:
        WireError: a parameter is there twice, or cannot be read.
    """
    kind = _TYPE.match(value)
    if kind is None:
        return b"", {}
    at = kind.end()
    parameters: dict[bytes, bytes] = {}
    while (match := _PARAMETER.match(value, at)) is not None:
        name = match[1].lower()
        if name in parameters:
            raise WireError(f"a header names '{name.decode('ascii')}' twice")
        parameters[name] = match[3] if match[2] is None else _QUOTED_PAIR.sub(rb"\1", match[2])
        at = match.end()
    if value[at:].strip(b" \t;"):
        raise WireError("a header has parameters that cannot be read")
    return kind[1].lower(), parameters
