import os
from pathlib import Path

import pytest

from narrowgate.adapters.journal.segments import has_writer, list_segments, open_segment, segment_name


def test_a_segment_has_a_writer_until_its_last_holder_is_gone(tmp_path: Path) -> None:
    fd = open_segment(tmp_path, 1, 1)
    copy = os.dup(fd)
    path = tmp_path / segment_name(1, 1)
    os.close(fd)
    assert has_writer(path)
    os.close(copy)
    assert not has_writer(path)


def test_a_segment_is_never_opened_twice(tmp_path: Path) -> None:
    os.close(open_segment(tmp_path, 1, 1))
    with pytest.raises(FileExistsError):
        open_segment(tmp_path, 1, 1)


def test_segments_are_listed_in_order_and_nothing_else_is(tmp_path: Path) -> None:
    for writer, sequence in ((2, 1), (1, 2), (1, 1)):
        os.close(open_segment(tmp_path, writer, sequence))
    (tmp_path / "other").write_text("")
    assert [path.name for path in list_segments(tmp_path)] == [
        segment_name(1, 1),
        segment_name(1, 2),
        segment_name(2, 1),
    ]
    assert list_segments(tmp_path / "nowhere") == []
