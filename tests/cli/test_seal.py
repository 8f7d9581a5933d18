from pathlib import Path

import pytest

from narrowgate.cli import main


def test_a_new_key_is_made_once_and_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "key.pem")
    assert main(["seal", "--new-key", path]) == 0
    out = capsys.readouterr().out
    assert "public key SHA256:" in out
    assert "PRIVATE" not in out
    assert main(["seal", "--new-key", path]) == 1
    assert "cannot be made" in capsys.readouterr().err


def test_without_a_key_or_lock_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seal", "--key", str(tmp_path / "none.pem")]) == 1
    assert "--new-key" in capsys.readouterr().err
    path = str(tmp_path / "key.pem")
    main(["seal", "--new-key", path])
    assert main(["seal", "--key", path, "--lock", str(tmp_path / "no.lock"), "--out", str(tmp_path)]) == 1
    assert "no.lock' cannot be read" in capsys.readouterr().err
