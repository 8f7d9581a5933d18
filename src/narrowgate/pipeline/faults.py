"""The faults a call can end with before a provider has answered, in words for the caller."""

from narrowgate.identity.keys import VirtualKey
from narrowgate.identity.response_ids import StoredResponse
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.operation import Operation
from narrowgate.pipeline.answer_head import usd
from narrowgate.pipeline.ports import Verdict
from narrowgate.wire.errors import WireError

_SHOWN = 200


def unknown_model(name: str) -> Fault:
    """Nothing knows the model."""
    message = f"model '{name[:_SHOWN]}' is not known; GET /v1/models lists what can be called"
    return Fault(FaultKind.NOT_FOUND, message, param="model", code="model_not_found")


def no_model() -> Fault:
    """Neither path nor body name a model."""
    return Fault(FaultKind.BAD_REQUEST, "model: missing; name one as 'provider/model'", param="model")


def all_cooling(name: str, soonest_ms: int | None, *, is_limit: bool = False) -> Fault:
    """Every target is left alone; `soonest_ms` is when that may change, from now. `is_limit`: for too many calls."""
    wait_s = None if soonest_ms is None else max(1, -(-soonest_ms // 1_000))
    when = "" if wait_s is None else f"; try again in {wait_s} s"
    message = f"no target of '{name[:_SHOWN]}' can be used at present{when}"
    kind = FaultKind.RATE_LIMITED if is_limit else FaultKind.OVERLOADED
    return Fault(kind, message, code="all_targets_cooling", retry_after_s=wait_s)


def all_full(name: str) -> Fault:
    """Every target that is well has as many calls as it may have, and so has the queue, or it took too long."""
    message = f"all targets of '{name[:_SHOWN]}' have as many calls as they may have; try again"
    return Fault(FaultKind.OVERLOADED, message, code="all_targets_full", retry_after_s=1)


def nothing_fits(name: str) -> Fault:
    """The route has targets, but none whose condition and tags this call meets."""
    message = f"no target of '{name[:_SHOWN]}' is for calls like this one (conditions and tags of the route)"
    return Fault(FaultKind.BAD_REQUEST, message, param="model", code="no_target_fits")


def kept_elsewhere(stored: StoredResponse) -> Fault:
    """The request goes on from a response that the chosen target does not keep."""
    whose = f"'{stored.provider}'" + (f" with key '{stored.key_name}'" if stored.key_name else "")
    why = f"that response is kept by {whose}; ask for a model of that provider"
    return no_previous(why)


def no_previous(why: str) -> Fault:
    """The request cannot go on from the response it names."""
    field = "previous_response_id"
    return Fault(FaultKind.BAD_REQUEST, f"{field}: {why}", param=field, code="previous_response_not_found")


def invalid_body(error: WireError) -> Fault:
    """The body is not what its dialect says."""
    return Fault(FaultKind.BAD_REQUEST, str(error), param=error.path, code="invalid_body")


def not_allowed(name: str) -> Fault:
    """The key's allow lists do not have the model."""
    message = f"this key may not use model '{name[:_SHOWN]}'"
    return Fault(FaultKind.FORBIDDEN, message, param="model", code="model_not_allowed")


def not_offered(provider: str, operation: Operation) -> Fault:
    """The provider has no such operation."""
    message = f"provider '{provider}' does not offer {operation.value}"
    return Fault(FaultKind.BAD_REQUEST, message, param="model", code="unsupported_operation")


def unpriced(name: str) -> Fault:
    """The key has a budget and the price is unknown: it would count as nothing."""
    message = f"the price of '{name[:_SHOWN]}' is not known and this key has a budget; set money.prices for it"
    return Fault(FaultKind.FORBIDDEN, message, param="model", code="price_unknown")


def timeout_fault(provider: str, what: str) -> Fault:
    """A limit of time was passed; `what` says which."""
    return Fault(FaultKind.UPSTREAM_TIMEOUT, f"provider '{provider}' {what}; try again", code="upstream_timeout")


def limit_fault(verdict: Verdict, key: VirtualKey, now_ms: int) -> Fault:
    """A limit of the key was reached; `now_ms` is Unix time, for when to try again."""
    if verdict is Verdict.RATE_LIMITED:
        wait = 60 - now_ms // 1_000 % 60
        message = f"key '{key.id}' is over its limit of {key.rpm} calls a minute; try again in {wait} s"
        return Fault(FaultKind.RATE_LIMITED, message, code="rate_limit_exceeded", retry_after_s=wait)
    limit = usd(key.budget_usd_e9 or 0).decode()
    message = f"key '{key.id}' is over its budget of {limit} USD ({key.budget_window.value}); raise it or wait"
    return Fault(FaultKind.OVER_BUDGET, message, code="insufficient_quota")


def broken_fault(provider: str, what: str, code: str) -> Fault:
    """Return the fault of a provider that answered with something else than an answer."""
    return Fault(FaultKind.UPSTREAM_BROKEN, f"provider '{provider}' {what}; try again", code=code)


def unusable_fault(provider: str, stage: str, message: str) -> Fault:
    """Return the fault of a connection that could not be made or broke; `stage` as in `Receiver.failed`."""
    kind = FaultKind.UPSTREAM_BROKEN if stage == "broken" else FaultKind.UPSTREAM_UNREACHABLE
    if stage in {"busy", "egress", "identity"}:
        kind = FaultKind.OVERLOADED
    return Fault(kind, f"provider '{provider}' cannot be used: {message}", code=f"upstream_{stage}")


def unreadable(error: WireError) -> Fault:
    """The provider's answer is not what it should be."""
    return Fault(FaultKind.UPSTREAM_BROKEN, f"{error}", code="upstream_invalid")
