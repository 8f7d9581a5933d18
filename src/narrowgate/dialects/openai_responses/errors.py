"""Faults as clients of OpenAI's Responses API expect them.

Source: https://platform.openai.com/docs/guides/error-codes (read 2026-11).
"""

import msgspec

from narrowgate.model.fault import Fault, FaultKind, status_of

_ENCODER = msgspec.json.Encoder()
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
    503: "overloaded_error",
}
_CODES = {400: "invalid_prompt", 429: "rate_limit_exceeded", 503: "server_is_overloaded"}


def render_fault(fault: Fault) -> bytes:
    """Return the JSON body of an error answer."""
    return _ENCODER.encode({"error": error_of(fault)})


def error_of(fault: Fault) -> dict[str, str | None]:
    """Return the object `error`; of a provider's error its own words, code and type."""
    return {
        "message": fault.message,
        "type": fault.upstream_type or _type_of(fault),
        "param": fault.param,
        "code": fault.code or (None if fault.kind is FaultKind.UPSTREAM_REFUSED else fault.kind.value),
    }


def code_in_stream(fault: Fault) -> str:
    """Return the code of a response that failed; clients decide by it whether to try again."""
    return fault.code or _CODES.get(status_of(fault), "server_error")


def _type_of(fault: Fault) -> str:
    if fault.kind is FaultKind.OVER_BUDGET:
        return "insufficient_quota"
    status = status_of(fault)
    return _TYPES.get(status) or ("server_error" if status >= 500 else "invalid_request_error")
