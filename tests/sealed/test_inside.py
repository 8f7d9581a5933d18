import os
from collections.abc import Mapping

import pytest

from narrowgate.sealed.inside import Resources, in_memory, is_unchangeable


class Held:
    entries: Mapping[str, object] = {"a/b/c.json": 1, "a/d.txt": 1}

    def read(self, name: str) -> bytes:
        return f"text of {name}".encode()


def test_memory_cannot_be_changed_any_more() -> None:
    fd = in_memory("t", b"x" * 100)
    assert is_unchangeable(fd)
    with pytest.raises(PermissionError):
        os.pwrite(fd, b"y", 0)
    assert not is_unchangeable(os.memfd_create("other"))
    assert not is_unchangeable(0)
    os.close(fd)


def test_data_files_are_found_below_their_package() -> None:
    place = Resources(Held(), "a/").files()
    assert [one.name for one in place.iterdir()] == ["b", "d.txt"]
    assert (place / "b").is_dir()
    file = place.joinpath("b", "c.json")
    assert file.is_file()
    assert file.read_text() == "text of a/b/c.json"
    assert file.open("rb").read() == b"text of a/b/c.json"
    with pytest.raises(FileNotFoundError):
        place.joinpath("none").read_bytes()
