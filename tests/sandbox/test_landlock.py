"""Landlock's rules say what is written in them, for every version of it."""

import os
import struct
from pathlib import Path

import pytest

from narrowgate.sandbox import kernel, landlock
from narrowgate.sandbox.landlock import Openings, restrict
from narrowgate.sandbox.limits import give_up_privileges
from tests.sandbox.forked import in_child

HAS_IT = pytest.mark.skipif(not kernel.landlock_version(), reason="this kernel has no Landlock")


@HAS_IT
def test_only_what_is_listed_can_be_opened(tmp_path: Path) -> None:
    listed, other = tmp_path / "listed", tmp_path / "other"
    for folder in (listed, other):
        folder.mkdir()
        (folder / "file").write_text("x")

    def act() -> object:
        give_up_privileges()
        version = restrict(Openings(read=(str(listed),)))
        found = [version == kernel.landlock_version(), os.access(listed / "file", os.R_OK)]
        for path, mode in ((listed, "r"), (listed, "w"), (other, "r")):
            try:
                (path / "file").open(mode).close()
            except PermissionError:
                found.append(False)
            else:
                found.append(True)
        return found

    assert in_child(act) == "[True, True, True, False, False]"


def test_a_kernel_without_it_restricts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "landlock_version", lambda: 0)
    assert restrict(Openings()) == 0


@pytest.mark.parametrize(("version", "size"), [(1, 8), (3, 8), (4, 16), (5, 16), (6, 24), (9, 24)])
def test_a_ruleset_names_only_what_the_version_knows(monkeypatch: pytest.MonkeyPatch, version: int, size: int) -> None:
    told: list[tuple[int, ...]] = []

    def call(name: str, *arguments: int) -> int:
        told.append(arguments)
        return os.open(os.devnull, os.O_RDONLY)

    monkeypatch.setattr(kernel, "landlock_version", lambda: version)
    monkeypatch.setattr(kernel, "call", call)
    assert restrict(Openings(connect_ports=frozenset({443}))) == version
    assert told[0][1] == size
    has_port_rule = any(len(arguments) == 4 for arguments in told[1:])
    assert has_port_rule is (version >= 4)


def test_a_file_is_given_no_rights_of_folders(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("")
    ((kind, rule),) = landlock._path_rules([str(file), str(tmp_path / "missing")], landlock._WRITING)
    rights, _ = struct.unpack("=Qi", rule)
    assert (kind, rights & landlock._READ_DIR, rights & landlock._MAKE_REG) == (1, 0, 0)
    assert rights & landlock._READ_FILE
