"""A sealed file runs only as it was signed, and reaches only what is inside."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrowgate.sealed.boot import CHILD, Broken, Sealed
from narrowgate.sealed.inside import in_memory, is_unchangeable
from narrowgate.sealed.keys import SigningKey
from tests.sealed.making import new_key, small_file, written

PYTHON = os.path.realpath(sys.executable)
OPTIONS = ("-I", "-S", "-E", "-P", "-B")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return new_key(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="module")
def sealed(key: SigningKey) -> bytes:
    return small_file(key)


def started(path: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [PYTHON, *OPTIONS, str(path), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=30)


def test_it_runs_what_is_inside_and_nothing_else(tmp_path: Path, sealed: bytes) -> None:
    done = started(written(tmp_path, sealed))
    assert done.stdout == "inner data 1.2\n[] [] False\n"
    assert done.returncode == 3


@pytest.mark.parametrize("name", ["pip", "setuptools", "evil", "narrowgate.other", "sitecustomize"])
def test_what_is_not_inside_cannot_be_imported(tmp_path: Path, sealed: bytes, name: str) -> None:
    (tmp_path / "evil.py").write_text("print('did evil')")
    done = started(written(tmp_path, sealed), name, PYTHONPATH=str(tmp_path))
    assert f"no module '{name}' is in this sealed file" in done.stderr
    assert "did evil" not in done.stdout


@pytest.mark.parametrize("name", ["json", "sqlite3", "ssl", "asyncio"])
def test_the_interpreters_own_library_is_there(tmp_path: Path, sealed: bytes, name: str) -> None:
    assert started(written(tmp_path, sealed), name).returncode == 3


def test_every_flipped_byte_is_refused_in_every_part(tmp_path: Path, key: SigningKey, sealed: bytes) -> None:
    step = max(len(sealed) // 400, 1)
    for at in range(0, len(sealed), step):
        changed = sealed[:at] + bytes([sealed[at] ^ 0x20]) + sealed[at + 1 :]
        fd = in_memory("t", changed)
        with pytest.raises(Broken):
            Sealed(fd, key.public).check()
        os.close(fd)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_cut_insertion_or_exchange_is_taken(key: SigningKey, sealed: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sealed)))
    end = data.draw(st.integers(at, min(len(sealed), at + 300)))
    changed = sealed[:at] + data.draw(st.binary(max_size=100)) + sealed[end:]
    if changed != sealed:
        fd = in_memory("t", changed)
        with pytest.raises(Broken):
            Sealed(fd, key.public).check()
        os.close(fd)


def _tampered(sealed: bytes) -> Iterator[tuple[str, bytes]]:
    at = sealed.rindex(b"WORD")
    yield "narrowgate/inner.pyc differs", sealed[:at] + b"BORD" + sealed[at + 4 :]
    yield "its end is missing", sealed + b"x"
    yield "signature", sealed.replace(b"narrowgate/data.txt", b"narrowgate/date.txt", 1)
    yield "bytes between its files differ", sealed[:-40].replace(b"PK\x01\x02", b"PK\x01\x03", 1) + sealed[-40:]


def test_a_changed_file_does_not_start_and_says_what_differs(tmp_path: Path, sealed: bytes) -> None:
    for what, data in _tampered(sealed):
        done = started(written(tmp_path, data))
        assert done.stdout == ""
        # Where the zip itself cannot be read, the interpreter says so before the boot code can; that of 3.13 takes
        # the file for a script then, which it is not.
        is_no_zip = done.returncode == 1 and ("find '__main__'" in done.stderr or "SyntaxError" in done.stderr)
        assert (done.returncode == 78 and what in done.stderr) or is_no_zip, (what, done)


def test_a_file_of_another_signer_does_not_start(tmp_path: Path, sealed: bytes, key: SigningKey) -> None:
    other = small_file(new_key(tmp_path))
    start, length = other.index(b"narrowgate-seal-v1 cpython"), int(other[-8:])
    mine = sealed.index(b"narrowgate-seal-v1 cpython")
    # The other's files and manifest behind the signature of this one.
    signature = sealed[mine + int(sealed[-8:]) :][:64]
    forged = other[: start + length] + signature + other[start + length + 64 :]
    fd = in_memory("t", forged)
    with pytest.raises(Broken, match="signature"):
        Sealed(fd, key.public)
    os.close(fd)


def test_an_interpreter_that_could_be_influenced_is_refused(tmp_path: Path, sealed: bytes) -> None:
    path = written(tmp_path, sealed)
    done = subprocess.run([PYTHON, str(path)], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (78, "")
    assert "-I -S -E -P -B" in done.stderr


def test_an_interpreter_of_a_virtual_environment_is_refused(tmp_path: Path, sealed: bytes) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(PYTHON)
    (tmp_path / "pyvenv.cfg").write_text(f"home = {Path(PYTHON).parent}\n")
    command = [str(tmp_path / "bin" / "python3"), *OPTIONS, str(written(tmp_path, sealed))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (78, "")
    assert "virtual environment" in done.stderr


def test_a_child_does_not_start_from_what_could_be_changed(tmp_path: Path, sealed: bytes) -> None:
    path = written(tmp_path, sealed)
    with path.open("rb") as file:
        command = [PYTHON, *OPTIONS, str(path), CHILD, str(file.fileno())]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, pass_fds=(file.fileno(),), timeout=30
        )
    assert done.returncode == 78
    assert "not handed down in memory" in done.stderr


def test_memory_that_was_sealed_cannot_be_changed() -> None:
    fd = in_memory("t", b"abc")
    assert is_unchangeable(fd)
    with pytest.raises(OSError, match="not permitted"):
        os.write(fd, b"x")
    with pytest.raises(OSError, match="not permitted"):
        os.truncate(fd, 1)
    os.close(fd)


def test_an_ordinary_file_is_changeable(tmp_path: Path) -> None:
    with (tmp_path / "f").open("wb") as file:
        assert not is_unchangeable(file.fileno())
