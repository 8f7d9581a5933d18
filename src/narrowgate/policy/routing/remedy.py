"""What may help after a failed attempt: the same target again, another one, or nothing."""

import re
from enum import Enum

from narrowgate.model.fault import Fault, FaultKind


class Remedy(Enum):
    """Where another attempt may succeed."""

    NOWHERE = "nowhere"  # the request itself is at fault, or nobody waits any more
    ELSEWHERE = "elsewhere"  # not here: credentials, a missing model, silence
    AGAIN = "again"  # here, too, after a pause


class Cause(Enum):
    """Which list of fallbacks a fault calls for."""

    GENERAL = "general"
    CONTEXT_WINDOW = "context_window"
    CONTENT_POLICY = "content_policy"


# Each provider has words of its own for a prompt that is too long; codes are rare.
_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|window|size)|maximum context|(?:prompt|input) is too long|too many (?:input )?tokens"
    r"|input (?:token count|length).{0,40}exceed|reduce the length|string_above_max_length|prompt too long"
    r"|exceeds? the (?:maximum|available) (?:number of )?(?:input )?(?:tokens|context)",
    re.IGNORECASE,
)
_FILTERED = re.compile(
    r"content[ _-]?(?:filter|policy|management)|responsibleai|safety (?:system|policy|settings)"
    r"|usage polic(?:y|ies)|moderation",
    re.IGNORECASE,
)
_CLIENTS = frozenset({400, 405, 406, 411, 413, 414, 415, 422, 431})
_KEYS_OR_MODELS = frozenset({401, 402, 403, 404, 407, 410, 501, 505})
_PER_TARGET = frozenset({"inexpressible", "unsupported_operation"})
_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "credit_balance_too_low"})


def cause_of(fault: Fault) -> Cause:
    """Return which list of fallbacks `fault` calls for."""
    if fault.kind is FaultKind.UPSTREAM_REFUSED and fault.upstream_status in _CLIENTS:
        words = f"{fault.code or ''} {fault.upstream_type or ''} {fault.message}"
        if _TOO_LONG.search(words):
            return Cause.CONTEXT_WINDOW
        if _FILTERED.search(words):
            return Cause.CONTENT_POLICY
    return Cause.GENERAL


def remedy_of(fault: Fault) -> Remedy:
    """Return where another attempt may succeed after `fault`.

    A target that was silent is not asked again: it would be silent as long once more.
    """
    match fault.kind:
        case FaultKind.UPSTREAM_UNREACHABLE | FaultKind.UPSTREAM_BROKEN | FaultKind.OVERLOADED:
            return Remedy.AGAIN
        case FaultKind.UPSTREAM_TIMEOUT:
            return Remedy.ELSEWHERE
        case FaultKind.UPSTREAM_REFUSED:
            return _of_status(fault)
        case FaultKind.BAD_REQUEST:
            # What one target cannot be told another may understand; nothing has been sent yet.
            return Remedy.ELSEWHERE if fault.code in _PER_TARGET else Remedy.NOWHERE
        case _:
            return Remedy.NOWHERE


def _of_status(fault: Fault) -> Remedy:
    status = fault.upstream_status or 502
    if fault.code == "upstream_unauthorized" or fault.code in _NO_MONEY or status in _KEYS_OR_MODELS or status < 400:
        return Remedy.ELSEWHERE
    if status in _CLIENTS:
        # The same words elsewhere: only a list that was made for them may be tried.
        return Remedy.NOWHERE if cause_of(fault) is Cause.GENERAL else Remedy.ELSEWHERE
    if status >= 500 or status in {408, 409, 425, 429, 498, 499}:
        return Remedy.AGAIN
    return Remedy.NOWHERE
