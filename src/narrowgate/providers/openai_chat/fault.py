"""Read errors as OpenAI and its imitators write them: with a status, or inside a successful answer.

Source: https://platform.openai.com/docs/guides/error-codes, https://openrouter.ai/docs/api-reference/errors,
https://docs.x.ai/docs/key-information/debugging (read 2026-11).
"""

import math
import re
from collections.abc import Mapping

import msgspec

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.schemas.openai_chat_answer import Answer

_ANY = msgspec.json.Decoder()
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_MOST_WORDS = 2_000
_DEEPEST = 4
_NAMES = ("error", "message", "detail", "msg", "errors", "error_message", "Message")
_STATUS_BY_WORD = {
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "content_filter": 400,
    "tool_use_failed": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "overloaded_error": 503,
}
_REQUEST_IDS = (
    b"x-request-id",
    b"request-id",
    b"apim-request-id",
    b"x-ms-client-request-id",
    b"x-kong-request-id",
    b"inference-id",
    b"x-inference-id",
    b"nvcf-reqid",
)
_KEY_LIKE = re.compile(r"\b(?:sk|pk|gsk|xai|hf|AIza|r8|pplx|nvapi)[-_A-Za-z0-9]{12,}")
_LONGEST_WAIT_S = 7 * 86_400


def fault_of(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
    """Return what an answer of `status` >= 400 says, whatever its body is."""
    fault = _fault(_document(body), body, status)
    request_id = next((headers[name] for name in _REQUEST_IDS if headers.get(name)), b"")
    return msgspec.structs.replace(
        fault, retry_after_s=_retry_after_s(headers), request_id=request_id.decode("latin-1") or None
    )


def streamed_fault(text: bytes) -> Fault:
    """Return what an error inside a successful answer says; `text` is its JSON."""
    document = _document(text)
    return _fault(document, text, _status_of(document, 0))


def error_in(answer: Answer) -> bytes | None:
    """Return the JSON of the error an answer reports, of itself or of a choice; imitators write empty ones too."""
    if answer.error is not msgspec.UNSET and _is_error(answer.error):
        return bytes(answer.error)
    for choice in answer.choices or ():
        if choice.error is not msgspec.UNSET and _is_error(choice.error):
            return bytes(choice.error)
    return None


def _is_error(raw: msgspec.Raw) -> bool:
    return bytes(raw).translate(None, b" \t\r\n") not in {b"null", b"false", b"{}", b'""', b"[]"}


def _fault(document: object, body: bytes, status: int) -> Fault:
    code, kind, param = (_word(document, name, 0) for name in ("code", "type", "param"))
    if status in {401, 403}:
        return Fault(
            FaultKind.UPSTREAM_REFUSED,
            "the provider refused the gateway's credentials",
            code="upstream_unauthorized",
            upstream_status=502,
        )
    words = _words(document, 0) if document is not None else _plain(body)
    message = _KEY_LIKE.sub("…", words[:_MOST_WORDS]) or f"the provider answered with status {status}"
    return Fault(
        FaultKind.UPSTREAM_REFUSED, message, param=param, code=code, upstream_status=status, upstream_type=kind
    )


def _document(text: bytes) -> object:
    try:
        found: object = _ANY.decode(text)
    except _UNREADABLE:
        return None
    return found


def _plain(body: bytes) -> str:
    text = body[: 4 * _MOST_WORDS].decode("utf-8", "replace").strip()
    return "" if text.startswith("<") else text


def _words(value: object, depth: int) -> str:
    """Find a message: text itself, or what stands under the names providers use for it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and depth < _DEEPEST:
        return _words(value[0], depth + 1)
    if isinstance(value, dict) and depth < _DEEPEST:
        for name in _NAMES:
            found = _words(value.get(name), depth + 1)
            if found:
                return found
    return ""


def _word(value: object, name: str, depth: int) -> str | None:
    """Find a word of the error object: in it, or beside it."""
    if isinstance(value, list) and value and depth < _DEEPEST:
        return _word(value[0], name, depth + 1)
    if not isinstance(value, dict) or depth >= _DEEPEST:
        return None
    found = _word(value.get("error"), name, depth + 1) or value.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found[:_MOST_WORDS] if isinstance(found, str) and found else None


def _status_of(value: object, depth: int) -> int:
    """Return the status an error inside an answer stands for, 502 when it does not say."""
    for name in ("status_code", "code", "status"):
        number = _word(value, name, depth)
        if number is not None and number.isascii() and number.isdigit() and 400 <= int(number[:9]) <= 599:
            return int(number)
    for name in ("code", "type"):
        word = _word(value, name, depth)
        if word in _STATUS_BY_WORD:
            return _STATUS_BY_WORD[word]
    return 502


def _retry_after_s(headers: Mapping[bytes, bytes]) -> int | None:
    """Return how long to wait, in whole seconds rounded up; a date cannot be read without a clock."""
    for name, unit in ((b"retry-after", 1), (b"retry-after-ms", 1_000)):
        try:
            wait_s = float(headers.get(name, b"").strip()) / unit
        except ValueError:
            continue
        if 0 <= wait_s <= _LONGEST_WAIT_S:
            return math.ceil(wait_s)
    return None
