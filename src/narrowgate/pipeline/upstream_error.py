"""Provider answers that are no answers: refused credentials, redirects, errors inside streams."""

import re

import msgspec

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.providers.openai_chat import FAMILY as OPENAI_CHAT
from narrowgate.wire.answer import Head
from narrowgate.wire.sse import USAGE_TEXTS, data_of, events, first_event_with

_STATUS_BY_WORD = {
    "invalid_request_error": 400,
    "authentication_error": 502,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "overloaded_error": 503,
    "context_length_exceeded": 400,
    "content_filter": 400,
}


class _StreamedError(msgspec.Struct):
    type: object = None
    code: object = None
    status_code: object = None


class _Event(msgspec.Struct):
    error: _StreamedError | str | None = None
    choices: object = None


_EVENT = msgspec.json.Decoder(_Event)
_ANY = msgspec.json.Decoder()
_NO_CHOICES = re.compile(rb'"choices"\s*:\s*\[\s*\]')
_MOST_WORDS = 2_000
_DEEPEST = 4
# What is masked altogether (only asterisks) gives nothing away.
_KEY_LIKE = re.compile(
    r"(?:sk|pk|gsk|xai|key|AIza|hf)[-_][^\s'\",.]{3,}|(?![*.,]+(?:[\s'\"]|$))[^\s'\"]*\*{2,}[^\s'\",.]*|[A-Za-z0-9_-]{32,}"
)


class _Choices(msgspec.Struct):
    choices: msgspec.Raw = msgspec.Raw(b"null")
    usage: msgspec.Raw = msgspec.Raw(b"null")


_CHOICES = msgspec.json.Decoder(_Choices)


def error_in(piece: bytes) -> tuple[int, bytes] | None:
    """Return (HTTP status, JSON body) if the first event with data in `piece` is an error."""
    for event in events(piece):
        data = data_of(event)
        if data:
            return _error_of(data)
    return None


def has_error(piece: bytes) -> bool:
    """Whether any event in `piece` reports an error."""
    return any(_error_of(data_of(event)) is not None for event in events(piece) if b'"error"' in event)


def without_usage(piece: bytes) -> bytes:
    """Remove the events that hold only usage (`choices: []`), for a client that did not ask."""
    compact, spaced = USAGE_TEXTS
    begin = min(first_event_with(piece, compact), first_event_with(piece, spaced))
    if _NO_CHOICES.search(piece, begin) is None:
        return piece
    return piece[:begin] + b"".join([event for event in events(piece[begin:]) if not _is_only_usage(data_of(event))])


def substitute(status: int, provider: str, body: bytes) -> Fault | None:
    """Return the fault that stands for an answer the client must not get as it is, or None.

    A provider's 401 concerns the gateway's key, not the caller's; a redirect is never followed,
    since it would carry credentials elsewhere.
    """
    if status == 401:
        words = message_of(body)
        return Fault(
            FaultKind.UPSTREAM_REFUSED,
            f"provider '{provider}' refused the gateway's credentials{f': {_redacted(words)}' if words else ''}",
            code="upstream_unauthorized",
        )
    if 300 <= status < 400:
        return Fault(
            FaultKind.UPSTREAM_REFUSED,
            f"provider '{provider}' answered with a redirect ({status}), which is never followed; check its base_url",
            code="upstream_redirect",
        )
    return None


def refusal(status: int, head: Head, body: bytes) -> Fault:
    """Return what an answer of `status` >= 300 says, for deciding what to do about it."""
    return OPENAI_CHAT.fault(status, fields_of(head), body)


def fields_of(head: Head) -> dict[bytes, bytes]:
    """Return the header fields of an answer by lower-case name; of several the last."""
    fields: dict[bytes, bytes] = {}
    for line in head.lines:
        name, _, value = line.partition(b":")
        fields[name.lower()] = value.strip()
    return fields


def in_our_shape(status: int, body: bytes) -> bytes | None:
    """Return an error body in OpenAI's shape with the provider's words, None if it has that shape.

    Imitators answer errors in shapes of their own, as plain text or HTML; clients of this dialect
    look for `error.message`.
    """
    try:
        document = _ANY.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        document = None
    if isinstance(document, dict):
        error = document.get("error")
        if isinstance(error, dict) and isinstance(error.get("message"), str):
            return None
    kind = "rate_limit_error" if status == 429 else "upstream_error" if status >= 500 else "invalid_request_error"
    code = document.get("code") if isinstance(document, dict) else None
    words = message_of(body) or f"the provider answered with status {status}"
    return msgspec.json.encode({"error": {"message": words, "type": kind, "param": None, "code": code}})


def message_of(body: bytes) -> str:
    """Return a provider's own words in an error body of any shape, "" when there are none."""
    try:
        document = _ANY.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        text = body[:_MOST_WORDS].decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else text
    return _words(document, 0)[:_MOST_WORDS]


def _words(value: object, depth: int) -> str:
    """Find a message: text itself, or what stands under the names providers use for it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and depth < _DEEPEST:
        return _words(value[0], depth + 1)
    if isinstance(value, dict) and depth < _DEEPEST:
        for name in ("error", "message", "detail", "msg", "errors", "error_message", "err_msg"):
            found = _words(value.get(name), depth + 1)
            if found:
                return found
    return ""


def _redacted(words: str) -> str:
    """Remove what may be a key or a part of one: providers like to quote them, masked or not."""
    return _KEY_LIKE.sub("…", words)


def _error_of(data: bytes) -> tuple[int, bytes] | None:
    try:
        event = _EVENT.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    error = event.error
    if error is None:
        return None
    return (502 if isinstance(error, str) else _status_of(error)), data


def _status_of(error: _StreamedError) -> int:
    for number in (error.status_code, error.code):
        if isinstance(number, int) and not isinstance(number, bool) and 400 <= number <= 599:
            return 502 if number == 401 else number
    for word in (error.code, error.type):
        if isinstance(word, str) and word in _STATUS_BY_WORD:
            return _STATUS_BY_WORD[word]
    return 502


def _is_only_usage(data: bytes) -> bool:
    if b'"choices"' not in data:
        return False
    try:
        event = _CHOICES.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return bytes(event.usage) != b"null" and bytes(event.choices).translate(None, b" \t\r\n") == b"[]"
