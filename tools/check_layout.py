"""Check what no linter knows: tests mirror the source, files stay small, names say what a thing is."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

MOST_LINES = 400
EMPTY_NAMES = frozenset({"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"})
# Source files whose test is not the mirrored file, each with the reason.
COVERED_ELSEWHERE = {
    "__main__.py": "hands over to cli; every end-to-end test starts it",
    "app.py": "puts an edge together; every end-to-end test calls one",
    "control/process.py": "a process of its own; end-to-end tests ask and kill it",
    "egress/process.py": "a process of its own; end-to-end tests call through it and kill it",
    "recorder/process.py": "a process of its own; end-to-end tests read what it wrote and kill it",
}
_POSTPONED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")


def main() -> int:
    """Print every complaint about this repository; 1 when there is one."""
    found = list(complaints(Path(__file__).resolve().parent.parent))
    for complaint in found:
        print(complaint)
    print(f"layout: {len(found)} complaint(s)" if found else "layout: every file has its place and its test")
    return 1 if found else 0


def complaints(root: Path) -> Iterator[str]:
    """Yield one line for every breach of the layout below `root`, files in order of their path."""
    package = root / "src" / "narrowgate"
    for file in sorted(package.rglob("*.py")):
        yield from _source_complaints(root, package, file)
    for exempt in sorted(COVERED_ELSEWHERE):
        if not (package / exempt).is_file():
            yield f"tools/check_layout.py: COVERED_ELSEWHERE names '{exempt}', which does not exist; remove it"
    for folder in ("src", "tests", "tools", "bench"):
        for file in sorted((root / folder).rglob("*.py")):
            yield from _size_complaints(root, file)


def mirrored_test(inside: Path) -> Path:
    """Return where the test of a source file is: both paths relative, to the package and to tests/.

    The code of a package's `__init__.py` is tested under the package's name.
    """
    name = inside.parent.name if inside.name == "__init__.py" else inside.stem
    return inside.parent / f"test_{name}.py"


def has_behaviour(source: str) -> bool:
    """Whether a module does something: declarations, constants and the methods of protocols do not."""
    functions = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return any(_acts(function) for function in functions)


def _acts(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        not (
            isinstance(statement, ast.Pass)
            or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        )
        for statement in function.body
    )


def _source_complaints(root: Path, package: Path, file: Path) -> Iterator[str]:
    shown, inside = file.relative_to(root), file.relative_to(package)
    source = file.read_text(encoding="utf-8")
    if empty := EMPTY_NAMES.intersection((*inside.parent.parts, file.stem.strip("_"))):
        yield f"{shown}: '{min(empty)}' does not say what is in it; name the thing"
    for number, line in enumerate(source.splitlines(), 1):
        if postponed := _POSTPONED.search(line):
            yield f"{shown}:{number}: {postponed[0]} in the source; do it, or file an issue"
    test = Path("tests") / mirrored_test(inside)
    if str(inside) not in COVERED_ELSEWHERE and not (root / test).is_file() and has_behaviour(source):
        yield f"{shown}: no test; write {test}"


def _size_complaints(root: Path, file: Path) -> Iterator[str]:
    lines = len(file.read_text(encoding="utf-8").splitlines())
    if lines > MOST_LINES:
        yield f"{file.relative_to(root)}: {lines} lines, more than {MOST_LINES}; look for the seam"


if __name__ == "__main__":
    sys.exit(main())
