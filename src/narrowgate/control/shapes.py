"""Keys and calls as the admin API and the command line show them."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from narrowgate.identity.keys import VirtualKey
from narrowgate.model.record import CallRecord
from narrowgate.policy.budget.estimate import window_start_ms
from narrowgate.policy.routing.vitals import State

_E9 = 1_000_000_000


class Spends(Protocol):
    """Knows what keys have spent; the store does."""

    def spend(self, since_ms: int) -> dict[str, int]:
        """Return 1e-9 USD per key id since a day's begin."""


def usd_text(amount_usd_e9: int | None) -> str | None:
    """Return an amount as decimal USD; None stays None: unknown is not zero."""
    if amount_usd_e9 is None:
        return None
    sign, whole, rest = "-" if amount_usd_e9 < 0 else "", abs(amount_usd_e9) // _E9, abs(amount_usd_e9) % _E9
    return sign + (f"{whole}.{rest:09d}".rstrip("0").rstrip(".") or "0")


def describe_key(key: VirtualKey, spent_usd_e9: int) -> dict[str, object]:
    """Return everything that may be shown of a key."""
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "enabled": key.is_enabled,
        "created_at": key.created_at_s,
        "expires_at": key.expires_at_s,
        "models": list(key.models),
        "providers": list(key.providers),
        "budget_usd": usd_text(key.budget_usd_e9),
        "budget_window": key.budget_window.value,
        "spent_usd": usd_text(spent_usd_e9),
        "rpm": key.rpm,
        "inexpressible": None if key.inexpressible is None else key.inexpressible.value,
    }


def describe_keys(keys: Sequence[VirtualKey], store: Spends, now_s: int) -> list[dict[str, object]]:
    """Return what may be shown of keys, with what each has spent in its present budget window."""
    windows = {key.budget_window for key in keys}
    spent = {window: store.spend(window_start_ms(window.value, now_s)) for window in windows}
    return [describe_key(key, spent[key.budget_window].get(key.id, 0)) for key in keys]


def describe_row(record: CallRecord) -> dict[str, object]:
    """Return one call as a JSON object."""
    document = msgspec.structs.asdict(record)
    del document["receipt"]
    usage = record.usage
    document["usage"] = None if usage is None else msgspec.structs.asdict(usage)
    document["cost_usd"] = usd_text(record.cost_usd_e9)
    return document


def receipt_of(record: CallRecord, written: str) -> object:
    """Return where a call went and why; `written` is what the edge wrote down, "" for a call without a choice."""
    if written:
        return msgspec.Raw(written.encode())
    outcome = record.fault or "answered"
    target = f"{record.provider}/{record.upstream_model}"
    attempt = {"target": target, "why": "only target", "began_ms": 0, "ended_ms": record.duration_us // 1_000}
    return {"route": record.model, "attempts": [attempt | {"outcome": outcome}], "wasted_usd": "0"}


def merged_states(edges: Sequence[Sequence[State]]) -> list[dict[str, object]]:
    """Return how targets are over all edges: the worst of each, calls and tokens added up, and who sees it how."""
    by_target: dict[tuple[str, str], list[State]] = {}
    for states in edges:
        for state in states:
            by_target.setdefault((state.target, state.key), []).append(state)
    return [_merged(by_target[place]) for place in sorted(by_target)]


def _merged(states: Sequence[State]) -> dict[str, object]:
    worst = max(states, key=lambda state: state.for_ms)
    seen = [state for state in states if state.first_token_ms]
    return {
        "target": worst.target,
        "key": worst.key,
        "state": worst.state,
        "for_ms": worst.for_ms,
        "edges": len(states),
        "edges_that_leave_it_alone": sum(state.state != "well" for state in states),
        "in_flight": sum(state.in_flight for state in states),
        "calls_this_minute": sum(state.calls_this_minute for state in states),
        "tokens_this_minute": sum(state.tokens_this_minute for state in states),
        "first_token_ms": sum(state.first_token_ms for state in seen) // len(seen) if seen else None,
        "tokens_per_s": round(sum(state.tokens_per_s for state in seen) / len(seen), 1) if seen else None,
        "failed_in_a_row": max(state.failed_in_a_row for state in states),
    }
