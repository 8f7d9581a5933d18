"""What runs at every start is told, and what it does decides how loudly."""

import base64

import pytest

from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.startup import is_startup, scan_startup


def scanned(path: str, text: str) -> list[Finding]:
    return scan_startup(path, text.encode())


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("a.pth", True),
        ("a.start", True),
        ("sitecustomize.py", True),
        ("usercustomize/__init__.py", True),
        ("p/a.pth", False),
        ("p/sitecustomize.py", False),
        ("a.py", False),
        ("a-1.0.data/a.pth", True),
    ],
)
def test_only_what_python_looks_at_counts(path: str, is_one: bool) -> None:
    assert is_startup(path) is is_one


def test_a_folder_in_a_pth_is_a_note() -> None:
    (finding,) = scanned("a.pth", "# a comment\n\n/opt/src\n")
    assert (finding.what, finding.line, finding.weight) == ("adds /opt/src to the import path", 3, Weight.NOTE)


def test_code_in_a_pth_is_a_warning() -> None:
    line = "import os; enabled = os.environ.get('X') == 'y'; enabled and __import__('_hack').add()\n"
    findings = scanned("a.pth", line)
    assert (findings[0].what, findings[0].weight) == ("code in a .pth runs at every start", Weight.WARNING)
    assert all(finding.at_import for finding in findings)
    assert "os.environ[X]" in {finding.what for finding in findings}


def test_code_in_a_pth_that_hides_something_is_an_alarm() -> None:
    payload = base64.b64encode(b"import os\nos.system('a harmless dummy for a test')\n").decode()
    findings = scanned(
        "litellm_init.pth",
        "import os, subprocess, sys; subprocess.Popen([sys.executable, '-c', "
        f"\"import base64; exec(base64.b64decode('{payload}'))\"])\n",
    )
    assert findings[0].weight is Weight.ALARM
    assert {Reach.PROCESS, Reach.HIDDEN, Reach.STARTUP} <= {finding.reach for finding in findings}


def test_modules_that_site_imports_and_start_files_are_told() -> None:
    assert scanned("sitecustomize.py", "")[0].what == "sitecustomize runs at every start"
    assert scanned("usercustomize/__init__.py", "")[0].what == "usercustomize runs at every start"
    assert [one.what for one in scanned("a.start", "# x\np.m:f\n")] == ["calls p.m:f at every start"]
