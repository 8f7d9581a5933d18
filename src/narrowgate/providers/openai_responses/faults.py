"""What an error of OpenAI's Responses API or of an imitator says, in whatever shape it comes.

Source: https://platform.openai.com/docs/guides/error-codes (read 2026-11).
"""

from collections.abc import Mapping
from math import ceil

import msgspec

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.schemas.openai_responses import Error

_ANY = msgspec.json.Decoder()
_REFUSED = "the provider refused the gateway's credentials"
_MOST_CHARACTERS = 2_000
_DEEPEST = 4
_MOST_WAIT_S = 86_400
_STATUS_OF_CODE = {
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "insufficient_quota": 429,
    "invalid_prompt": 400,
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "server_error": 500,
    "server_is_overloaded": 503,
    "slow_down": 503,
}
_CREDENTIAL_CODES = frozenset({"invalid_api_key", "authentication_error"})


def broken(error: Error | str | None) -> Fault:
    """Return the fault an answer tells itself, in a stream or in a body of status 200."""
    told = Error(message=error) if isinstance(error, str) else error or Error()
    code, kind = _word(told.code), told.type or None
    if code in _CREDENTIAL_CODES or kind in _CREDENTIAL_CODES:
        return Fault(FaultKind.UPSTREAM_REFUSED, _REFUSED, code=code, upstream_status=502, upstream_type=kind)
    status = _STATUS_OF_CODE.get(code or "") or _STATUS_OF_CODE.get(kind or "") or 502
    message = (told.message or "").strip()[:_MOST_CHARACTERS] or "the provider failed without saying why"
    return Fault(
        FaultKind.UPSTREAM_REFUSED,
        message,
        param=told.param,
        code=code,
        upstream_status=status,
        upstream_type=kind,
    )


def fault(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
    """Return what an answer of `status` >= 400 says."""
    request_id = _header(headers, b"x-request-id") or _header(headers, b"apim-request-id")
    try:
        document: object = _ANY.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        text = body[: _MOST_CHARACTERS * 4].decode("utf-8", "replace").strip()
        document = "" if text.startswith("<") else text
    error = _member(document, "error")
    of = error if isinstance(error, dict) else document
    code, kind = _word(_member(of, "code")), _text(_member(of, "type"))
    message = _words(document, 0)[:_MOST_CHARACTERS] or f"the provider answered with status {status} and no words"
    shown = status
    if status in {401, 403}:
        message, shown = _REFUSED, 502
    return Fault(
        FaultKind.UPSTREAM_REFUSED,
        message,
        param=_text(_member(of, "param")),
        code=code,
        retry_after_s=_wait(headers),
        upstream_status=shown,
        upstream_type=kind,
        request_id=request_id,
    )


def _words(value: object, depth: int) -> str:
    """Return the first text where errors have theirs, "" when there is none."""
    if isinstance(value, str):
        return value.strip()
    if depth == _DEEPEST:
        return ""
    if isinstance(value, list):
        return _words(value[0], depth + 1) if value else ""
    if isinstance(value, dict):
        for name in ("error", "message", "detail", "errors", "msg", "Message"):
            found = _words(value.get(name), depth + 1)
            if found:
                return found
    return ""


def _wait(headers: Mapping[bytes, bytes]) -> int | None:
    """Return the seconds to wait, rounded up; a date cannot be counted without a clock."""
    for name, divisor in ((b"retry-after-ms", 1_000), (b"retry-after", 1)):
        try:
            seconds = float(headers.get(name, b"")) / divisor
        except ValueError:
            continue
        if 0 <= seconds <= _MOST_WAIT_S:
            return ceil(seconds)
    return None


def _header(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    return headers[name].decode("latin-1") if name in headers else None


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _word(value: object) -> str | None:
    if isinstance(value, bool):
        return None
    return f"{value:g}" if isinstance(value, int | float) else _text(value)
