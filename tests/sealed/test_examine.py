import base64
import hashlib
from pathlib import Path

import pytest

from narrowgate.sealed.examine import examine_file, examine_installation
from tests.sealed.making import new_key, small_file, written


def test_a_sealed_file_is_as_signed_or_it_is_said_what_differs(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    data = small_file(key)
    good = examine_file(written(tmp_path, data), key.public)
    assert (good.problems, good.digest) == ((), hashlib.sha256(data).hexdigest())
    at = data.index(b"data", data.index(b"narrowgate/data.txt", data.index(b"PK\x03\x04")) + 19)
    bad = examine_file(written(tmp_path, data[:at] + b"DATA" + data[at + 4 :]), key.public)
    assert bad.problems == ("narrowgate/data.txt differs",)


def test_a_file_of_another_signer_is_refused(tmp_path: Path) -> None:
    other = new_key(tmp_path, "other.pem")
    report = examine_file(written(tmp_path, small_file(new_key(tmp_path))), other.public)
    assert "signature" in report.problems[0]


@pytest.mark.parametrize("data", [b"", b"x", b"x" * 100_000])
def test_what_is_no_sealed_file_is_refused(tmp_path: Path, data: bytes) -> None:
    assert examine_file(written(tmp_path, data), bytes(32)).problems


def test_an_installation_shows_what_nobody_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "thing-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thing\nVersion: 1.2\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"1").digest()).rstrip(b"=").decode()
    (info / "RECORD").write_text(f"thing.py,sha256={digest},1\nother.py,sha256={digest},1\n")
    (tmp_path / "thing.py").write_bytes(b"1")
    (tmp_path / "other.py").write_bytes(b"2")
    (tmp_path / "litellm_init.pth").write_bytes(b"import os")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    hashes = f"--hash=sha256:{'0' * 64}"
    report = examine_installation(f"thing==1.3 {hashes}\nmissing==1 {hashes}\n")
    assert set(report.problems) == {
        "thing is 1.2, locked is 1.3",
        "thing: 'other.py' differs from its record",
        "missing 1 is locked and not installed",
        "'litellm_init.pth' runs at every start and belongs to nobody",
    }
