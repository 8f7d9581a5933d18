import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from narrowgate.sealed import whole
from narrowgate.sealed.contents import CannotSeal
from narrowgate.supply.elf import read_elf


def test_of_the_library_what_runs_is_taken_and_what_develops_is_not() -> None:
    files = whole.library_files()
    assert {"encodings/__init__.pyc", "asyncio/events.pyc", "ssl.pyc", "_ssl.so", "_sqlite3.so"} <= set(files)
    assert not [
        name for name in files if name.startswith(("test/", "idlelib/", "ensurepip/", "site-packages/", "_test"))
    ]


def test_without_a_static_library_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sysconfig, "get_config_vars", lambda: {"LIBPL": str(tmp_path)})
    with pytest.raises(CannotSeal, match=r"without libpython3\.\d+\.a"):
        whole.prologue("gcc")


def test_without_a_compiler_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / f"libpython{sysconfig.get_python_version()}.a").write_bytes(b"")
    known = sysconfig.get_config_vars()
    monkeypatch.setattr(sysconfig, "get_config_vars", lambda: known | {"LIBPL": str(tmp_path)})
    with pytest.raises(CannotSeal, match="'no-such-cc' is not there"):
        whole.prologue("no-such-cc")


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
@pytest.mark.slow
def test_the_guard_starts_a_program_without_what_its_loader_would_obey(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(whole, "IN_IMAGE", "/usr/bin/env")
    guard = tmp_path / "guard"
    guard.write_bytes(whole.guard("gcc"))
    guard.chmod(0o755)
    assert not read_elf(guard.read_bytes()).is_linked, "no loader runs before it"
    harmful = ("LD_PRELOAD", "LD_AUDIT", "PYTHONPATH", "OPENSSL_CONF", "SSLKEYLOGFILE", "GLIBC_TUNABLES", "MALLOC_X")
    environment = dict.fromkeys(harmful, "/x") | {"NARROWGATE_KEY": "k", "LDAP": "kept"}
    done = subprocess.run([guard], env=environment, capture_output=True, text=True, check=True)
    assert sorted(done.stdout.split()) == ["LDAP=kept", "NARROWGATE_KEY=k"]


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
@pytest.mark.slow
def test_the_guard_says_what_it_cannot_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(whole, "IN_IMAGE", "/no/such/program")
    guard = tmp_path / "guard"
    guard.write_bytes(whole.guard("gcc"))
    guard.chmod(0o755)
    done = subprocess.run([guard], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (127, "narrowgate: /no/such/program cannot be started\n")
