"""The database of one gateway: virtual keys, usage rows, how far the journals are ingested."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from narrowgate.adapters.store.tables import STEPS
from narrowgate.identity.keys import BudgetWindow, VirtualKey
from narrowgate.model.record import CallRecord

_BUSY_S = 5.0
_USAGE_COLUMNS = (
    "call_id, started_at_ms, key_id, operation, provider, model, upstream_model, is_stream, status, fault, "
    "input_text, cache_read, cache_write, input_audio, input_image, "
    "output_text, reasoning, output_audio, output_image, "
    "cost_usd_e9, is_estimated, duration_us, first_byte_us, overhead_us, attempts, request_bytes, response_bytes, "
    "client_address"
)
_INSERT_USAGE = (
    f"INSERT INTO usage ({_USAGE_COLUMNS}) VALUES ({', '.join('?' * 28)}) "  # noqa: S608 - constants
    "ON CONFLICT (call_id) DO NOTHING"
)
_KEY_COLUMNS = (
    "row, id, name, digest, hint, created_at_s, is_enabled, expires_at_s, models, providers, budget_usd_e9, "
    "budget_window, rpm"
)
_NAMES = msgspec.json.Decoder(tuple[str, ...])

Value = str | int | None


class StoreUnavailable(Exception):
    """The database cannot be used now; nothing of what was asked has happened."""


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


class Store:
    """One connection to the database at `path`; made and brought up to date when opened.

    Every method raises StoreUnavailable when the database is locked, full, broken or missing.
    """

    def __init__(self, path: Path, now_s: Callable[[], int]) -> None:
        self._path = path
        self._now_s = now_s
        with self._errors():
            self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._migrate()

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def data_version(self) -> int:
        """Return a number that changes when another connection has changed something."""
        with self._errors():
            return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    # -- virtual keys ------------------------------------------------------------------------------------

    def all_keys(self) -> tuple[VirtualKey, ...]:
        """Return all keys that are not revoked, oldest first."""
        with self._errors():
            rows = self._db.execute(
                f"SELECT {_KEY_COLUMNS} FROM virtual_keys WHERE revoked_at_s IS NULL ORDER BY row"  # noqa: S608
            )
            return tuple(_key(row) for row in rows)

    def key(self, key_id: str) -> VirtualKey | None:
        """Return one key that is not revoked."""
        return next((key for key in self.all_keys() if key.id == key_id), None)

    def create_key(self, key: VirtualKey) -> VirtualKey:
        """Store a new key (its `row` is ignored) and return it with its row.

        Raises:
            ValueError: a key with this text or id exists.
        """
        with self._errors(), self._transaction():
            try:
                cursor = self._db.execute(
                    "INSERT INTO virtual_keys (id, name, digest, hint, created_at_s, is_enabled, expires_at_s, models, "
                    "providers, budget_usd_e9, budget_window, rpm) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (key.id, key.name, key.digest, key.hint, key.created_at_s, *_settings(key)),
                )
            except sqlite3.IntegrityError:
                raise ValueError("a key with this text or id exists already") from None
            return msgspec.structs.replace(key, row=int(cursor.lastrowid or 0))

    def update_key(self, key: VirtualKey) -> None:
        """Store a key's changed name and settings."""
        with self._errors(), self._transaction():
            self._db.execute(
                "UPDATE virtual_keys SET name = ?, is_enabled = ?, expires_at_s = ?, models = ?, providers = ?, "
                "budget_usd_e9 = ?, budget_window = ?, rpm = ? WHERE id = ?",
                (key.name, *_settings(key), key.id),
            )

    def rotate_key(self, key_id: str, digest: str, hint: str) -> None:
        """Give a key another text; the old one is no longer accepted."""
        with self._errors(), self._transaction():
            self._db.execute("UPDATE virtual_keys SET digest = ?, hint = ? WHERE id = ?", (digest, hint, key_id))

    def revoke_key(self, key_id: str) -> None:
        """End a key for good; its row stays, so that usage rows can be explained."""
        with self._errors(), self._transaction():
            self._db.execute(
                "UPDATE virtual_keys SET is_enabled = 0, revoked_at_s = ? WHERE id = ?", (self._now_s(), key_id)
            )

    def knows_digest(self, digest: str) -> bool:
        """Whether a key with this digest exists, revoked or not."""
        with self._errors():
            found = self._db.execute("SELECT 1 FROM virtual_keys WHERE digest = ?", (digest,)).fetchone()
        return found is not None

    # -- usage -------------------------------------------------------------------------------------------

    def ingest(self, segment: str, from_offset: int, to_offset: int, records: Sequence[CallRecord]) -> int:
        """Store records and how far `segment` is read, all or nothing; return how many were new.

        Nothing is stored unless the segment is read up to exactly `from_offset`: whoever asks
        twice, or two who ask for the same, store it once.
        """
        with self._errors(), self._transaction():
            if self.offset(segment) != from_offset:
                return 0
            before = self._db.total_changes
            self._db.executemany(_INSERT_USAGE, [_usage_row(record) for record in records])
            new = self._db.total_changes - before
            self._db.execute(
                "INSERT INTO ingest (segment, offset) VALUES (?, ?) "
                "ON CONFLICT (segment) DO UPDATE SET offset = excluded.offset",
                (segment, to_offset),
            )
        return new

    def offset(self, segment: str) -> int:
        """Return how far `segment` is ingested."""
        with self._errors():
            row = self._db.execute("SELECT offset FROM ingest WHERE segment = ?", (segment,)).fetchone()
        return int(row[0]) if row is not None else 0

    def segments(self) -> list[str]:
        """Return the segments that something is known of."""
        with self._errors():
            return [str(row[0]) for row in self._db.execute("SELECT segment FROM ingest")]

    def forget_segment(self, segment: str) -> None:
        """Forget a segment whose file is gone."""
        with self._errors(), self._transaction():
            self._db.execute("DELETE FROM ingest WHERE segment = ?", (segment,))

    def spend(self, since_ms: int) -> dict[str, int]:
        """Return the known cost per key id of calls begun at `since_ms` or later, in 1e-9 USD."""
        with self._errors():
            rows = self._db.execute(
                "SELECT key_id, SUM(cost_usd_e9) FROM usage WHERE started_at_ms >= ? AND cost_usd_e9 IS NOT NULL "
                "GROUP BY key_id",
                (since_ms,),
            )
            return {str(key_id): int(total) for key_id, total in rows}

    def usage_rows(self, wanted: Filter, limit: int) -> list[CallRecord]:
        """Return the newest rows that fit, newest first."""
        conditions, values = _conditions(wanted)
        with self._errors():
            rows = self._db.execute(
                f"SELECT {_USAGE_COLUMNS} FROM usage {conditions} "  # noqa: S608 - built from constants
                "ORDER BY started_at_ms DESC, call_id DESC LIMIT ?",
                (*values, limit),
            )
            return [_record(row) for row in rows]

    def summary(self, wanted: Filter, by: str) -> list[tuple[str, int, int, int, int, int]]:
        """Return (name, calls, input tokens, output tokens, cost in 1e-9 USD, calls of unknown cost) by `by`.

        `by` is key_id, model or provider.
        """
        if by not in {"key_id", "model", "provider"}:
            raise ValueError(f"'{by}' is not one of key_id, model, provider")
        conditions, values = _conditions(wanted)
        with self._errors():
            rows = self._db.execute(
                f"SELECT {by}, COUNT(*), "  # noqa: S608 - one of three constants
                "COALESCE(SUM(input_text + cache_read + cache_write + input_audio + input_image), 0), "
                "COALESCE(SUM(output_text + reasoning + output_audio + output_image), 0), "
                "COALESCE(SUM(cost_usd_e9), 0), SUM(cost_usd_e9 IS NULL AND fault = '') "
                f"FROM usage {conditions} GROUP BY {by} ORDER BY 5 DESC",
                values,
            )
            return [(str(r[0]), int(r[1]), int(r[2]), int(r[3]), int(r[4]), int(r[5])) for r in rows]

    def delete_usage(self, before_ms: int, limit: int) -> int:
        """Delete at most `limit` rows older than `before_ms`; return how many."""
        with self._errors(), self._transaction():
            return self._db.execute(
                "DELETE FROM usage WHERE call_id IN "
                "(SELECT call_id FROM usage WHERE started_at_ms < ? ORDER BY started_at_ms LIMIT ?)",
                (before_ms, limit),
            ).rowcount

    def used_bytes(self) -> int:
        """Return how many bytes of the database file are in use."""
        with self._errors():
            pages, free, size = (
                int(self._db.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("page_count", "freelist_count", "page_size")
            )
        return (pages - free) * size

    # -- meta --------------------------------------------------------------------------------------------

    def meta(self, name: str) -> str | None:
        """Return a remembered value."""
        with self._errors():
            row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row is not None else None

    def set_meta(self, name: str, value: str) -> None:
        """Remember a value."""
        with self._errors(), self._transaction():
            self._db.execute(
                "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, value),
            )

    def next_writer_number(self) -> int:
        """Return a number no journal writer has had before."""
        with self._errors(), self._transaction():
            row = self._db.execute("SELECT value FROM meta WHERE name = 'writer'").fetchone()
            number = int(row[0]) + 1 if row is not None else 1
            self._db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('writer', ?)", (str(number),))
        return number

    # -- plumbing ----------------------------------------------------------------------------------------

    def _migrate(self) -> None:
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version > len(STEPS):
            raise StoreUnavailable(f"'{self._path}' was made by a newer version of narrowgate; use that one")
        for number, step in enumerate(STEPS[version:], version + 1):
            self._db.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, sqlite3.DatabaseError, OSError) as error:
            raise StoreUnavailable(
                f"the database '{self._path}' cannot be used: {error}; check disk and rights"
            ) from None


def _settings(key: VirtualKey) -> tuple[Value, ...]:
    return (
        int(key.is_enabled),
        key.expires_at_s,
        msgspec.json.encode(key.models).decode(),
        msgspec.json.encode(key.providers).decode(),
        key.budget_usd_e9,
        key.budget_window.value,
        key.rpm,
    )


def _key(row: tuple[object, ...]) -> VirtualKey:
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
    )


def _usage_row(record: CallRecord) -> tuple[object, ...]:
    fields = msgspec.structs.astuple(record)
    usage = msgspec.structs.astuple(record.usage) if record.usage is not None else (None,) * 9
    return (*fields[:10], *usage, *fields[11:])


def _record(row: tuple[object, ...]) -> CallRecord:
    counts = row[10:19]
    usage = None if counts[0] is None else list(counts)
    fields = [*row[:7], bool(row[7]), *row[8:10], usage, row[19], bool(row[20]), *row[21:]]
    return msgspec.convert(fields, CallRecord)


def _conditions(wanted: Filter) -> tuple[str, tuple[Value, ...]]:
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
