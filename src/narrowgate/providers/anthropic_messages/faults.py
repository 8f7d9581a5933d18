"""Read Anthropic's errors, in bodies and in streams.

Source: https://platform.claude.com/docs/en/api/errors (read 2026-11).
"""

from collections.abc import Mapping

import msgspec

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.providers.refusal import retry_after_s

_ANY = msgspec.json.Decoder()
_STATUS_OF = {
    "invalid_request_error": 400,
    "authentication_error": 502,
    "billing_error": 402,
    "permission_error": 502,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_OUR_CREDENTIALS = frozenset({"authentication_error", "permission_error"})
_REFUSED = "the provider refused the gateway's credentials"
_MOST_WORDS = 2_000
_MOST_DEPTH = 4


def fault_of(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
    """Return what an answer of `status` >= 400 says, whatever its body is."""
    document = _document(body)
    kind, code = _word(document, "type"), _word(document, "code")
    is_ours = status in {401, 403}
    words = _words(document, 0)[:_MOST_WORDS].strip() if document is not None else _plain(body)
    return Fault(
        FaultKind.UPSTREAM_REFUSED,
        _REFUSED if is_ours else words or f"the provider answered with status {status}",
        code=code,
        retry_after_s=retry_after_s(headers),
        upstream_status=502 if is_ours else status,
        upstream_type=None if is_ours else kind,
        request_id=_request_id(headers, document),
    )


def fault_in(body: bytes) -> Fault:
    """Return what an error that came with status 200 says: an event, or a body."""
    document = _document(body)
    kind = _word(document, "type")
    is_ours = kind in _OUR_CREDENTIALS
    return Fault(
        FaultKind.UPSTREAM_REFUSED,
        _REFUSED if is_ours else _words(document, 0)[:_MOST_WORDS].strip() or "the provider broke off with an error",
        code=_word(document, "code"),
        upstream_status=_STATUS_OF.get(kind or "", 500),
        upstream_type=None if is_ours else kind,
        request_id=_request_id({}, document),
    )


def _document(body: bytes) -> object:
    try:
        return _ANY.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _plain(body: bytes) -> str:
    text = body[:_MOST_WORDS].decode("utf-8", "replace").strip()
    return "" if text.startswith("<") else text


def _words(value: object, depth: int) -> str:
    """Return the message in an error of any shape: text itself, or what stands under the usual names."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and depth < _MOST_DEPTH:
        return _words(value[0], depth + 1)
    if isinstance(value, dict) and depth < _MOST_DEPTH:
        for name in ("error", "message", "detail", "msg", "errors"):
            found = _words(value.get(name), depth + 1)
            if found:
                return found
    return ""


def _word(document: object, name: str) -> str | None:
    """Return the text `name` of the error object in `document`."""
    error = document.get("error") if isinstance(document, dict) else None
    value = error.get(name) if isinstance(error, dict) else None
    return value if isinstance(value, str) and value else None


def _request_id(headers: Mapping[bytes, bytes], document: object) -> str | None:
    named = headers.get(b"request-id") or headers.get(b"x-request-id")
    if named:
        return named.decode("latin-1")
    value = document.get("request_id") if isinstance(document, dict) else None
    return value if isinstance(value, str) and value else None
