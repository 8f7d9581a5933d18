"""The locks name every dependency with its hashes, and no place to fetch it from."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = [
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-clients.lock",
    "requirements-build.lock",
    "requirements-audit.lock",
]


def pinned(lock: str) -> dict[str, str]:
    return dict(
        re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", (ROOT / lock).read_text(encoding="ascii"), re.MULTILINE)
    )


def wanted(file: str) -> set[str]:
    lines = (ROOT / file).read_text(encoding="ascii").splitlines()
    return {re.split(r"[\[<>=]", line)[0].lower() for line in lines if line and not line.startswith(("#", "-"))}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="ascii")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_folder(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="ascii")
    assert re.findall(r"://|^--|file:/|@ ", text, re.MULTILINE) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_wanted_is_locked(lock: str) -> None:
    assert wanted(lock.replace(".lock", ".in")) <= pinned(lock).keys()


def test_both_locks_agree() -> None:
    runtime, dev = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert {name: dev[name] for name in runtime.keys() & dev.keys()} == {
        name: runtime[name] for name in runtime.keys() & dev.keys()
    }


def test_the_package_asks_for_what_the_lock_was_made_from() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {re.split(r"[><=]", entry)[0].lower() for entry in project["dependencies"]} == wanted("requirements.in")
