"""What an import alone does is followed through calls, classes and other modules."""

import pytest

from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.import_time import at_import, is_aside
from narrowgate.supply.python_scan import scan_python


def findings(**modules: str) -> dict[str, Finding]:
    scans = [scan_python(f"{name}.py", source.encode(), name) for name, source in modules.items()]
    return {finding.what: finding for finding in at_import(scans)}


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.system('x')",
        "import os\ndef f(): os.system('x')\nf()",
        "import os\ndef f(): g()\ndef g(): os.system('x')\nf()",
        "import os\nclass C:\n    os.system('x')",
        "import os\nclass C:\n    def __init__(self): os.system('x')\nC()",
        "import os\nclass C:\n    def m(self): os.system('x')\nc = C()\nc.m()",
        "import os\ndef deco(f): os.system('x')\n@deco\ndef g(): pass",
        "import os, threading\ndef f(): os.system('x')\nthreading.Thread(target=f).start()",
        "import os, atexit\n@atexit.register\ndef f(): os.system('x')",
        "import os\ndef f(x=os.system('x')): pass",
        "import os\n[os.system('x') for _ in 'a']",
        "try:\n    import os\n    os.system('x')\nexcept Exception: pass",
    ],
)
def test_what_an_import_does_is_marked(source: str) -> None:
    finding = findings(m=source)["os.system"]
    assert finding.at_import
    assert finding.weight is Weight.WARNING


@pytest.mark.parametrize(
    "source",
    [
        "import os\ndef f(): os.system('x')",
        "import os\nf = lambda: os.system('x')",
        "import os\nrun = os.system",
        "import os\nif __name__ == '__main__': os.system('x')",
        "import os\nclass C:\n    def __init__(self): os.system('x')",
    ],
)
def test_what_waits_for_a_call_is_not(source: str) -> None:
    assert not findings(m=source)["os.system"].at_import


def test_calls_are_followed_into_other_modules_and_through_names_passed_on() -> None:
    modules = {"a": "from b import go\ngo()", "b": "from c import go", "c": "import os\ndef go(): os.system('x')"}
    assert findings(**modules)["os.system"].at_import


def test_making_a_client_is_no_use_of_the_network_yet() -> None:
    finding = findings(m="import httpx\nclient = httpx.Client()")["httpx.Client"]
    assert finding.at_import
    assert finding.weight is Weight.NOTE


def test_tests_and_examples_stand_aside() -> None:
    assert is_aside("p/tests/x.py")
    assert not is_aside("p/latest/tests.py")
    scan = scan_python("p/tests/m.py", b"import os\nos.system('x')", "p.tests.m")
    assert at_import([scan])[0].weight is Weight.NOTE


def test_names_that_lead_in_a_circle_end() -> None:
    assert findings(a="from b import f\nf()", b="from a import f") == {}


def test_reach_that_is_no_act_is_never_at_import() -> None:
    finding = findings(m="p = '~/.aws/credentials'")["AWS credentials"]
    assert finding.reach is Reach.CREDENTIALS
    assert not finding.at_import
