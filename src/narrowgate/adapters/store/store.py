"""The database of one gateway: virtual keys, usage rows, how far the journals are ingested."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from narrowgate.adapters.store.rows import (
    INSERT_USAGE,
    KEY_COLUMNS,
    USAGE_COLUMNS,
    Filter,
    key_of,
    record_of,
    settings_of,
    usage_row,
    where_of,
)
from narrowgate.adapters.store.tables import STEPS
from narrowgate.identity.keys import VirtualKey
from narrowgate.model.record import CallRecord

_BUSY_S = 5.0
_DAY_MS = 86_400_000


class StoreUnavailable(Exception):
    """The database cannot be used now; nothing of what was asked has happened."""


class Store:
    """One connection to the database at `path`; made and brought up to date when opened.

    Every method raises StoreUnavailable when the database is locked, full, broken or missing.
    """

    def __init__(self, path: Path, now_s: Callable[[], int]) -> None:
        self._path = path
        self._now_s = now_s
        with self._errors():
            # Its owner's alone from the first moment on; SQLite gives its other files the same rights.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            path.chmod(0o600)
            self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        try:
            with self._errors():
                self._db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # heard by a new database only
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
                self._db.execute("PRAGMA foreign_keys = ON")
                # Sealed processes have no folder for temporary files.
                self._db.execute("PRAGMA temp_store = MEMORY")
                self._migrate()
        except StoreUnavailable:
            self._db.close()
            raise

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
                f"SELECT {KEY_COLUMNS} FROM virtual_keys WHERE revoked_at_s IS NULL ORDER BY row"  # noqa: S608
            )
            return tuple(key_of(row) for row in rows)

    def key(self, key_id: str) -> VirtualKey | None:
        """Return one key that is not revoked."""
        with self._errors():
            row = self._db.execute(
                f"SELECT {KEY_COLUMNS} FROM virtual_keys WHERE id = ? AND revoked_at_s IS NULL",  # noqa: S608
                (key_id,),
            ).fetchone()
        return None if row is None else key_of(row)

    def create_key(self, key: VirtualKey) -> VirtualKey:
        """Store a new key (its `row` is ignored) and return it with its row.

        Raises:
            ValueError: a key with this text or id exists.
        """
        with self._errors(), self._transaction():
            try:
                cursor = self._db.execute(
                    "INSERT INTO virtual_keys (id, digest, hint, created_at_s, name, is_enabled, expires_at_s, models, "
                    "providers, budget_usd_e9, budget_window, rpm) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (key.id, key.digest, key.hint, key.created_at_s, *settings_of(key)),
                )
            except sqlite3.IntegrityError:
                raise ValueError("a key with this text or id exists already") from None
            return msgspec.structs.replace(key, row=int(cursor.lastrowid or 0))

    def change_key(self, key_id: str, change: Callable[[VirtualKey], VirtualKey]) -> VirtualKey | None:
        """Store what `change` makes of a key's name and settings; None when there is no such key.

        Nobody else changes the key in between: two who change different settings both succeed.
        What `change` raises comes through, and the key stays as it was.
        """
        with self._errors(), self._transaction():
            key = self.key(key_id)
            if key is None:
                return None
            changed = change(key)
            self._db.execute(
                "UPDATE virtual_keys SET name = ?, is_enabled = ?, expires_at_s = ?, models = ?, providers = ?, "
                "budget_usd_e9 = ?, budget_window = ?, rpm = ? WHERE id = ?",
                (*settings_of(changed), key_id),
            )
        return changed

    def rotate_key(self, key_id: str, digest: str, hint: str) -> VirtualKey | None:
        """Give a key another text, the old one is no longer accepted; None when there is no such key."""
        with self._errors(), self._transaction():
            self._db.execute(
                "UPDATE virtual_keys SET digest = ?, hint = ? WHERE id = ? AND revoked_at_s IS NULL",
                (digest, hint, key_id),
            )
            return self.key(key_id)

    def revoke_key(self, key_id: str) -> bool:
        """End a key for good; False when there is no such key. Its row stays, to explain usage rows."""
        with self._errors(), self._transaction():
            changed = self._db.execute(
                "UPDATE virtual_keys SET is_enabled = 0, revoked_at_s = ? WHERE id = ? AND revoked_at_s IS NULL",
                (self._now_s(), key_id),
            ).rowcount
        return changed > 0

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
            fresh = self._insert(records)
            self._add_spend(fresh)
            self._add_receipts(fresh)
            self._db.execute(
                "INSERT INTO ingest (segment, offset) VALUES (?, ?) "
                "ON CONFLICT (segment) DO UPDATE SET offset = excluded.offset",
                (segment, to_offset),
            )
        return len(fresh)

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
        """Return what all calls of each key id counted for since a day's begin (UTC), in 1e-9 USD.

        Calls count that retention has deleted since. Budgets begin with a day; `since_ms` within
        one counts the whole of it.
        """
        with self._errors():
            rows = self._db.execute(
                "SELECT key_id, SUM(usd_e9) FROM spend WHERE day >= ? GROUP BY key_id", (since_ms // _DAY_MS,)
            )
            return {str(key_id): int(total) for key_id, total in rows}

    def usage_rows(self, wanted: Filter, limit: int) -> list[CallRecord]:
        """Return the newest rows that fit, newest first."""
        where, values = where_of(wanted)
        with self._errors():
            rows = self._db.execute(
                f"SELECT {USAGE_COLUMNS} FROM usage {where} "  # noqa: S608 - built from constants
                "ORDER BY started_at_ms DESC, call_id DESC LIMIT ?",
                (*values, limit),
            )
            return [record_of(row) for row in rows]

    def summary(self, wanted: Filter, by: str) -> list[tuple[str, int, int, int, int, int]]:
        """Return (name, calls, input tokens, output tokens, cost in 1e-9 USD, calls of unknown cost) by `by`.

        `by` is key_id, model or provider.
        """
        if by not in {"key_id", "model", "provider"}:
            raise ValueError(f"'{by}' is not one of key_id, model, provider")
        where, values = where_of(wanted)
        with self._errors():
            rows = self._db.execute(
                f"SELECT {by}, COUNT(*), "  # noqa: S608 - one of three constants
                "COALESCE(SUM(input_text + cache_read + cache_write + input_audio + input_image), 0), "
                "COALESCE(SUM(output_text + reasoning + output_audio + output_image), 0), "
                "COALESCE(SUM(cost_usd_e9), 0), SUM(cost_usd_e9 IS NULL AND fault = '') "
                f"FROM usage {where} GROUP BY {by} ORDER BY 5 DESC",
                values,
            )
            return [(str(r[0]), int(r[1]), int(r[2]), int(r[3]), int(r[4]), int(r[5])) for r in rows]

    def receipt(self, call_id: str) -> str:
        """Return the JSON that tells where a call went, "" when it had no choice or is not known."""
        with self._errors():
            row = self._db.execute("SELECT receipt FROM receipts WHERE call_id = ?", (call_id,)).fetchone()
        return str(row[0]) if row is not None else ""

    def delete_usage(self, before_ms: int, limit: int) -> int:
        """Delete at most `limit` rows older than `before_ms`; return how many."""
        oldest = "(SELECT call_id FROM usage WHERE started_at_ms < ? ORDER BY started_at_ms LIMIT ?)"
        with self._errors(), self._transaction():
            self._db.execute(f"DELETE FROM receipts WHERE call_id IN {oldest}", (before_ms, limit))  # noqa: S608 - constant
            return self._db.execute(
                f"DELETE FROM usage WHERE call_id IN {oldest}",  # noqa: S608 - constant
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

    def give_back(self, pages: int) -> None:
        """Give at most `pages` unused pages of the file back to the disk."""
        with self._errors():
            # As a script: `execute` takes the first step only, a page.
            self._db.executescript(f"PRAGMA incremental_vacuum({pages:d})")

    def unused_pages(self) -> int:
        """Return how many pages of the database file hold nothing."""
        with self._errors():
            return int(self._db.execute("PRAGMA freelist_count").fetchone()[0])

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

    def _insert(self, records: Sequence[CallRecord]) -> Sequence[CallRecord]:
        """Insert records; return those that were not there yet. Nearly always that is all of them."""
        self._db.execute("SAVEPOINT batch")
        if self._db.executemany(INSERT_USAGE, map(usage_row, records)).rowcount == len(records):
            return records
        self._db.execute("ROLLBACK TO batch")
        return [record for record in records if self._db.execute(INSERT_USAGE, usage_row(record)).rowcount]

    def _add_receipts(self, records: Sequence[CallRecord]) -> None:
        told = [(record.call_id, record.receipt) for record in records if record.receipt]
        if told:
            self._db.executemany("INSERT OR IGNORE INTO receipts VALUES (?, ?)", told)

    def _add_spend(self, records: Sequence[CallRecord]) -> None:
        sums: dict[tuple[str, int], int] = {}
        for record in records:
            # What a budget counted, or would have counted had the key had one then.
            amount = record.counted_usd_e9 or record.cost_usd_e9
            if amount:
                place = (record.key_id, record.started_at_ms // _DAY_MS)
                sums[place] = sums.get(place, 0) + amount
        self._db.executemany(
            "INSERT INTO spend (key_id, day, usd_e9) VALUES (?, ?, ?) "
            "ON CONFLICT (key_id, day) DO UPDATE SET usd_e9 = usd_e9 + excluded.usd_e9",
            [(key_id, day, total) for (key_id, day), total in sums.items()],
        )

    def _migrate(self) -> None:
        if self._version() == len(STEPS):
            return
        with self._transaction():
            version = self._version()  # again: another process may have been faster
            if version > len(STEPS):
                raise StoreUnavailable(f"'{self._path}' was made by a newer version of narrowgate; use that one")
            for statement in ";".join(STEPS[version:]).split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {len(STEPS)}")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            # A full disk may have undone it already; a commit that failed has not.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(
                f"the database '{self._path}' cannot be used: {error}; check disk and rights"
            ) from None
