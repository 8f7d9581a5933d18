"""Change single members of a JSON object and leave every other byte as it is."""

import re
from collections.abc import Iterator

from narrowgate.wire.errors import WireError

_WS = b" \t\r\n"
_MODEL = re.compile(rb'"model"[ \t\r\n]*:[ \t\r\n]*("(?:[^"\\]|\\.)*"|null)')
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_SCALAR = re.compile(rb"[^,}\]\s]+")
_SKIP = re.compile(rb"[ \t\r\n]*")
_ESCAPED = re.compile(rb"\\u00([0-9a-fA-F]{2})")
_USAGE = b'{"include_usage":true}'


def replace_model(body: bytes, value: bytes) -> bytes:
    """Return `body` with its top-level `model` set to the JSON text `value`.

    `body` must be a JSON object in valid UTF-8. See `splice`.
    """
    # Cheap and sure when the name stands in the text only once, as a name, on the outermost level,
    # and no escape can hide another one.
    # rfind: CPython searches backwards about twice as fast as forwards in bodies of this size. All
    # letters of the name are 0x6_, so this is how every escaped spelling of one begins.
    at = body.rfind(b'"model"')
    if at > 0 and body.rfind(b'"model"', 0, at) < 0 and body.rfind(b"\\u006") < 0:
        match = _MODEL.match(body, at)
        if match is not None and _is_top_level(body, at, match.end()):
            start, stop = match.span(1)
            return b"%b%b%b" % (body[:start], value, body[stop:])
    return splice(body, b"model", value)


def ask_for_usage(body: bytes, present: bytes | None) -> bytes:
    """Return a stream request that asks for usage; `present` is its `stream_options` so far."""
    if present is None or bytes(present).strip() in {b"", b"null"}:
        return splice(body, b"stream_options", _USAGE)
    return splice(body, b"stream_options", splice(bytes(present), b"include_usage", b"true"))


def splice(body: bytes, name: bytes, value: bytes) -> bytes:
    """Return the JSON object `body` with member `name` set to the JSON text `value`.

    Every other byte stays. A member named twice comes out once: what the gateway set is then
    what the provider reads, whichever of the two its parser would prefer. A member that is not
    there is added at the end.

    Raises:
        WireError: `body` is not a JSON object.
    """
    spans = [span for span in members(body) if span[0] == name]
    if not spans:
        return _append(body, name, value)
    _, _, start, stop = spans[-1]
    body = b"%b%b%b" % (body[:start], value, body[stop:])
    for _, key_start, _, value_stop in reversed(spans[:-1]):
        body = _cut(body, key_start, value_stop)
    return body


def members(body: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield (name, start of the name, start and stop of the value) of each top-level member.

    Raises:
        WireError: `body` is not a JSON object.
    """
    at = _skip(body, 0)
    if body[at : at + 1] != b"{":
        raise WireError("the body is not a JSON object")
    at = _skip(body, at + 1)
    while body[at : at + 1] != b"}":
        key = _STRING.match(body, at)
        if key is None:
            raise WireError("the body is not valid JSON")
        colon = _skip(body, key.end())
        if body[colon : colon + 1] != b":":
            raise WireError("the body is not valid JSON")
        start = _skip(body, colon + 1)
        stop = _value_end(body, start)
        yield _unescaped(body[at + 1 : key.end() - 1]), at, start, stop
        at = _skip(body, stop)
        if body[at : at + 1] == b",":
            at = _skip(body, at + 1)
        elif body[at : at + 1] != b"}":
            raise WireError("the body is not valid JSON")


def _is_top_level(body: bytes, at: int, stop: int) -> bool:
    """Whether the member from `at` to `stop` belongs to the outermost object.

    Judged by the brackets before it or behind it, whichever is the shorter way.
    """
    if body[:at].strip(_WS) == b"{":
        return True
    if at <= len(body) - stop:
        return _depth(body, 0, at) == 1
    return _depth(body, stop, len(body)) == -1


def _depth(body: bytes, start: int, stop: int) -> int:
    """Return how many brackets are opened less those closed, strings passed over."""
    depth = 0
    for token in _TOKEN.finditer(body, start, stop):
        letter = token[0]
        if letter in (b"{", b"["):
            depth += 1
        elif letter in (b"}", b"]"):
            depth -= 1
    return depth


def _skip(body: bytes, at: int) -> int:
    match = _SKIP.match(body, at)
    return match.end() if match is not None else at


def _value_end(body: bytes, at: int) -> int:
    letter = body[at : at + 1]
    if letter == b'"':
        match = _STRING.match(body, at)
        if match is not None:
            return match.end()
    elif letter in (b"{", b"["):
        depth = 0
        for token in _TOKEN.finditer(body, at):
            text = token[0]
            if text in (b"{", b"["):
                depth += 1
            elif text in (b"}", b"]"):
                depth -= 1
                if not depth:
                    return token.end()
    elif letter:
        match = _SCALAR.match(body, at)
        if match is not None:
            return match.end()
    raise WireError("the body is not valid JSON")


def _unescaped(name: bytes) -> bytes:
    """Undo escapes of ASCII letters in a name, so that `mod\\u0065l` is seen as `model`."""
    if b"\\" not in name:
        return name
    return _ESCAPED.sub(lambda match: bytes((int(match[1], 16),)), name)


def _append(body: bytes, name: bytes, value: bytes) -> bytes:
    close = body.rindex(b"}")
    before = body[:close].rstrip(_WS)
    comma = b"" if before.endswith(b"{") and not before[:-1].strip(_WS) else b","
    return b'%b%b"%b":%b%b' % (body[:close], comma, name, value, body[close:])


def _cut(body: bytes, start: int, stop: int) -> bytes:
    """Remove a member and one comma beside it."""
    after = _skip(body, stop)
    if body[after : after + 1] == b",":
        return body[:start] + body[_skip(body, after + 1) :]
    before = body[:start].rstrip(_WS)
    return (before[:-1] if before.endswith(b",") else before) + body[stop:]
