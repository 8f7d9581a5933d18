"""Archives are read in place: wheels, source archives, and those that would rather not be."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from narrowgate.supply.contents import UnreadableError
from narrowgate.supply.distribution import Form
from narrowgate.supply.findings import Reach, Weight
from narrowgate.supply.places.wheels import (
    Archive,
    Loaded,
    archives_in,
    examine_archive,
    examine_archives,
    is_wheel,
    named,
    sha256_of,
)
from tests.supply.parts import wheel

MARKERS = {"extra": ""}


def source_archive(folder: Path, files: dict[str, str]) -> Path:
    file = folder / "p-1.0.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"p-1.0/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return file


def test_a_wheel_is_read_with_its_hash(tmp_path: Path) -> None:
    file = wheel(tmp_path, "p", "1.0", {"p.py": "exec(x)"}, ["q"])
    one = examine_archive(file, MARKERS)
    assert (one.name, one.version, one.form, one.archive_sha256) == ("p", "1.0", Form.WHEEL, sha256_of(file))
    assert one.reach == {Reach.DYNAMIC}
    assert [wish.name for wish in one.wishes] == ["q"]


def test_a_source_archive_is_read_with_its_build_hooks(tmp_path: Path) -> None:
    files = {
        "PKG-INFO": "Name: p\nVersion: 1.0\n",
        "setup.py": "import os\nos.system('x')\n",
        "pyproject.toml": "[build-system]\nbuild-backend = 'setuptools.build_meta'\n",
    }
    one = examine_archive(source_archive(tmp_path, files), MARKERS)
    assert one.form is Form.SDIST
    assert {finding.what for finding in one.findings if finding.reach is Reach.BUILD} == {
        "setup.py runs when it is installed",
        "built by setuptools.build_meta",
    }
    assert any(finding.at_import and finding.reach is Reach.PROCESS for finding in one.findings)


def test_names_that_lead_out_and_doubled_files_are_alarms(tmp_path: Path) -> None:
    file = wheel(tmp_path, "p", "1.0", {"p.py": ""})
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("../evil.py", "")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("p.py", "exec(x)")
    alarms = {one.what for one in examine_archive(file, MARKERS).findings if one.weight is Weight.ALARM}
    assert {"a name that leads out of the archive", "a file that is there twice"} <= alarms


@pytest.mark.parametrize("name", ["p-1.0-py3-none-any.whl", "p-1.0.tar.gz", "p-1.0.zip"])
def test_a_damaged_archive_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK junk")
    (one,) = examine_archives([tmp_path / name], MARKERS, lambda name: None)
    assert one.findings[0].weight is Weight.ALARM
    assert "cannot be read" in one.findings[0].what


def test_what_would_unpack_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * 1_000)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        archive.infolist()[0].file_size = 10**12
        with pytest.raises(UnreadableError, match="unpacks to"):
            Archive(archive).read("a")
        with pytest.raises(UnreadableError, match="no such file"):
            Archive(archive).read("b")


def test_archives_are_known_by_their_names(tmp_path: Path) -> None:
    for name in ("a-1-py3-none-any.whl", "b-2.0.tar.gz", "notes.txt", "c.tar.gz"):
        (tmp_path / name).touch()
    assert [file.name for file in archives_in(tmp_path)] == ["a-1-py3-none-any.whl", "b-2.0.tar.gz"]
    assert named(Path("Foo_Bar-1.0-1-cp311-cp311-manylinux_2_17_x86_64.whl")) == ("foo-bar", "1.0")
    assert named(Path("notes.txt")) == ("", "")
    assert is_wheel(Path("a-1-py3-none-any.whl"))


def test_what_was_loaded_is_there_and_nothing_else() -> None:
    loaded = Loaded({"b": b"2", "a": b"1"})
    assert loaded.paths() == ["a", "b"]
    with pytest.raises(UnreadableError):
        loaded.read("c")
