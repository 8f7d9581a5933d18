"""What runs at every start of Python: `.pth` lines, `.start` files, sitecustomize and usercustomize.

Source: https://docs.python.org/3/library/site.html and PEP 829 (read November 2026).
"""

import msgspec

from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.python_scan import decoded, scan_python

_LONG_LINE = 500
_GRAVE = frozenset({Reach.NETWORK, Reach.PROCESS, Reach.HIDDEN, Reach.CREDENTIALS, Reach.NATIVE})
_CUSTOM = frozenset({"sitecustomize", "usercustomize"})


def is_startup(path: str) -> bool:
    """Whether Python looks at such a file when it starts, if it lies in site-packages."""
    name = path.rsplit("/", 1)[-1]
    if name.endswith((".pth", ".start")):
        return "/" not in path or path.partition("/")[0].endswith(".data")
    return _custom(path) != ""


def scan_startup(path: str, data: bytes) -> list[Finding]:
    """Return what a start-up file does; modules are scanned as modules beside this."""
    if path.endswith(".pth"):
        return _pth(path, data)
    if path.endswith(".start"):
        lines = [line.strip() for line in (decoded(data) or "").splitlines()]
        return [
            Finding(Reach.STARTUP, f"calls {line[:80]} at every start", path, number, Weight.WARNING, at_import=True)
            for number, line in enumerate(lines, 1)
            if line and not line.startswith("#")
        ]
    return [Finding(Reach.STARTUP, f"{_custom(path)} runs at every start", path, 1, Weight.WARNING, at_import=True)]


def _custom(path: str) -> str:
    """Return the name of a module that `site` imports by itself when a path is that module's, else nothing."""
    module = path.removesuffix("/__init__.py").removesuffix(".py")
    return module if module in _CUSTOM and path.endswith(".py") else ""


def _pth(path: str, data: bytes) -> list[Finding]:
    found = []
    lines = [line.rstrip() for line in (decoded(data) or "").splitlines()]
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        if not line.startswith(("import ", "import\t")):
            found.append(Finding(Reach.STARTUP, f"adds {line[:80]} to the import path", path, number, at_import=True))
            continue
        inner = [finding for _, finding in scan_python(path, line.encode(), "<pth>").uses]
        is_grave = len(line) > _LONG_LINE or any(finding.reach in _GRAVE for finding in inner)
        weight = Weight.ALARM if is_grave else Weight.WARNING
        found.append(Finding(Reach.STARTUP, "code in a .pth runs at every start", path, number, weight, at_import=True))
        found += [msgspec.structs.replace(finding, line=number, at_import=True) for finding in inner]
    return found
