from pathlib import Path

import pytest

from narrowgate.adapters.store.location import prepare
from narrowgate.cli import serving
from narrowgate.cli.serving import Around, serve
from narrowgate.sandbox.kernel import Offers
from narrowgate.supervisor.hands import OwnHands


def around(folder: Path, text: str, **environment: str) -> Around:
    """Return what a supervisor is given; `text` is its configuration."""
    file = folder / "narrowgate.yaml"
    file.write_text(text)
    prepare(folder / "d")
    return Around({"NARROWGATE_DATA": str(folder / "d")} | environment, file, folder / "d", OwnHands())


def test_what_is_wrong_with_a_configuration_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert serve(around(tmp_path, "edgs: 1\n")) == 1
    assert "did you mean 'edges'" in capsys.readouterr().err


def test_a_data_directory_written_unusually_is_not_taken_for_another(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert serve(around(tmp_path, f"{{data: {tmp_path}/other}}\n", NARROWGATE_DATA="")) == 1
    assert "data: is written in a way that is not understood" in capsys.readouterr().err


def test_a_sandbox_that_is_required_and_cannot_be_had_keeps_it_from_starting(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = Offers("linux", "x86_64", 0, has_seccomp=True, has_no_new_privs=True)
    monkeypatch.setattr(serving, "look", lambda: none)
    assert serve(around(tmp_path, "sandbox: {require: true}\n")) == 1
    assert "sandbox.require: cannot be had here: landlock: this kernel has none" in capsys.readouterr().err


def test_a_resolvers_file_that_is_replaced_is_noticed_once(tmp_path: Path) -> None:
    file, other = tmp_path / "resolv.conf", tmp_path / "new"
    file.write_text("a")
    watch = serving._Replacement([file, tmp_path / "missing"])
    file.write_text("b")
    assert not watch.has_happened()
    other.write_text("c")
    other.rename(file)
    watch._next_s = 0.0
    assert watch.has_happened()
    assert not watch.has_happened()
