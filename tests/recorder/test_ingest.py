import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.adapters.journal.segments import open_segment, segment_name
from narrowgate.adapters.store.rows import Filter
from narrowgate.adapters.store.store import Store, StoreUnavailable
from narrowgate.model.record import ENCODER, CallRecord
from narrowgate.recorder.ingest import Ingest
from tests.adapters.store.test_store import record


class Died(Exception):
    """The recorder is no more."""


class MortalStore(Store):
    """A store whose process can be killed at one of the moments that matter."""

    dies = ""

    def ingest(self, segment: str, from_offset: int, to_offset: int, records: Sequence[CallRecord]) -> int:
        self._die_if("before the transaction")
        new = super().ingest(segment, from_offset, to_offset, records)
        self._die_if("after the transaction")
        return new

    def _add_spend(self, records: Sequence[CallRecord]) -> None:
        self._die_if("amid the transaction")
        super()._add_spend(records)

    def forget_segment(self, segment: str) -> None:
        self._die_if("between file and row")
        super().forget_segment(segment)

    def _die_if(self, moment: str) -> None:
        if self.dies == moment:
            # As the kernel does it: the connection goes without a word, its transaction with it.
            self.close()
            raise Died


MOMENTS = ["before the transaction", "amid the transaction", "after the transaction", "between file and row"]


class Place:
    """A journal directory with writers, and a recorder that can die at any time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "journal").mkdir()
        self.said: list[str] = []
        self.writers: dict[int, int] = {}
        self.count = 0
        self.store = MortalStore(self.folder / "db", lambda: 0)
        self.ingest = Ingest(self.store, self.folder / "journal", self.said.append)

    def restart(self) -> None:
        self.store.close()
        self.store = MortalStore(self.folder / "db", lambda: 0)
        self.ingest = Ingest(self.store, self.folder / "journal", self.said.append)

    def append(self, writer: int) -> None:
        if writer not in self.writers:
            self.writers[writer] = open_segment(self.folder / "journal", self.store.next_writer_number(), 1)
        os.write(self.writers[writer], ENCODER.encode(record(self.count)) + b"\n")
        self.count += 1

    def close(self, writer: int) -> None:
        fd = self.writers.pop(writer, None)
        if fd is not None:
            os.close(fd)

    def step_and_die(self, moment: str) -> None:
        self.store.dies = moment
        with suppress(Died, StoreUnavailable):
            self.ingest.step()
        self.restart()

    def finish(self) -> list[str]:
        for writer in list(self.writers):
            self.close(writer)
        while (progress := self.ingest.step()).records or progress.segments_finished:
            pass
        return sorted(row.call_id for row in self.store.usage_rows(Filter(), 1_000))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.store.close()


STEPS = st.lists(st.tuples(st.sampled_from(["append", "append", "close", "step", *MOMENTS]), st.integers(0, 2)))


@pytest.mark.slow
@given(STEPS)
def test_every_record_is_ingested_exactly_once_whatever_dies(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        for step, writer in steps:
            if step == "append":
                place.append(writer)
            elif step == "close":
                place.close(writer)
            elif step == "step":
                place.ingest.step()
            else:
                place.step_and_die(step)
        assert place.finish() == [record(n).call_id for n in range(place.count)]
        assert sum(place.store.spend(0).values()) == 5 * place.count
        assert list((Path(folder) / "journal").iterdir()) == []
        assert place.store.segments() == []
        place.store.close()


def test_a_database_that_is_away_changes_nothing_and_the_next_step_goes_on(tmp_path: Path, place: Place) -> None:
    place.append(1)
    place.close(1)
    place.ingest.step()
    place.append(2)
    (tmp_path / "journal" / segment_name(2, 1)).open("ab").write(b"junk\n")
    pages = place.store._db.execute("PRAGMA page_count").fetchone()[0]
    place.store._db.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(500):
        place.append(2)
    with pytest.raises(StoreUnavailable):
        place.ingest.step()
    assert not place.said
    place.store._db.execute("PRAGMA max_page_count = 1000000")
    assert len(place.finish()) == 502
    assert len(place.said) == 1


def test_a_segment_that_cannot_be_read_does_not_keep_the_others(tmp_path: Path, place: Place) -> None:
    (tmp_path / "journal" / segment_name(0, 1)).mkdir()
    place.append(1)
    place.ingest.step()
    assert place.finish() == ["c0000"]
    assert len(place.said) == 1
    assert "cannot be read" in place.said[0]


def test_half_a_line_waits_for_its_writer_and_is_told_when_it_died(tmp_path: Path, place: Place) -> None:
    place.append(1)
    os.write(place.writers[1], b"[half")
    place.ingest.step()
    place.ingest.step()
    assert (tmp_path / "journal" / segment_name(1, 1)).exists()
    assert not place.said
    assert place.finish() == ["c0000"]
    assert "half a record" in place.said[0]


def test_rows_of_files_that_are_gone_are_forgotten(tmp_path: Path, place: Place) -> None:
    place.append(1)
    place.ingest.step()
    (tmp_path / "journal" / segment_name(1, 1)).unlink()
    place.restart()
    place.ingest.step()
    assert place.store.segments() == []
