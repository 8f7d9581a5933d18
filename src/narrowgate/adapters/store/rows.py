"""Database rows as records and keys, and back; what a filter means in SQL."""

import msgspec

from narrowgate.identity.keys import BudgetWindow, VirtualKey
from narrowgate.model.inexpressible import Inexpressibles
from narrowgate.model.record import CallRecord

USAGE_COLUMNS = (
    "call_id, started_at_ms, key_id, operation, provider, model, upstream_model, is_stream, status, fault, "
    "input_text, cache_read, cache_write, input_audio, input_image, "
    "output_text, reasoning, output_audio, output_image, "
    "cost_usd_e9, is_estimated, duration_us, first_byte_us, overhead_us, attempts, request_bytes, response_bytes, "
    "client_address, cache_write_1h"
)
INSERT_USAGE = (
    f"INSERT INTO usage ({USAGE_COLUMNS}) VALUES ({', '.join('?' * 29)}) "  # noqa: S608 - constants
    "ON CONFLICT (call_id) DO NOTHING"
)
KEY_COLUMNS = (
    "row, id, name, digest, hint, created_at_s, is_enabled, expires_at_s, models, providers, budget_usd_e9, "
    "budget_window, rpm, inexpressible"
)
_NAMES = msgspec.json.Decoder(tuple[str, ...])

Value = str | int | None


class Filter(msgspec.Struct, frozen=True):
    """Which usage rows are wanted; None and empty text mean all."""

    key_id: str = ""
    model: str = ""
    provider: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    status: int | None = None
    is_failed: bool = False
    call_id: str = ""
    before: tuple[int, str] | None = None


def settings_of(key: VirtualKey) -> tuple[Value, ...]:
    """Return what of a key can be changed, name first, in the order of its columns."""
    return (
        key.name,
        int(key.is_enabled),
        key.expires_at_s,
        msgspec.json.encode(key.models).decode(),
        msgspec.json.encode(key.providers).decode(),
        key.budget_usd_e9,
        key.budget_window.value,
        key.rpm,
        None if key.inexpressible is None else key.inexpressible.value,
    )


def key_of(row: tuple[object, ...]) -> VirtualKey:
    """Return the key in a row of KEY_COLUMNS."""
    numbers = [value if isinstance(value, int) else None for value in row]
    return VirtualKey(
        row=numbers[0] or 0,
        id=str(row[1]),
        name=str(row[2]),
        digest=str(row[3]),
        hint=str(row[4]),
        created_at_s=numbers[5] or 0,
        is_enabled=bool(row[6]),
        expires_at_s=numbers[7],
        models=_NAMES.decode(str(row[8])),
        providers=_NAMES.decode(str(row[9])),
        budget_usd_e9=numbers[10],
        budget_window=BudgetWindow(str(row[11])),
        rpm=numbers[12],
        inexpressible=None if row[13] is None else Inexpressibles(str(row[13])),
    )


def usage_row(record: CallRecord) -> tuple[object, ...]:
    """Return a record as a row of USAGE_COLUMNS."""
    fields = msgspec.structs.astuple(record)
    usage = msgspec.structs.astuple(record.usage) if record.usage is not None else (None,) * 10
    return (*fields[:10], *usage[:9], *fields[11:20], usage[9])


def record_of(row: tuple[object, ...]) -> CallRecord:
    """Return the record in a row of USAGE_COLUMNS."""
    usage = None if row[10] is None else [*row[10:19], row[28] or 0]
    fields = [*row[:7], bool(row[7]), *row[8:10], usage, row[19], bool(row[20]), *row[21:28]]
    return msgspec.convert(fields, CallRecord)


def where_of(wanted: Filter) -> tuple[str, tuple[Value, ...]]:
    """Return a filter as a WHERE clause (empty for all rows) and its values."""
    parts: list[str] = []
    values: list[Value] = []
    pairs: tuple[tuple[str, Value], ...] = (
        ("key_id = ?", wanted.key_id or None),
        ("provider = ?", wanted.provider or None),
        ("started_at_ms >= ?", wanted.since_ms),
        ("started_at_ms < ?", wanted.until_ms),
        ("status = ?", wanted.status),
        ("call_id = ?", wanted.call_id or None),
    )
    for text, value in pairs:
        if value is not None:
            parts.append(text)
            values.append(value)
    if wanted.model:
        parts.append("(model = ? OR upstream_model = ?)")
        values += [wanted.model, wanted.model]
    if wanted.is_failed:
        parts.append("fault <> ''")
    if wanted.before is not None:
        parts.append("(started_at_ms, call_id) < (?, ?)")
        values += list(wanted.before)
    return (f"WHERE {' AND '.join(parts)}" if parts else ""), tuple(values)
