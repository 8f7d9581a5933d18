"""The one way a call fails."""

from enum import Enum
from typing import assert_never

import msgspec


class FaultKind(Enum):
    """Why a call did not succeed. The value is the name used in records, metrics and error bodies."""

    BAD_REQUEST = "bad_request"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TIMED_OUT_READING = "timed_out_reading"
    TOO_LARGE = "too_large"
    HEAD_TOO_LARGE = "head_too_large"
    UPGRADE_REFUSED = "upgrade_refused"
    OVER_BUDGET = "over_budget"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    UPSTREAM_UNREACHABLE = "upstream_unreachable"
    UPSTREAM_TIMEOUT = "upstream_timeout"
    UPSTREAM_BROKEN = "upstream_broken"
    UPSTREAM_REFUSED = "upstream_refused"
    CLIENT_GONE = "client_gone"
    INTERNAL = "internal"


class Fault(msgspec.Struct, frozen=True):
    """A failed call. `message` is one sentence for the caller, without secrets or bodies.

    `param` is the JSON path of the field at fault, `code` a word programs can compare,
    `retry_after_s` when another try may help (None: unknown). Of a fault that a provider reported
    (UPSTREAM_REFUSED) `upstream_status` is the status the client shall see, `upstream_type` the
    provider's own word for the kind of error and `request_id` the provider's name for the exchange.
    """

    kind: FaultKind
    message: str
    param: str | None = None
    code: str | None = None
    retry_after_s: int | None = None
    upstream_status: int | None = None
    upstream_type: str | None = None
    request_id: str | None = None


class Failed(Exception):
    """Carries a `Fault` to whoever answers the call."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def status_of(fault: Fault) -> int:
    """Return the HTTP status a client sees for `fault`: the provider's, where the fault is one of its."""
    return fault.upstream_status or http_status(fault.kind)


def http_status(kind: FaultKind) -> int:  # noqa: C901, PLR0912 - one line a kind, checked for completeness
    """Return the HTTP status a client sees for a fault of `kind`."""
    match kind:
        case FaultKind.BAD_REQUEST:
            return 400
        case FaultKind.UNAUTHENTICATED:
            return 401
        case FaultKind.FORBIDDEN:
            return 403
        case FaultKind.NOT_FOUND:
            return 404
        case FaultKind.METHOD_NOT_ALLOWED:
            return 405
        case FaultKind.TIMED_OUT_READING:
            return 408
        case FaultKind.TOO_LARGE:
            return 413
        case FaultKind.UPGRADE_REFUSED:
            return 426
        case FaultKind.HEAD_TOO_LARGE:
            return 431
        case FaultKind.OVER_BUDGET | FaultKind.RATE_LIMITED:
            return 429
        case FaultKind.OVERLOADED:
            return 503
        case FaultKind.UPSTREAM_UNREACHABLE | FaultKind.UPSTREAM_BROKEN | FaultKind.UPSTREAM_REFUSED:
            return 502
        case FaultKind.UPSTREAM_TIMEOUT:
            return 504
        case FaultKind.CLIENT_GONE:
            return 499
        case FaultKind.INTERNAL:
            return 500
        case _:
            assert_never(kind)
