"""An inventory is taken of an environment, a lock, an archive, or a folder of archives."""

import gc
from pathlib import Path

import pytest

from narrowgate.supply.distribution import Form
from narrowgate.supply.findings import Reach, Weight
from narrowgate.supply.places.inventory import CannotLookError, take_inventory
from narrowgate.supply.places.wheels import sha256_of
from tests.supply.parts import environment, install, silent, wheel


def test_a_folder_of_wheels_is_told_with_who_pulls_in_what(tmp_path: Path) -> None:
    wheel(tmp_path, "a", "1.0", {"a.py": ""}, ["b"])
    file = wheel(tmp_path, "b", "1.0", {"b.py": "exec(x)"})
    found = take_inventory(str(tmp_path), None, silent)
    assert [(one.name, one.wanted_by) for one in found.distributions] == [("a", ()), ("b", ("a",))]
    (one,) = take_inventory(str(file), None, silent).distributions
    assert one.reach == {Reach.DYNAMIC}


def test_an_environment_is_told_and_progress_is_heard(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site, "a", "1.0", {"a.py": ""})
    heard: list[tuple[int, int, str]] = []
    found = take_inventory(str(tmp_path), None, lambda *words: heard.append(words))
    assert (found.python, [one.name for one in found.distributions]) == ("3.12", ["a"])
    assert heard == [(0, 1, "a-1.0.dist-info"), (1, 1, "files of no distribution")]
    assert gc.isenabled()


def lock(folder: Path, *entries: str) -> str:
    (folder / "x.lock").write_text("\n".join(entries) + "\n")
    return str(folder / "x.lock")


def test_a_lock_is_told_with_the_archives_that_it_names(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    file = wheel(wheels, "a", "1.0", {"a.py": "exec(x)"})
    wheel(wheels, "a", "2.0", {"a.py": ""})
    place = lock(tmp_path, f"a==1.0 --hash=sha256:{sha256_of(file)}", "    # via z", "-r more.txt")
    found = take_inventory(place, str(wheels), silent)
    (one,) = found.distributions
    assert (one.version, one.form, one.wanted_by, one.locked) == ("1.0", Form.WHEEL, ("z",), (sha256_of(file),))
    assert {finding.weight for finding in one.findings} == {Weight.NOTE}
    assert found.notes == ("not followed: -r more.txt",)


def test_an_archive_that_the_lock_does_not_name_is_an_alarm_and_no_hash_a_warning(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel(wheels, "a", "1.0", {"a.py": ""})
    (one,) = take_inventory(lock(tmp_path, f"a==1.0 --hash=sha256:{'0' * 64}"), str(wheels), silent).distributions
    assert [(finding.what, finding.weight) for finding in one.findings] == [
        ("archive whose hash the lock does not name", Weight.ALARM)
    ]
    (one,) = take_inventory(lock(tmp_path, "a==1.0"), str(wheels), silent).distributions
    assert [finding.what for finding in one.findings] == ["locked without a hash, so that any bytes would do"]
    (one, _) = take_inventory(lock(tmp_path, "z==1", "a>=1"), str(wheels), silent).distributions
    assert [finding.what for finding in one.findings] == ["not pinned, so that any version would do"]


def test_a_lock_without_files_says_that_nothing_more_is_known(tmp_path: Path) -> None:
    place = lock(tmp_path, "no-such-thing==1.0", "msgspec==0.0.1", 'other==1 ; sys_platform == "none"')
    one, other = sorted(take_inventory(place, None, silent).distributions, key=lambda one: one.name)
    assert {one.form, other.form} == {Form.LOCKED}
    assert "is installed, which the lock does not name" in one.notes[0]
    assert other.notes == ("no files of it were at hand: what it reaches is not known",)


def test_a_lock_is_told_from_what_is_installed(tmp_path: Path) -> None:
    from importlib import metadata  # noqa: PLC0415 - the version under test is whichever is installed

    (one,) = take_inventory(lock(tmp_path, f"msgspec=={metadata.version('msgspec')}"), None, silent).distributions
    assert one.form is Form.INSTALLED
    assert one.reach == {Reach.NATIVE, Reach.UNRECORDED}


@pytest.mark.parametrize(
    ("place", "complaint"),
    [("gone", "does not exist"), ("empty", "holds no packages"), ("text", "pins nothing")],
)
def test_what_cannot_be_looked_at_is_refused(tmp_path: Path, place: str, complaint: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CannotLookError, match=complaint):
        take_inventory(str(tmp_path / place), None, silent)
    with pytest.raises(CannotLookError, match="no folder of wheels"):
        take_inventory(lock(tmp_path, "a==1"), str(tmp_path / "gone"), silent)
