import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.adapters.journal.segments import open_segment, segment_name
from narrowgate.adapters.store.store import Filter, Store
from narrowgate.model.record import ENCODER
from narrowgate.recorder.ingest import Ingest
from tests.adapters.store.test_store import record


class Place:
    """A journal directory with writers, and a recorder that can die at any time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "journal").mkdir()
        self.said: list[str] = []
        self.writers: dict[int, int] = {}
        self.count = 0
        self.restart()

    def restart(self) -> None:
        self.store = Store(self.folder / "db", lambda: 0)
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

    def finish(self) -> list[str]:
        for writer in list(self.writers):
            self.close(writer)
        while any((progress := self.ingest.step()).__struct_fields__) and (
            progress.records or progress.segments_finished
        ):
            continue
        return sorted(row.call_id for row in self.store.usage_rows(Filter(), 1_000))


STEPS = st.lists(st.tuples(st.sampled_from(["append", "append", "step", "crash", "close", "half"]), st.integers(0, 2)))


@given(STEPS)
def test_every_record_is_ingested_exactly_once_whatever_dies(steps: list[tuple[str, int]]) -> None:
    import tempfile  # noqa: PLC0415 - a fresh folder for each example

    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        for step, writer in steps:
            if step == "append":
                place.append(writer)
            elif step == "close":
                place.close(writer)
            elif step == "step":
                place.ingest.step()
            elif step == "crash":
                place.restart()
            else:  # the recorder dies between the rows and the deletion of the segment
                place.ingest._offsets.clear()
        assert place.finish() == [record(n).call_id for n in range(place.count)]
        assert list((Path(folder) / "journal").iterdir()) == []
        assert place.store.segments() == []


def test_half_a_line_waits_for_its_writer_and_is_told_when_it_died(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.append(1)
    os.write(place.writers[1], b"[half")
    place.ingest.step()
    place.ingest.step()
    assert (tmp_path / "journal" / segment_name(1, 1)).exists()
    assert not place.said
    assert place.finish() == ["c0000"]
    assert "half a record" in place.said[0]


def test_rows_of_files_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.append(1)
    place.ingest.step()
    (tmp_path / "journal" / segment_name(1, 1)).unlink()
    place.restart()
    place.ingest.step()
    assert place.store.segments() == []
