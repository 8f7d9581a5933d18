"""Bring the edges' journals into the database, every record exactly once."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from narrowgate.adapters.journal.reader import read_batch
from narrowgate.adapters.journal.segments import has_writer, list_segments
from narrowgate.adapters.store.store import Store


class Progress(msgspec.Struct, frozen=True):
    """What one step did."""

    records: int
    segments_finished: int


class Ingest:
    """Follows the segments in `directory`. A step that fails has changed nothing and can be repeated."""

    def __init__(self, store: Store, directory: Path, complain: Callable[[str], None]) -> None:
        self._store = store
        self._directory = directory
        self._complain = complain
        self._offsets: dict[str, int] = {}
        self._unreadable: set[str] = set()
        self._has_forgotten = False

    def step(self) -> Progress:
        """Ingest what is there now, one batch of each segment.

        Raises:
            StoreUnavailable: the database cannot be used; the journals wait.
        """
        if not self._has_forgotten:
            self._forget_missing()
        records = finished = 0
        for path in list_segments(self._directory):
            try:
                # Asked before reading: what a writer appends after this is seen by the next step.
                is_live = has_writer(path)
                count, is_finished = self._advance(path, is_live=is_live)
            except OSError as error:
                self._pass_over(path, error)
                continue
            records += count
            finished += is_finished
        return Progress(records, finished)

    def _advance(self, path: Path, *, is_live: bool) -> tuple[int, bool]:
        name = path.name
        offset = self._offsets.get(name)
        if offset is None:
            offset = self._offsets[name] = self._store.offset(name)
        batch = read_batch(path, offset)
        if batch.next_offset > offset:
            self._store.ingest(name, offset, batch.next_offset, batch.records)
            self._offsets[name] = self._store.offset(name)
            for at in batch.bad_lines:
                self._complain(f"{name}: the line at byte {at} is no record; it is passed over")
            return max(len(batch.records), 1), False
        if is_live:
            return 0, False
        if batch.rest_bytes:
            self._complain(f"{name}: the last {batch.rest_bytes} bytes are half a record; its writer died writing it")
        # The file first: if we die in between, the next start forgets its row. The other way
        # round, it would be ingested a second time.
        path.unlink(missing_ok=True)
        self._store.forget_segment(name)
        self._offsets.pop(name, None)
        return 0, True

    def _pass_over(self, path: Path, error: OSError) -> None:
        """Leave one segment for later, and say so once: the others are not to wait for it."""
        if path.name not in self._unreadable:
            self._unreadable.add(path.name)
            reason = (error.strerror or str(error)).lower()
            self._complain(f"{path.name}: cannot be read or deleted ({reason}); its records wait, check its rights")

    def _forget_missing(self) -> None:
        present = {path.name for path in list_segments(self._directory)}
        for name in self._store.segments():
            if name not in present:
                self._store.forget_segment(name)
        self._has_forgotten = True
