"""Read records back from a journal segment, whole lines only."""

from pathlib import Path

import msgspec

from narrowgate.model.record import DECODER, CallRecord

_READ_BYTES = 1 << 19  # some 2,000 records: one short transaction


class Batch(msgspec.Struct, frozen=True):
    """What stood between an offset and `next_offset`. `bad_lines` are offsets of lines that are no record.

    `rest_bytes` are the bytes behind the last whole line that were seen.
    """

    records: tuple[CallRecord, ...]
    next_offset: int
    bad_lines: tuple[int, ...]
    rest_bytes: int


def read_batch(path: Path, offset: int, limit_bytes: int = _READ_BYTES) -> Batch:
    """Return the records of whole lines from `offset` on, about `limit_bytes` of them.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(limit_bytes)
        if len(data) == limit_bytes and b"\n" not in data:
            data += file.readline()
    end = data.rfind(b"\n") + 1
    records: list[CallRecord] = []
    bad: list[int] = []
    at = offset
    for line in data[:end].split(b"\n")[:-1]:
        record = _record(line)
        if record is None:
            bad.append(at)
        else:
            records.append(record)
        at += len(line) + 1
    return Batch(tuple(records), offset + end, tuple(bad), len(data) - end)


def _record(line: bytes) -> CallRecord | None:
    """Return the record in a line, None when it is none, or one that no database could take."""
    try:
        return DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
