"""Find the model name in a form that streams by, without keeping or copying its files.

Source: RFC 7578 https://www.rfc-editor.org/rfc/rfc7578, RFC 2046 section 5.1 (read 2026-11).
Forms that readers understand differently are refused: the provider must see the model that was
checked here.
"""

import re
from enum import Enum

import msgspec

from narrowgate.wire.errors import WireError

_MOST_BOUNDARY_BYTES = 70  # RFC 2046
_MOST_HEAD_BYTES = 8_192  # as nginx's default for one header line
_MOST_NAME_BYTES = 1_024
_MOST_PADDING_BYTES = 64  # white space that RFC 2046 allows after a boundary

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
    kind, parameters = _parameters(content_type)
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

    __slots__ = ("_at", "_delimiter", "_held", "_held_bytes", "_is_found", "_limit_bytes", "_state", "_window")

    def __init__(self, boundary: bytes, limit_bytes: int) -> None:
        self._delimiter = b"\r\n--" + boundary
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
            WireError: malformed, two models, or no model within the limit. The form is then not to be sent on.
        """
        if self._is_found:
            self._search(data)
            return None
        self._held.append(data)
        self._held_bytes += len(data)
        value_end = self._search(data)
        if value_end is not None:
            return self._found(*value_end)
        if self._held_bytes > self._limit_bytes and not self.is_closed:
            message = f"model: not within the first {self._limit_bytes} bytes of the form; send it before the files"
            raise WireError(message, "model")
        return None

    def _found(self, start: int, end: int) -> Found:
        whole = self._held[0] if len(self._held) == 1 else b"".join(self._held)
        self._held.clear()
        return Found(whole[:start], whole[start:end], whole[end:])

    def _search(self, data: bytes) -> tuple[int, int] | None:
        """Go through `data`; return where the value is in the form if it ended here."""
        span = None
        if self._state is _State.SKIPPING:
            data = self._skip(data)
        else:
            data = self._window + data
            self._window = b""
        # From here on `data` begins at byte `_at` of the form.
        while data:
            state = self._state
            if state is _State.BOUNDARY_LINE:
                used = self._boundary_line(data)
            elif state is _State.HEAD:
                used = self._head(data)
            elif state is _State.VALUE:
                used = self._value(data)
                if used:
                    span = (self._at, self._at + used - len(self._delimiter))
            elif state is _State.SKIPPING:
                data = self._skip(data)
                continue
            else:
                return span
            if not used:
                self._window = data
                return span
            self._at += used
            data = data[used:]
        return span

    def _skip(self, data: bytes) -> bytes:
        """Pass over all up to the next boundary; return what follows it."""
        delimiter, window = self._delimiter, self._window
        if window:
            # The boundary may lie across the seam; only so much is put together.
            seam = window + data[: len(delimiter) - 1]
            found = seam.find(delimiter)
            if found >= 0:
                return self._at_boundary(data, found + len(delimiter) - len(window), len(window))
        found = data.find(delimiter)
        if found >= 0:
            return self._at_boundary(data, found + len(delimiter), len(window))
        kept = len(delimiter) - 1
        rest = data[-kept:] if len(data) >= kept else (window + data)[-kept:]
        self._at += len(window) + len(data) - len(rest)
        self._window = rest
        return b""

    def _at_boundary(self, data: bytes, end: int, before: int) -> bytes:
        self._at += before + end
        self._window = b""
        self._state = _State.BOUNDARY_LINE
        return data[end:]

    def _boundary_line(self, data: bytes) -> int:
        if data.startswith(b"--"):
            self._state = _State.CLOSED
            return 2
        end = data.find(b"\r\n", 0, _MOST_PADDING_BYTES + 2)
        line = data[:end] if end >= 0 else data.removesuffix(b"\r")
        if line.strip(b" \t") and not (end < 0 and data == b"-"):
            raise WireError("the form is malformed: something follows a boundary on its line")
        if end < 0:
            if len(data) >= _MOST_PADDING_BYTES + 2:
                raise WireError("the form is malformed: the line of a boundary does not end")
            return 0
        self._state = _State.HEAD
        return end + 2

    def _head(self, data: bytes) -> int:
        if data.startswith(b"\r\n"):
            head, used = b"", 2
        else:
            end = data.find(b"\r\n\r\n", 0, _MOST_HEAD_BYTES + 4)
            if end < 0:
                if len(data) >= _MOST_HEAD_BYTES + 4:
                    raise WireError(
                        f"the form is malformed: the head of a part is longer than {_MOST_HEAD_BYTES} bytes"
                    )
                return 0
            head, used = data[:end], end + 4
        if not _is_model(head):
            # An empty part ends with the line end of its head.
            self._state = _State.SKIPPING
            return used - 2
        if self._is_found:
            raise WireError("model: the form names it twice; send it once", "model")
        self._state = _State.VALUE
        return used

    def _value(self, data: bytes) -> int:
        end = data.find(self._delimiter, 0, _MOST_NAME_BYTES + len(self._delimiter))
        if end < 0:
            if len(data) >= _MOST_NAME_BYTES + len(self._delimiter):
                raise WireError(f"model: longer than {_MOST_NAME_BYTES} bytes", "model")
            return 0
        self._is_found = True
        self._state = _State.BOUNDARY_LINE
        return end + len(self._delimiter)


def _is_model(head: bytes) -> bool:
    """Whether a part with this head is the model's name."""
    disposition: bytes | None = None
    encoding = b"binary"
    for line in head.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if not colon and head:
            raise WireError("the form is malformed: the head of a part has a line without a colon")
        if line[:1] in {b" ", b"\t"} or b"\n" in line or b"\r" in line:
            raise WireError("the form is malformed: a header line of a part is continued or broken")
        match name.strip(b" \t").lower():
            case b"content-disposition":
                if disposition is not None:
                    raise WireError("the form is malformed: a part has two content-dispositions")
                disposition = value
            case b"content-transfer-encoding":
                encoding = value.strip().lower()
            case _:
                pass
    if disposition is None:
        return False
    parameters = _parameters(disposition)[1]
    if b"name*" in parameters:
        raise WireError("the form is malformed: a part's name is given as 'name*', which RFC 7578 does not allow")
    if parameters.get(b"name") != b"model":
        return False
    if b"filename" in parameters or b"filename*" in parameters:
        raise WireError("model: the form has it as a file; send it as text", "model")
    if encoding not in _PLAIN_ENCODINGS:
        raise WireError("model: the form has it in a transfer encoding; send it as plain text", "model")
    return True


def _parameters(value: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """Return a header value's first word in lower case, and its parameters, their names in lower case."""
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
