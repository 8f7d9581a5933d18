import ast
import io
import zipfile
from pathlib import Path

from narrowgate.sealed import boot, ed25519
from narrowgate.sealed.archive import boot_source, python_prologue
from tests.sealed.making import new_key, small_file


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    assert small_file(key) == small_file(key)


def test_it_is_a_zip_that_anyone_can_look_into(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(small_file(new_key(tmp_path)))) as packed:
        assert packed.testzip() is None
        assert packed.read("narrowgate/data.txt") == b"data"
        assert {info.date_time for info in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_two_halves_of_the_boot_code_share_no_name() -> None:
    names = []
    for module in (boot, ed25519):
        tree = ast.parse(Path(str(module.__file__)).read_text())
        assigned = {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        names.append(assigned | defined)
    assert not names[0] & names[1]


def test_the_key_is_in_the_boot_code_and_nothing_of_the_package_is_needed() -> None:
    source = boot_source(b"k" * 32).decode()
    assert f"KEY = {b'k' * 32!r}" in source
    assert not [line for line in source.splitlines() if line.startswith(("from narrowgate", "import narrowgate"))]


def test_the_prologue_names_its_python() -> None:
    assert b"/usr/bin/python3.13 " in python_prologue("1", "cpython-313")
