import base64
import hashlib
import marshal
import zipfile
from pathlib import Path

import pytest

from narrowgate.sealed import contents
from narrowgate.sealed.contents import CannotSeal, installed_files, own_files, wheel_files

SOURCE = b"X = 1\n"


def wheel(folder: Path) -> str:
    path = folder / "thing-1.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("thing/__init__.py", SOURCE)
        packed.writestr("thing/fast.cpython-311-x86_64-linux-gnu.so", b"\x7fELF")
        packed.writestr("thing/stub.pyi", b"X: int")
        packed.writestr("thing.pth", b"import evil")
        packed.writestr("thing-1.2.dist-info/METADATA", b"Name: thing\n")
        packed.writestr("thing-1.2.dist-info/entry_points.txt", b"[x]")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"thing==1.2 \\\n    --hash=sha256:{digest}\ncryptography==1 --hash=sha256:{'0' * 64}\n"


def test_of_a_locked_wheel_code_and_its_name_are_taken_and_nothing_that_runs_at_start(tmp_path: Path) -> None:
    found = wheel_files(tmp_path, wheel(tmp_path))
    assert set(found) == {"thing/__init__.pyc", "thing/fast.so", "thing-1.2.dist-info/METADATA"}
    assert marshal.loads(found["thing/__init__.pyc"]).co_filename == "/sealed/thing/__init__.py"


def test_a_wheel_that_is_not_locked_is_not_taken(tmp_path: Path) -> None:
    lock = wheel(tmp_path).replace("sha256:", "sha256:0")[:-1]
    with pytest.raises(CannotSeal, match=r"no wheel of thing 1\.2 that is in the lock"):
        wheel_files(tmp_path, lock)


def test_what_is_installed_must_be_what_is_locked() -> None:
    with pytest.raises(CannotSeal, match="is not installed"):
        installed_files(f"no-such-thing==1 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(CannotSeal, match=r"msgspec is .*, locked is 0\.0\.1"):
        installed_files(f"msgspec==0.0.1 --hash=sha256:{'0' * 64}\n")


def test_an_installed_file_that_differs_from_its_record_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "thing-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thing\nVersion: 1.2\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(SOURCE).digest()).rstrip(b"=").decode()
    (info / "RECORD").write_text(f"thing.py,sha256={digest},{len(SOURCE)}\n")
    (tmp_path / "thing.py").write_bytes(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    lock = f"thing==1.2 --hash=sha256:{'0' * 64}\n"
    assert set(installed_files(lock)) == {"thing.pyc"}
    (tmp_path / "thing.py").write_bytes(SOURCE + b"import evil\n")
    with pytest.raises(CannotSeal, match="differs from its record"):
        installed_files(lock)


def test_own_code_is_compiled_and_data_is_kept(tmp_path: Path) -> None:
    root = tmp_path / "pack"
    (root / "__pycache__").mkdir(parents=True)
    (root / "a.py").write_bytes(SOURCE)
    (root / "a.json").write_bytes(b"{}")
    (root / "py.typed").write_bytes(b"")
    (root / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"old")
    assert set(own_files(root)) == {"pack/a.pyc", "pack/a.json"}


def test_what_only_makes_sealed_files_is_not_in_them() -> None:
    assert "cryptography" in contents.BUILD_ONLY
