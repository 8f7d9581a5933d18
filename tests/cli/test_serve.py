import argparse
from pathlib import Path

import pytest

from narrowgate.cli import main, serve
from narrowgate.cli.serve import with_options
from narrowgate.sandbox.kernel import Offers


def test_an_option_is_the_stronger_variable() -> None:
    arguments = argparse.Namespace(config=None, host="h", port=5, edges=None, data=None, custody="merged")
    merged = with_options(arguments, {"NARROWGATE_PORT": "9", "NARROWGATE_EDGES": "2", "OTHER": "x"})
    assert merged == {
        "NARROWGATE_HOST": "h",
        "NARROWGATE_PORT": "5",
        "NARROWGATE_EDGES": "2",
        "NARROWGATE_CUSTODY": "merged",
        "OTHER": "x",
    }


def test_a_bad_configuration_is_told_whole(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "narrowgate.yaml"
    file.write_text("edgs: 1\nlisten: {port: many}\n")
    assert main(["serve", "--config", str(file), "--data", str(tmp_path / "d")]) == 1
    said = capsys.readouterr().err
    assert "2 problem(s)" in said
    assert "did you mean 'edges'" in said
    assert "listen.port" in said


def test_a_missing_file_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["serve", "--config", str(tmp_path / "none.yaml")]) == 1
    assert "none.yaml" in capsys.readouterr().err


def test_a_sandbox_that_is_required_and_cannot_be_had_keeps_it_from_starting(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = Offers("linux", "x86_64", 0, has_seccomp=True, has_no_new_privs=True)
    monkeypatch.setattr(serve, "look", lambda: none)
    file = tmp_path / "narrowgate.yaml"
    file.write_text("sandbox: {require: true}\n")
    assert main(["serve", "--config", str(file), "--data", str(tmp_path / "d")]) == 1
    assert "sandbox.require: cannot be had here: landlock: this kernel has none" in capsys.readouterr().err
    assert not (tmp_path / "d").exists()


def test_a_resolvers_file_that_is_replaced_is_noticed_once(tmp_path: Path) -> None:
    file, other = tmp_path / "resolv.conf", tmp_path / "new"
    file.write_text("a")
    watch = serve._Replacement([file, tmp_path / "missing"])
    file.write_text("b")
    assert not watch.has_happened()
    other.write_text("c")
    other.rename(file)
    watch._next_s = 0.0
    assert watch.has_happened()
    assert not watch.has_happened()
