"""An environment is read by what its installers recorded, and what nobody recorded is told."""

import json
from pathlib import Path

import pytest

from narrowgate.supply.distribution import Distribution, Form
from narrowgate.supply.findings import Reach, Weight
from narrowgate.supply.places.environment import (
    STRAY,
    NoEnvironmentError,
    examine_site,
    installed_names,
    markers_of,
    running_sites,
    sites_of,
)
from tests.supply.parts import environment, install


def looked_at(folder: Path) -> dict[str, Distribution]:
    (site,) = sites_of(folder)
    return {one.name: one for one in examine_site(site, lambda name: None)}


def test_an_environment_is_found_by_its_folder_its_python_and_its_packages(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site, "a", "1.0", {"a.py": ""})
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    (tmp_path / "lib64").symlink_to(tmp_path / "lib")
    for place in (tmp_path, tmp_path / "bin" / "python", site):
        (found,) = sites_of(place)
        assert (found.folder.resolve(), found.prefix, found.python) == (site, tmp_path, "3.12")
        assert installed_names(found) == ["a-1.0.dist-info"]


def test_what_is_no_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoEnvironmentError, match="holds no packages"):
        sites_of(tmp_path)


def test_files_belong_to_who_recorded_them_or_has_their_folder(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site, "a", "1.0", {"a/__init__.py": "", "shared/a.py": ""})
    install(site, "b", "1.0", {"b.py": "exec(x)", "shared/b.py": ""})
    (site / "a" / "added.py").write_text("import os\nos.system('x')\n")
    found = looked_at(tmp_path)
    assert {(one.what, one.file) for one in found["a"].findings if one.reach is Reach.UNRECORDED} == {
        ("file that RECORD does not name", "a/added.py")
    }
    assert Reach.PROCESS in found["a"].reach
    assert found["b"].reach == {Reach.DYNAMIC}


def test_what_nobody_owns_is_told_apart(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site, "a", "1.0", {"a.py": ""})
    (site / "evil.pth").write_text("import os; os.system('x')\n")
    (site / "loose").mkdir()
    (site / "loose" / "m.py").write_text("exec(x)")
    stray = looked_at(tmp_path)[STRAY]
    assert stray.form is Form.STRAY
    assert {one.file for one in stray.findings if one.what == "belongs to no distribution"} == {
        "evil.pth",
        "loose/m.py",
    }
    assert any(one.weight is Weight.ALARM and one.reach is Reach.STARTUP for one in stray.findings)


def test_where_it_came_from_is_told_without_secrets(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site, "a", "1.0", {"a.py": ""})
    url = {"url": "https://user:secret@host/a", "dir_info": {"editable": True}}
    (site / "a-1.0.dist-info" / "direct_url.json").write_text(json.dumps(url))
    assert looked_at(tmp_path)["a"].notes == ("editable, installed from https://host/a",)


def test_old_metadata_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    site = environment(tmp_path)
    (site / "old-1.0.egg-info").write_text("Name: Old_One\nVersion: 1.0\n")
    info = site / "top-2.0-py3.12.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Name: top\nVersion: 2.0\n")
    (info / "top_level.txt").write_text("top\n../x\n")
    (site / "top.py").write_text("exec(x)")
    found = looked_at(tmp_path)
    assert found["old-one"].version == "1.0"
    assert found["top"].version == "2.0"
    assert found["top"].reach == {Reach.DYNAMIC}
    assert STRAY not in found


def test_only_those_that_are_wanted_are_read(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site, "a", "1.0", {"a.py": ""})
    install(site, "b", "1.0", {"b.py": ""})
    (found,) = sites_of(tmp_path)
    heard: list[str] = []
    assert [one.name for one in examine_site(found, heard.append, {"b"})] == ["b"]
    assert heard == ["b-1.0.dist-info"]


def test_a_record_cannot_name_what_lies_outside(tmp_path: Path) -> None:
    site = environment(tmp_path / "env")
    install(site, "a", "1.0", {"a.py": ""})
    (tmp_path / "secret.py").write_text("SECRET = 1")
    with (site / "a-1.0.dist-info" / "RECORD").open("a") as record:
        record.write(f"../../../../secret.py,,\n{tmp_path}/secret.py,,\n")
    one = looked_at(tmp_path / "env")["a"]
    assert [finding.what for finding in one.findings if finding.weight is Weight.WARNING] == [
        "file that was not read (it lies outside of the environment)"
    ] * 2
    assert not any("secret" in file.path for file in one.files)


def test_the_running_python_has_its_packages() -> None:
    assert any("msgspec" in name for site in running_sites() for name in installed_names(site))
    assert markers_of("3.11")["python_version"] == "3.11"
