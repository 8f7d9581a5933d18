"""The image's command: what it asks for and what it says. `tests/e2e/test_image.py` makes and runs the real one."""

from pathlib import Path

import pytest

from narrowgate.cli import main
from narrowgate.cli.image import write
from narrowgate.sealed.keys import SigningKey, write_new_key
from tests.sealed.making import small_file, written


@pytest.fixture
def key(folder: Path) -> SigningKey:
    key = write_new_key(folder / "key.pem")
    (folder / "key.pub").write_bytes(key.public_pem)
    return key


def made(*more: str) -> int:
    return main(["deploy", "oci", "--program", "sealed", "--key", "key.pub", "--out", "image", *more])


def test_what_is_missing_or_no_key_is_said(folder: Path, key: SigningKey, capsys: pytest.CaptureFixture[str]) -> None:
    assert made() == 1
    assert "narrowgate deploy: 'sealed': no such file" in capsys.readouterr().err
    written(folder, small_file(key))
    assert made() == 1
    assert "with its own: narrowgate seal --whole" in capsys.readouterr().err
    (folder / "key.pub").write_text("no key")
    assert made() == 1
    assert "'key.pub' is no Ed25519 public key" in capsys.readouterr().err
    assert not (folder / "image").exists()


def test_a_bad_configuration_is_refused(folder: Path, key: SigningKey, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "own.yaml").write_text("listen: {port: 0}\n")
    assert made("--config", "own.yaml") == 1
    assert "listen.port" in capsys.readouterr().err


def test_a_layout_is_written_over_a_layout_and_over_nothing_else(folder: Path) -> None:
    files = {"oci-layout": b"{}", "blobs/sha256/00": b"x"}
    write(files, folder / "image")
    (folder / "image" / "stale").write_text("")
    write(files, folder / "image")
    assert sorted(path.name for path in (folder / "image").iterdir()) == ["blobs", "oci-layout"]
    (folder / "other").mkdir()
    (folder / "other" / "precious").write_text("")
    with pytest.raises(OSError, match="no image layout"):
        write(files, folder / "other")
    assert (folder / "other" / "precious").exists()
    write(files, folder / "deeper" / "image.tar")
    assert (folder / "deeper" / "image.tar").stat().st_size % 10_240 == 0
