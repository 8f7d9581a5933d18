"""Set members of a JSON object in its text; every other byte stays as it came.

Source: https://www.rfc-editor.org/rfc/rfc8259 (read 2026-11).
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, Protocol

import msgspec

from narrowgate.wire.errors import WireError

# A request has some dozens; the bounds keep a hostile body from holding up everyone else's calls.
_MOST_MEMBERS = 10_000
_MOST_CONTAINERS = 1_000_000
# Up to this length two searches through the text are cheaper than walking over the members.
_SHORT_BYTES = 8_192

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_WS = rb"[ \t\n\r]*+"
_OPENING = re.compile(_WS + rb"\{" + _WS)
_KEY = re.compile(rb"(" + _STRING + rb")" + _WS + rb":" + _WS, re.DOTALL)
_SCALAR = re.compile(_STRING + rb'|[^ \t\n\r,:"\[\]{}]++', re.DOTALL)
_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+(?:([\[{])|[\]}])", re.DOTALL)
_NEXT = re.compile(_WS + rb"(?:(,)" + _WS + rb"|\}" + _WS + rb"\Z)")
_AFTER_KEY = re.compile(rb"(" + _WS + rb":" + _WS + rb")" + _STRING, re.DOTALL)

_NOTHING_KNOWN: Mapping[bytes, bytes | msgspec.Raw] = {}


class Outline(Protocol):
    """What reading a body has already shown of its top level."""

    @property
    def model(self) -> str | None:
        """The model it names; None when that is null or missing."""

    def long_values(self) -> Mapping[bytes, msgspec.Raw]:
        """Return the text of members worth skipping as a whole, by name; of a name twice, the last."""


class _Member(NamedTuple):
    name: bytes
    key_at: int
    value_at: int
    end: int


def replace_model(body: bytes, model_json: bytes, outline: Outline | None = None) -> bytes:
    """Return `body` with its top-level `model` set; like `splice`, but faster on usual bodies.

    `outline` is what `read_head` made of this very body.

    Raises:
        WireError: as `splice`.
    """
    if outline is None:
        return splice(body, {b"model": model_json})
    if len(body) > _SHORT_BYTES:
        return splice(body, {b"model": model_json}, outline.long_values())
    if outline.model is not None:
        # There is such a member, and without an escaped letter (all of them are \u006x) it is
        # spelt like this: if only one place is, that place is the member, wherever it is.
        parts = body.split(b'"model"', 2)
        if len(parts) == 2 and b"\\u006" not in body:
            before, after = parts
            value = _AFTER_KEY.match(after)
            if value is not None:
                return b'%b"model"%b%b%b' % (before, value[1], model_json, after[value.end() :])
    return splice(body, {b"model": model_json})


def ask_for_usage(
    body: bytes, stream_options: msgspec.Raw | msgspec.UnsetType, outline: Outline | None = None
) -> bytes:
    """Return `body` with `stream_options.include_usage` true.

    `stream_options` is the text of that member of `body`, UNSET when it has none. One that is
    neither an object nor null is left for the provider to judge.

    Raises:
        WireError: as `splice`.
    """
    if isinstance(stream_options, msgspec.UnsetType):
        return _append(body, b'"stream_options":{"include_usage":true}')
    known = _NOTHING_KNOWN if outline is None else outline.long_values()
    text = read_member(body, b"stream_options", known) or b""
    if text.startswith(b"{"):
        wanted = splice(text, {b"include_usage": b"true"})
    elif text == b"null":
        wanted = b'{"include_usage":true}'
    else:
        return body
    return splice(body, {b"stream_options": wanted}, known)


def splice(
    body: bytes, members: Mapping[bytes, bytes], known: Mapping[bytes, bytes | msgspec.Raw] = _NOTHING_KNOWN
) -> bytes:
    """Return `body` with top-level `members` (name to JSON text) set, all else byte for byte.

    A member named twice in `body` comes out once: what the gateway read is then what the provider
    reads, whichever of the two its parser would prefer. One that is not there is put last.
    `body` is JSON that `read_head` accepted. `known` are texts of long values, only to save time:
    they are compared where they should stand, and what does not match is scanned.

    Raises:
        WireError: `body` is not an object, or has too many members or values in a member.
    """
    found = _members(body, known)
    last = {member.name: index for index, member in enumerate(found) if member.name in members}
    view = memoryview(body)  # so that a long body is copied once, not twice
    pieces: list[bytes | memoryview] = []
    at = 0
    for index, member in enumerate(found):
        if member.name not in members:
            continue
        if last[member.name] == index:
            pieces += view[at : member.value_at], members[member.name]
            at = member.end
        else:
            pieces.append(view[at : member.key_at])
            at = found[index + 1].key_at
    added = [b"%b:%b" % (_quoted(name), text) for name, text in members.items() if name not in last]
    if added:
        end = found[-1].end if found else body.index(b"{") + 1
        pieces += view[at:end], b"," if found else b"", b",".join(added)
        at = end
    pieces.append(view[at:])
    return b"".join(pieces)


def without(body: bytes, name: bytes, known: Mapping[bytes, bytes | msgspec.Raw] = _NOTHING_KNOWN) -> bytes:
    """Return `body` without its top-level member `name`, however often it is there; all else byte for byte.

    `known` is as for `splice`.

    Raises:
        WireError: as `splice`.
    """
    found = _members(body, known)
    kept = [member for member in found if member.name != name]
    if len(kept) == len(found):
        return body
    pieces = [body[: found[0].key_at]]
    for index, member in enumerate(found):
        if member.name != name:
            # With the comma and the space before the next, unless nothing follows.
            following = found[index + 1].key_at if index + 1 < len(found) and member is not kept[-1] else member.end
            pieces.append(body[member.key_at : following])
    pieces.append(body[found[-1].end :])
    return b"".join(pieces)


def read_member(body: bytes, name: bytes, known: Mapping[bytes, bytes | msgspec.Raw] = _NOTHING_KNOWN) -> bytes | None:
    """Return the JSON text of top-level member `name`, the last of them; None when there is none.

    `known` is as for `splice`.

    Raises:
        WireError: as `splice`.
    """
    text = None
    for member in _members(body, known):
        if member.name == name:
            text = body[member.value_at : member.end]
    return text


def _append(body: bytes, member: bytes) -> bytes:
    end = body.rfind(b"}")
    if end < 0:
        raise WireError("the body is not a JSON object")
    # Only an empty object has nothing but white space between its braces.
    before = body[end - 1]
    if before in b" \t\n\r":
        before = body[:end].rstrip(b" \t\n\r")[-1]
    return b"%b%b%b%b" % (body[:end], b"" if before == ord("{") else b",", member, body[end:])


def _members(body: bytes, known: Mapping[bytes, bytes | msgspec.Raw]) -> list[_Member]:
    """Return the top-level members in order."""
    opening = _OPENING.match(body)
    if opening is None:
        raise WireError("the body is not a JSON object")
    at = opening.end()
    found: list[_Member] = []
    if body[at : at + 1] == b"}":
        return found
    while True:
        key = _KEY.match(body, at)
        if key is None:
            raise WireError(f"the body is not valid JSON: no member begins at byte {at}")
        name = _name(key[1])
        value_at = key.end()
        text = known.get(name)
        # A view, since bytes(text) would copy a long one.
        end = _end_if(body, value_at, memoryview(text)) if text is not None else 0
        if not end:
            end = _end_of_value(body, value_at)
        found.append(_Member(name, at, value_at, end))
        following = _NEXT.match(body, end)
        if following is None:
            raise WireError(f"the body is not valid JSON: a member is not ended at byte {end}")
        if following[1] is None:
            return found
        if len(found) >= _MOST_MEMBERS:
            raise WireError(f"the body has more than {_MOST_MEMBERS} members; send fewer")
        at = following.end()


def _end_if(body: bytes, at: int, text: memoryview) -> int:
    """Return where the value at `at` ends if it is `text`, else 0.

    No JSON value begins with another one, but for numbers: `1` and `12`.
    """
    end = at + len(text)
    return end if body.startswith(text, at) and _NEXT.match(body, end) is not None else 0


def _end_of_value(body: bytes, at: int) -> int:
    if body[at : at + 1] not in {b"{", b"["}:
        scalar = _SCALAR.match(body, at)
        if scalar is None:
            raise WireError(f"the body is not valid JSON: no value begins at byte {at}")
        return scalar.end()
    depth = opened = 0
    for bracket in _BRACKET.finditer(body, at):
        if bracket.lastindex is not None:
            depth += 1
            opened += 1
            if opened > _MOST_CONTAINERS:
                raise WireError(
                    f"a member of the body holds more than {_MOST_CONTAINERS} objects and lists; send fewer"
                )
        else:
            depth -= 1
            if depth == 0:
                return bracket.end()
    raise WireError(f"the body is not valid JSON: the value at byte {at} does not end")


def _name(quoted: bytes) -> bytes:
    if b"\\" not in quoted:
        return quoted[1:-1]
    try:
        return msgspec.json.decode(quoted, type=str).encode()
    except msgspec.DecodeError:
        return quoted[1:-1]  # half a surrogate pair: no name that anyone asks for


def _quoted(name: bytes) -> bytes:
    return msgspec.json.encode(name.decode())
