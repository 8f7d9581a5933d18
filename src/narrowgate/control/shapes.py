"""Keys and calls as the admin API and the command line show them."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from narrowgate.identity.keys import VirtualKey
from narrowgate.model.record import CallRecord
from narrowgate.policy.budget.estimate import window_start_ms

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
