import sysconfig
from pathlib import Path

import pytest

from narrowgate.sealed import whole
from narrowgate.sealed.contents import CannotSeal


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
