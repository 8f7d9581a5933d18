"""Provider answers that are no answers: refused credentials, redirects, errors inside streams."""

import msgspec

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.wire.sse import data_of, events

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
    return b"".join(event for event in events(piece) if not _is_only_usage(data_of(event)))


def substitute(status: int, provider: str, code: str) -> Fault | None:
    """Return the fault that stands for an answer the client must not get as it is, or None.

    A provider's 401 concerns the gateway's key, not the caller's; a redirect is never followed,
    since it would carry credentials elsewhere.
    """
    if status == 401:  # noqa: PLR2004
        return Fault(
            FaultKind.UPSTREAM_REFUSED,
            f"provider '{provider}' refused the gateway's credentials; its operator has to check the key",
            code=code or "upstream_unauthorized",
        )
    if 300 <= status < 400:  # noqa: PLR2004
        return Fault(
            FaultKind.UPSTREAM_REFUSED,
            f"provider '{provider}' answered with a redirect ({status}), which is never followed; check its base_url",
            code="upstream_redirect",
        )
    return None


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
        if isinstance(number, int) and not isinstance(number, bool) and 400 <= number <= 599:  # noqa: PLR2004
            return 502 if number == 401 else number  # noqa: PLR2004
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
