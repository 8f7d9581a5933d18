"""Read records back from a journal segment, whole lines only."""

from pathlib import Path

import msgspec

from narrowgate.model.record import DECODER, CallRecord

_READ_BYTES = 1 << 20


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
    for line in data[:end].splitlines(keepends=True):
        try:
            records.append(DECODER.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            bad.append(at)
        at += len(line)
    return Batch(tuple(records), offset + end, tuple(bad), len(data) - end)
