"""The layout check complains about what it should, and about nothing in this repository."""

from pathlib import Path

import pytest

from tools.check_layout import COVERED_ELSEWHERE, complaints, has_behaviour, mirrored_test

BEHAVIOUR = "def double(n: int) -> int:\n    return 2 * n\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for exempt in COVERED_ELSEWHERE:
        write(tmp_path / "src/narrowgate" / exempt, "")
    return tmp_path


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_a_file_that_does_something_needs_its_mirrored_test(tree: Path) -> None:
    write(tree / "src/narrowgate/wire/sse.py", BEHAVIOUR)
    assert list(complaints(tree)) == ["src/narrowgate/wire/sse.py: no test; write tests/wire/test_sse.py"]
    write(tree / "tests/wire/test_sse.py", "")
    assert list(complaints(tree)) == []


def test_the_code_of_a_package_is_tested_under_its_name() -> None:
    assert mirrored_test(Path("cli/__init__.py")) == Path("cli/test_cli.py")


@pytest.mark.parametrize(
    "source",
    [
        '"""Only a docstring."""\n',
        "LIMIT = 3\n",
        "from enum import Enum\n\nclass Kind(Enum):\n    A = 1\n",
        'class Port:\n    def hear(self) -> None:\n        """Hear."""\n    async def wait(self) -> None: ...\n',
    ],
)
def test_declarations_need_no_test(source: str) -> None:
    assert not has_behaviour(source)


@pytest.mark.parametrize("source", [BEHAVIOUR, "class A:\n    async def go(self) -> None:\n        raise OSError\n"])
def test_functions_that_act_need_one(source: str) -> None:
    assert has_behaviour(source)


@pytest.mark.parametrize("inside", ["wire/utils.py", "wire/_helpers.py", "common/sse.py", "manager/__init__.py"])
def test_a_name_that_says_nothing_is_refused(tree: Path, inside: str) -> None:
    write(tree / "src/narrowgate" / inside, "")
    (complaint,) = complaints(tree)
    assert complaint.endswith("does not say what is in it; name the thing")


def test_work_put_off_is_refused_with_its_line(tree: Path) -> None:
    write(tree / "src/narrowgate/wire/sse.py", "LIMIT = 3\n# TODO: more\n")
    assert list(complaints(tree)) == ["src/narrowgate/wire/sse.py:2: TODO in the source; do it, or file an issue"]


def test_a_file_too_long_to_read_is_refused_wherever_it_is(tree: Path) -> None:
    write(tree / "tests/test_long.py", "A = 1\n" * 401)
    write(tree / "bench/fits.py", "A = 1\n" * 400)
    assert list(complaints(tree)) == ["tests/test_long.py: 401 lines, more than 400; look for the seam"]


def test_an_exemption_ends_with_its_file(tree: Path) -> None:
    exempt = min(COVERED_ELSEWHERE)
    (tree / "src/narrowgate" / exempt).unlink()
    (complaint,) = complaints(tree)
    assert f"names '{exempt}', which does not exist" in complaint
