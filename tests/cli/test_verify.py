import json
from pathlib import Path

import pytest

from narrowgate.cli import main
from tests.sealed.making import new_key, small_file, written


def test_a_sealed_file_is_checked_with_a_key_from_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = new_key(tmp_path)
    (tmp_path / "k.pub").write_bytes(key.public_pem)
    path = written(tmp_path, small_file(key))
    assert main(["verify", str(path), "--key", str(tmp_path / "k.pub")]) == 0
    assert "all as signed" in capsys.readouterr().out
    path.write_bytes(path.read_bytes().replace(b"data", b"DATA"))
    assert main(["verify", str(path), "--key", str(tmp_path / "k.pub"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"]


def test_it_cannot_be_checked_without_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, small_file(new_key(tmp_path)))
    assert main(["verify", str(path)]) == 2
    assert "--key is needed" in capsys.readouterr().err
    assert main(["verify", str(path), "--key", str(path)]) == 2
    assert main(["verify", str(tmp_path / "none"), "--key", str(path)]) == 2


def test_this_installation_is_compared_with_its_records(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--json"]) in {0, 1}
    assert json.loads(capsys.readouterr().out)["files"] > 100
