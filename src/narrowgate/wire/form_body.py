"""A whole `multipart/form-data` body, read and written, for providers that have other fields.

Source: RFC 7578 https://www.rfc-editor.org/rfc/rfc7578 (read 2026-11).
"""

import msgspec

from narrowgate.wire.errors import WireError
from narrowgate.wire.multipart import parameters_of, part_headers


class Part(msgspec.Struct, frozen=True):
    """One field. `filename` is None unless it is a file, `content_type` b"" when none is named."""

    name: str
    value: bytes
    filename: str | None = None
    content_type: bytes = b""


class FormBody(msgspec.Struct, frozen=True):
    """The fields of a form in their order; several may have one name."""

    boundary: bytes
    parts: tuple[Part, ...]

    def file(self, name: str) -> Part:
        """Return the file `name`.

        Raises:
            WireError: there is none, or more than one.
        """
        found = [part for part in self.parts if part.name == name]
        if len(found) != 1 or found[0].filename is None:
            raise WireError(f"{name}: the form has no such file; send one", name)
        return found[0]

    def texts(self, name: str) -> list[str]:
        """Return the values of the text fields `name`, also written `name[]`.

        Raises:
            WireError: one is not UTF-8.
        """
        return [_text(part) for part in self.parts if part.filename is None and part.name in (name, f"{name}[]")]

    def text(self, name: str) -> str | None:
        """Return the only value of a text field, None when it is not there or empty.

        Raises:
            WireError: there are several, or it is not UTF-8.
        """
        found = self.texts(name)
        if len(found) > 1:
            raise WireError(f"{name}: the form has it twice; send it once", name)
        return (found[0].strip() or None) if found else None

    def names(self) -> list[str]:
        """Return the names of all fields, each once, without the brackets that mark a list."""
        return list(dict.fromkeys(part.name.removesuffix("[]") for part in self.parts))


def read_form(body: bytes, boundary: bytes) -> FormBody:
    """Return the fields of a form.

    Raises:
        WireError: it is malformed, or not closed.
    """
    parts: list[Part] = []
    _, *pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    for piece in pieces:
        if piece.startswith(b"--"):
            return FormBody(boundary, tuple(parts))
        padding, line_end, rest = piece.partition(b"\r\n")
        head, head_end, value = (b"\r\n" + rest).partition(b"\r\n\r\n")
        if padding.strip(b" \t") or not line_end or not head_end:
            raise WireError("the form is malformed: a part has no head")
        parts.append(_part(head.removeprefix(b"\r\n"), value))
    raise WireError("the form is malformed: it is not closed")


def write_form(form: FormBody) -> tuple[bytes, bytes]:
    """Return (content type, body). The boundary must not occur in a value; one the values came with does not."""
    pieces: list[bytes] = []
    for part in form.parts:
        lines = b'--%b\r\ncontent-disposition: form-data; name="%b"' % (form.boundary, _quoted(part.name))
        if part.filename is not None:
            lines += b'; filename="%b"' % _quoted(part.filename)
        if part.content_type:
            lines += b"\r\ncontent-type: " + part.content_type
        pieces += (lines, b"\r\n\r\n", part.value, b"\r\n")
    pieces.append(b"--%b--\r\n" % form.boundary)
    return b'multipart/form-data; boundary="%b"' % form.boundary, b"".join(pieces)


def _part(head: bytes, value: bytes) -> Part:
    headers = part_headers(head)
    kind, parameters = parameters_of(headers.get(b"content-disposition", b""))
    name = parameters.get(b"name")
    if kind != b"form-data" or not name:
        raise WireError("the form is malformed: a part has no name")
    filename = parameters.get(b"filename")
    told = None if filename is None else filename.decode("utf-8", "replace")
    return Part(name.decode("utf-8", "replace"), value, told, headers.get(b"content-type", b""))


def _text(part: Part) -> str:
    try:
        return part.value.decode()
    except UnicodeDecodeError:
        raise WireError(f"{part.name}: not UTF-8", part.name) from None


def _quoted(text: str) -> bytes:
    """Return a parameter's value as browsers write it (RFC 7578 section 4.2, WHATWG HTML)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").replace("\\", "_").encode()
