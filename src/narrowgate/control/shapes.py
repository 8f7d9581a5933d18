"""Keys and calls as the admin API and the command line show them."""

import msgspec

from narrowgate.identity.keys import VirtualKey
from narrowgate.model.record import CallRecord

_E9 = 1_000_000_000


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


def describe_row(record: CallRecord) -> dict[str, object]:
    """Return one call as a JSON object."""
    document = msgspec.structs.asdict(record)
    usage = record.usage
    document["usage"] = None if usage is None else msgspec.structs.asdict(usage)
    document["cost_usd"] = usd_text(record.cost_usd_e9)
    return document
