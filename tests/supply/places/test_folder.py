"""Files are read from an environment and from nowhere else."""

import os
from pathlib import Path

import pytest

from narrowgate.supply.contents import UnreadableError
from narrowgate.supply.places.folder import Folder, files_below


def test_a_file_is_read_also_beside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "tool").write_bytes(b"x")
    folder = Folder(tmp_path / "site", ["../tool", "../tool"], tmp_path)
    assert folder.paths() == ("../tool",)
    assert folder.read("../tool") == b"x"


def test_what_lies_outside_is_not_read(tmp_path: Path) -> None:
    site = tmp_path / "env" / "site"
    site.mkdir(parents=True)
    (tmp_path / "secret").write_bytes(b"x")
    (site / "link").symlink_to(tmp_path / "secret")
    for path in ("link", "../../secret", str(tmp_path / "secret")):
        with pytest.raises(UnreadableError, match="outside"):
            Folder(site, [], tmp_path / "env").read(path)


def test_a_pipe_or_folder_in_the_place_of_a_file_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for path in ("pipe", "folder"):
        with pytest.raises(UnreadableError):
            Folder(tmp_path, [], tmp_path).read(path)
    with pytest.raises(UnreadableError, match="FileNotFoundError"):
        Folder(tmp_path, [], tmp_path).read("gone")


def test_files_are_listed_relative_to_the_root(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.py").touch()
    (tmp_path / "a" / "d.py").touch()
    assert sorted(files_below(tmp_path / "a", tmp_path)) == ["a/b/c.py", "a/d.py"]
    assert sorted(files_below(tmp_path, tmp_path)) == ["a/b/c.py", "a/d.py"]
