"""The fault that stands for a provider's error answer, whatever family it is of."""

import math
from collections.abc import Mapping

import msgspec

from narrowgate.model.fault import Fault, FaultKind

_MOST_WORDS = 2_000
_DEEPEST = 4
_LONGEST_WAIT_S = 86_400 * 366
_ANY = msgspec.json.Decoder()
_OWN_CREDENTIALS = (401, 403)
_REQUEST_ID = (b"x-request-id", b"request-id", b"x-debug-trace-id", b"x-trace-id")


def refused(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
    """Return what an error answer says: its words, code, type, when to try again, its name.

    A 401 or 403 is about the gateway's own credentials: the caller cannot mend them and does not
    see the provider's words, which may quote a key.
    """
    document = _document(body)
    retry = retry_after_s(headers)
    request_id = _text(document, "id") or next(
        (headers[name].decode("latin-1") for name in _REQUEST_ID if headers.get(name)), None
    )
    if status in _OWN_CREDENTIALS:
        return Fault(
            FaultKind.UPSTREAM_REFUSED,
            "the provider refused the gateway's credentials",
            code="upstream_unauthorized",
            upstream_status=502,
            request_id=request_id,
        )
    return Fault(
        FaultKind.UPSTREAM_REFUSED,
        words_of(body, document) or f"the provider answered with status {status}",
        param=_text(document, "param"),
        code=_text(document, "code"),
        retry_after_s=retry,
        upstream_status=status,
        upstream_type=_text(document, "error_type") or _text(document, "type"),
        request_id=request_id,
    )


def retry_after_s(headers: Mapping[bytes, bytes]) -> int | None:
    """Return the seconds to wait, None when they are not told as a number (a date needs a clock)."""
    for name, per_second in ((b"retry-after-ms", 1_000), (b"retry-after", 1)):
        try:
            seconds = float(headers.get(name, b"")) / per_second
        except ValueError:
            continue
        if 0 <= seconds <= _LONGEST_WAIT_S:
            return math.ceil(seconds)
    return None


def words_of(body: bytes, document: object) -> str:
    """Return the provider's words in an error body of any shape, "" when there are none."""
    if document is None:
        text = body[: 4 * _MOST_WORDS].decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else text[:_MOST_WORDS]
    return _words(document, 0)[:_MOST_WORDS]


def _document(body: bytes) -> object:
    try:
        return _ANY.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _words(value: object, depth: int) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and depth < _DEEPEST:
        return _words(value[0], depth + 1)
    if isinstance(value, dict) and depth < _DEEPEST:
        for name in ("error", "message", "detail", "msg", "errors"):
            found = _words(value.get(name), depth + 1)
            if found:
                return found
    return ""


def _text(document: object, name: str) -> str | None:
    """Return the text or number under `name`, at the top or inside `error`."""
    for holder in (document, document.get("error") if isinstance(document, dict) else None):
        value = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None
