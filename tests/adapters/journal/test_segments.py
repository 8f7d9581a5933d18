import os
import subprocess
import sys
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


def test_a_segment_is_never_seen_without_its_writer(tmp_path: Path) -> None:
    """The recorder deletes what has no writer: a look between any two steps of opening must not find one."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from narrowgate.adapters.journal.segments import has_writer, list_segments, open_segment\n"
        "folder, looks = Path(sys.argv[1]), []\n"
        "def look(event, _):\n"
        "    if event in {'open', 'fcntl.flock', 'os.rename'} and not looks[-1:] == [None]:\n"
        "        looks.append(None)\n"
        "        found = [has_writer(path) for path in list_segments(folder)]\n"
        "        looks[-1] = found\n"
        "sys.addaudithook(look)\n"
        "open_segment(folder, 1, 1)\n"
        "open_segment(folder, 1, 2)\n"
        "print(len(looks), all(map(all, looks)), any(looks))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    looks, has_always_writers, is_any_listed = ran.stdout.split()
    assert int(looks) >= 6
    assert (has_always_writers, is_any_listed) == ("True", "True")


def test_a_segment_that_cannot_be_opened_leaves_nothing(tmp_path: Path) -> None:
    os.close(open_segment(tmp_path, 1, 1))
    with pytest.raises(FileExistsError):
        open_segment(tmp_path, 1, 1)
    assert [path.name for path in tmp_path.iterdir()] == [segment_name(1, 1)]


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
