"""Faults as OpenAI's clients expect them.

Source: https://platform.openai.com/docs/guides/error-codes (read 2026-11).
"""

from typing import assert_never

import msgspec

from narrowgate.model.fault import Fault, FaultKind

_ENCODER = msgspec.json.Encoder()
_TYPE_BY_STATUS = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
    500: "server_error",
    503: "overloaded_error",
    529: "overloaded_error",
}
_TYPES = frozenset(
    {
        *_TYPE_BY_STATUS.values(),
        "invalid_request_error",
        "insufficient_quota",
        "not_found_error",
        "requests",
        "tokens",
    }
)


def render_fault(fault: Fault) -> bytes:
    """Return the JSON body of an error answer."""
    error = {
        "message": fault.message,
        "type": _type_of(fault.kind) if fault.upstream_status is None else _upstream_type(fault, fault.upstream_status),
        "param": fault.param,
        "code": fault.code or fault.kind.value,
    }
    return _ENCODER.encode({"error": error})


def render_event(fault: Fault) -> bytes:
    """Return the event that ends a chat or completions stream with an error."""
    return b"data: " + render_fault(fault) + b"\n\n"


def render_responses_event(fault: Fault, sequence_number: int) -> bytes:
    """Return the `error` event of a Responses stream."""
    event = {
        "type": "error",
        "sequence_number": sequence_number,
        "code": fault.code or fault.kind.value,
        "message": fault.message,
        "param": fault.param,
    }
    return b"event: error\ndata: " + _ENCODER.encode(event) + b"\n\n"


def _upstream_type(fault: Fault, status: int) -> str:
    """Return the type of an error a provider reported: its own word if it is one of OpenAI's."""
    if fault.upstream_type in _TYPES:
        return fault.upstream_type
    return _TYPE_BY_STATUS.get(status, "invalid_request_error" if status < 500 else "upstream_error")


def _type_of(kind: FaultKind) -> str:
    match kind:
        case (
            FaultKind.BAD_REQUEST
            | FaultKind.UNAUTHENTICATED
            | FaultKind.NOT_FOUND
            | FaultKind.METHOD_NOT_ALLOWED
            | FaultKind.TIMED_OUT_READING
            | FaultKind.TOO_LARGE
            | FaultKind.HEAD_TOO_LARGE
            | FaultKind.UPGRADE_REFUSED
            | FaultKind.CLIENT_GONE
        ):
            return "invalid_request_error"
        case FaultKind.FORBIDDEN:
            return "permission_error"
        case FaultKind.OVER_BUDGET:
            return "insufficient_quota"
        case FaultKind.RATE_LIMITED:
            return "rate_limit_error"
        case FaultKind.OVERLOADED:
            return "overloaded_error"
        case (
            FaultKind.UPSTREAM_UNREACHABLE
            | FaultKind.UPSTREAM_TIMEOUT
            | FaultKind.UPSTREAM_BROKEN
            | FaultKind.UPSTREAM_REFUSED
        ):
            return "upstream_error"
        case FaultKind.INTERNAL:
            return "server_error"
        case _:
            assert_never(kind)
