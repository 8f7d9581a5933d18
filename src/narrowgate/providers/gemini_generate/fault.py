"""What an error of Google's says.

Source: https://cloud.google.com/apis/design/errors (read 2026-11).
"""

import re
from collections.abc import Mapping

import msgspec

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.schemas.gemini_generate import ErrorAnswer, ErrorDetail, ErrorObject
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_ANSWER = msgspec.json.Decoder(ErrorAnswer)
_ANSWERS = msgspec.json.Decoder(list[ErrorAnswer])
_DETAILS = msgspec.json.Decoder(list[ErrorDetail])
_DURATION = re.compile(r"(\d{1,9})(\.\d+)?s")
_SECONDS = re.compile(rb"\d{1,9}")
_LONGEST_MESSAGE = 4_000
_NO_ERROR = ErrorObject()
_REQUEST_IDS = (b"x-goog-request-id", b"x-request-id")


def fault_of(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
    """Return what an answer of `status` says, whatever its body is."""
    error = _error_of(body)
    identity = next((headers[name].decode("latin-1") for name in _REQUEST_IDS if name in headers), None)
    found = reported(error, status)
    if status in (401, 403):
        found = msgspec.structs.replace(
            found, message="the provider refused the gateway's credentials", upstream_status=502
        )
    wait = _wait(headers)
    return msgspec.structs.replace(
        found, request_id=identity, retry_after_s=found.retry_after_s if wait is None else wait
    )


def reported(error: ErrorObject, status: int | None = None) -> Fault:
    """Return the fault that `error` tells of; its own code counts where no `status` is given."""
    code = error.code if isinstance(error.code, int) and 400 <= error.code <= 599 else 500
    details = _details(error)
    reason = next((detail.reason for detail in details if detail.reason), None)
    wait = next((_seconds(detail.retry_delay) for detail in details if detail.retry_delay), None)
    words = (error.message or "").strip()[:_LONGEST_MESSAGE]
    return Fault(
        FaultKind.UPSTREAM_REFUSED,
        words or f"the provider answered {code if status is None else status} without saying why",
        code=reason or error.status,
        retry_after_s=wait,
        upstream_status=code if status is None else status,
        upstream_type=error.status,
    )


def _error_of(body: bytes) -> ErrorObject:
    """Return the error in `body`: an object, or the first of an array as streams have it; else its words."""
    try:
        if body.lstrip()[:1] == b"[":
            answers = read(_ANSWERS, body)
            found = answers[0].error if answers else None
        else:
            found = read(_ANSWER, body).error
    except WireError:
        return _NO_ERROR
    return ErrorObject(message=found) if isinstance(found, str) else found or _NO_ERROR


def _details(error: ErrorObject) -> list[ErrorDetail]:
    if isinstance(error.details, msgspec.UnsetType):
        return []
    try:
        return read(_DETAILS, error.details)
    except WireError:
        return []


def _seconds(duration: str) -> int | None:
    match = _DURATION.fullmatch(duration)
    if match is None:
        return None
    return int(match[1]) + (1 if match[2] and match[2].strip(".0") else 0)


def _wait(headers: Mapping[bytes, bytes]) -> int | None:
    exact = headers.get(b"retry-after-ms", b"").strip()
    if _SECONDS.fullmatch(exact):
        return -(-int(exact) // 1_000)
    whole = headers.get(b"retry-after", b"").strip()
    return int(whole) if _SECONDS.fullmatch(whole) else None
