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


def test_a_signature_is_put_in_with_the_public_key_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = str(tmp_path / "key.pem")
    main(["seal", "--new-key", key])
    unsigned = tmp_path / "narrowgate-0.unsigned"
    unsigned.write_bytes(b"no sealed file")
    attach = ["--attach", str(unsigned), str(unsigned)]
    assert main(["seal", "--key", key, *attach]) == 1
    assert "--attach needs --public-key" in capsys.readouterr().err
    assert main(["seal", "--public-key", key, *attach]) == 1
    assert "no Ed25519 public key" in capsys.readouterr().err
