"""What an error of Google's says.

Source: https://cloud.google.com/apis/design/errors (read 2026-11).
"""

import re
from collections.abc import Mapping

import msgspec

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.providers.refusal import refused
from narrowgate.schemas.gemini_generate import ErrorAnswer, ErrorDetail, ErrorObject
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_ANSWER = msgspec.json.Decoder(ErrorAnswer)
_ANSWERS = msgspec.json.Decoder(list[ErrorAnswer])
_DETAILS = msgspec.json.Decoder(list[ErrorDetail])
_DURATION = re.compile(r"(\d{1,9})(\.\d+)?s")
_MOST_WORDS = 2_000
_NO_ERROR = ErrorObject()


def fault_of(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
    """Return what an answer of `status` says, whatever its body is."""
    found = refused(status, headers, body)
    if found.upstream_status != status:
        return found  # the gateway's own credentials
    told = reported(_error_of(body))
    return msgspec.structs.replace(
        found,
        code=told.code,
        upstream_type=told.upstream_type,
        retry_after_s=told.retry_after_s if found.retry_after_s is None else found.retry_after_s,
    )


def reported(error: ErrorObject) -> Fault:
    """Return the fault that `error`, in the middle of a stream, tells of."""
    code = error.code if isinstance(error.code, int) and 400 <= error.code <= 599 else 500
    details = _details(error)
    reason = next((detail.reason for detail in details if detail.reason), None)
    return Fault(
        FaultKind.UPSTREAM_REFUSED,
        (error.message or "").strip()[:_MOST_WORDS] or "the provider reported an error without saying which",
        code=reason or error.status,
        retry_after_s=next((_seconds(detail.retry_delay) for detail in details if detail.retry_delay), None),
        upstream_status=code,
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
