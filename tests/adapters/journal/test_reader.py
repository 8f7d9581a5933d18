from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrowgate.adapters.journal.reader import read_batch
from narrowgate.model.record import ENCODER, CallRecord
from tests.adapters.store.test_store import record

LINES = [ENCODER.encode(record(n)) + b"\n" for n in range(5)]


def test_only_whole_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_bytes(LINES[0] + LINES[1] + LINES[2][:-5])
    batch = read_batch(path, 0)
    assert batch.records == (record(0), record(1))
    assert batch.next_offset == len(LINES[0] + LINES[1])
    assert batch.rest_bytes == len(LINES[2]) - 5
    path.write_bytes(b"".join(LINES))
    assert read_batch(path, batch.next_offset).records == (record(2), record(3), record(4))


def test_a_bad_line_is_passed_over_and_told(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_bytes(LINES[0] + b"\xff garbage\n" + LINES[1])
    batch = read_batch(path, 0)
    assert batch.records == (record(0), record(1))
    assert batch.bad_lines == (len(LINES[0]),)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(min_value=1, max_value=2000))
def test_any_limit_reads_everything_once(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "s"
    path.write_bytes(b"".join(LINES))
    found: list[CallRecord] = []
    offset = 0
    while True:
        batch = read_batch(path, offset, limit)
        if batch.next_offset == offset:
            break
        found += batch.records
        offset = batch.next_offset
    assert found == [record(n) for n in range(5)]
