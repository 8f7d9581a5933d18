"""`./ng` starts the command it made an environment for, and installs nothing without a hash."""

import importlib.util
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load(file: Path) -> ModuleType:
    loader = SourceFileLoader("ng", str(file))
    spec = importlib.util.spec_from_loader("ng", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose environment is up to date and whose python says what it is asked to do."""
    (tmp_path / "ng").write_bytes((ROOT / "ng").read_bytes())
    (tmp_path / "requirements.lock").write_text("some==1 --hash=sha256:00\n", encoding="ascii")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$PYTHONPATH|$PYTHONSAFEPATH|$*"\nexit 7\n', encoding="ascii")
    python.chmod(0o755)
    ng = load(tmp_path / "ng")
    ng.stamp_of(ng.RUNTIME).write_text(ng.fingerprint(ng.text_of(ng.RUNTIME)), encoding="ascii")
    (ng.VENV / "ng-sources.sha256").write_text(ng.digest_of_sources(), encoding="ascii")
    return tmp_path


def test_every_other_word_is_handed_to_the_command_and_its_status_comes_back(clone: Path) -> None:
    command = [sys.executable, str(clone / "ng"), "keys", "create", "--name", "a b"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=30)
    assert done.stdout == f"{clone}/src|1|-m narrowgate keys create --name a b\n"
    assert (done.returncode, done.stderr) == (7, "")


def test_a_changed_lock_is_not_installed_yet(clone: Path) -> None:
    ng = load(clone / "ng")
    assert ng.is_installed(ng.RUNTIME)
    (clone / ng.RUNTIME).write_text("some==2 --hash=sha256:11\n", encoding="ascii")
    assert not ng.is_installed(ng.RUNTIME)
    assert not ng.is_installed(ng.DEV)


def test_only_wheels_with_known_hashes_are_installed(clone: Path) -> None:
    ng = load(clone / "ng")
    command = ng.pip_command(ng.RUNTIME)
    assert {"--require-hashes", "--only-binary=:all:"} <= set(command)
    assert command[-2:] == ["-r", str(clone / "requirements.lock")]
    elsewhere = ng.pip_command(ng.CLIENTS, "--python", "there")
    assert elsewhere[3:6] == ["--python", "there", "install"]


def test_a_machine_that_will_not_do_is_told_why() -> None:
    ng = load(ROOT / "ng")
    assert "Windows is not supported" in ng.complaint("win32", (3, 11))
    assert "this is Python 3.9" in ng.complaint("linux", (3, 9))
    assert "this is Python 3.14" in ng.complaint("linux", (3, 14))
    assert [ng.complaint("linux", version) for version in ng.SUPPORTED] == [None, None, None]


def test_the_checks_come_in_order_and_pytest_gets_the_arguments() -> None:
    ng = load(ROOT / "ng")
    titles = [title for title, _ in ng.checks([])]
    assert titles == ["ruff check", "ruff format --check", "mypy --strict", "lint-imports", "layout", "pytest"]
    assert ng.checks(["-k", "sse"])[-1][1] == ["-m", "pytest", "-k", "sse"]


def test_sources_are_compiled_once_and_again_when_they_change(clone: Path) -> None:
    ng = load(clone / "ng")
    source = clone / "src" / "some" / "code.py"
    source.parent.mkdir(parents=True)
    source.write_text("1\n", encoding="ascii")
    ng.PYTHON.write_text(f'#!/bin/sh\necho "$*" >> {clone}/asked\n', encoding="ascii")
    for text in ("1\n", "1\n", "22\n"):
        if text != source.read_text(encoding="ascii"):
            source.write_text(text, encoding="ascii")
        ng.compile_sources()
    assert (clone / "asked").read_text(encoding="ascii") == f"-m compileall -q {clone}/src\n" * 2


def test_a_compiler_that_fails_is_no_reason_not_to_start(clone: Path) -> None:
    ng = load(clone / "ng")
    (clone / "src").mkdir()
    (clone / "src" / "code.py").write_text("1\n", encoding="ascii")
    ng.PYTHON.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    ng.compile_sources()
    ng.PYTHON.unlink()
    ng.compile_sources()
    assert (ng.VENV / "ng-sources.sha256").read_text(encoding="ascii") != ng.digest_of_sources()


def test_of_two_pythons_of_a_version_the_distributions_is_installed_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ng = load(ROOT / "ng")
    monkeypatch.delenv("NARROWGATE_PYTHON", raising=False)
    assert ng.interpreter(tmp_path) == sys.executable
    found = tmp_path / "python{}.{}".format(*sys.version_info[:2])
    found.write_text("#!/bin/sh\nexit 0\n", encoding="ascii")
    found.chmod(0o755)
    is_roots = not found.stat().st_uid
    assert ng.interpreter(tmp_path) == (str(found) if is_roots else sys.executable)
    found.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")  # it lacks something
    assert ng.interpreter(tmp_path) == sys.executable
    monkeypatch.setenv("NARROWGATE_PYTHON", "/opt/python")
    assert ng.interpreter(tmp_path) == "/opt/python"


@pytest.mark.slow
def test_clients_that_cannot_be_had_are_said_to_be_skipped(clone: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ng = load(clone / "ng")
    (clone / ng.CLIENTS).write_text("some==1 --hash=sha256:00\n", encoding="ascii")
    ng.prepare_clients()
    assert "ng: skipped: the tests of the libraries in requirements-clients.lock" in capfd.readouterr().err
    assert not (clone / ".venv-clients" / "ng-requirements-clients.lock.sha256").exists()


def test_the_night_tries_more_and_waits_longer() -> None:
    ng = load(ROOT / "ng")
    assert ng.nightly(["-k", "sse"]) == (["-k", "sse"], {})
    assert ng.nightly(["-k", "sse", "--nightly"]) == (["--timeout=3600", "-k", "sse"], {"NARROWGATE_NIGHTLY": "1"})
