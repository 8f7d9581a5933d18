"""Faults as Google's clients expect them.

Source: https://cloud.google.com/apis/design/errors, https://grpc.io/docs/guides/status-codes/ (read 2026-11).
"""

import re

import msgspec

from narrowgate.model.fault import Fault, status_of

_ENCODER = msgspec.json.Encoder()
_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_CODES = frozenset(_STATUSES.values()) | {
    *("FAILED_PRECONDITION", "OUT_OF_RANGE", "ALREADY_EXISTS", "DATA_LOSS", "UNKNOWN"),
}
_NOT_IN_REASONS = re.compile(r"[^A-Z0-9]+")
_TYPE = "type.googleapis.com/google.rpc."


def render_fault(fault: Fault) -> bytes:
    """Return the JSON body of an error answer; SDKs look for `{"error":` at its very beginning."""
    code = status_of(fault)
    word = fault.upstream_type if fault.upstream_type in _CODES else _STATUSES.get(code)
    if word is None:
        word = "INVALID_ARGUMENT" if code < 500 else "INTERNAL"
    reason = _NOT_IN_REASONS.sub("_", (fault.code or fault.kind.value).upper()).strip("_")
    details: list[dict[str, object]] = [
        {"@type": f"{_TYPE}ErrorInfo", "reason": reason or "UNKNOWN", "domain": "narrowgate"}
    ]
    if fault.param is not None:
        violation = {"field": fault.param, "description": fault.message}
        details.append({"@type": f"{_TYPE}BadRequest", "fieldViolations": [violation]})
    if fault.retry_after_s is not None:
        details.append({"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{fault.retry_after_s}s"})
    if fault.request_id is not None:
        details.append({"@type": f"{_TYPE}RequestInfo", "requestId": fault.request_id})
    return _ENCODER.encode({"error": {"code": code, "message": fault.message, "status": word, "details": details}})
