from pathlib import Path

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrowgate.adapters.journal.reader import read_batch
from narrowgate.model.record import ENCODER, CallRecord
from narrowgate.model.usage import Usage
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


def test_what_no_database_can_hold_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / "s"
    most = msgspec.structs.replace(record(1), cost_usd_e9=(1 << 63) - 1)
    records = [most, msgspec.structs.replace(most, cost_usd_e9=1 << 63)]
    usage = msgspec.structs.replace(Usage(), output_image=1 << 63)
    records.append(msgspec.structs.replace(most, usage=usage))
    lines = [ENCODER.encode(one) + b"\n" for one in records]
    path.write_bytes(b"".join(lines))
    batch = read_batch(path, 0)
    assert batch.records == (most,)
    assert batch.bad_lines == (len(lines[0]), len(lines[0]) + len(lines[1]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_junk_is_told_by_the_line_and_hides_nothing_behind_it(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "s"
    path.write_bytes(junk + b"\n" + LINES[0])
    batch = read_batch(path, 0)
    assert batch.records == (record(0),)
    assert len(batch.bad_lines) == junk.count(b"\n") + 1
    assert batch.next_offset == len(junk) + 1 + len(LINES[0])


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
