"""A module's source is scanned whatever it is, and its findings know the scope that runs them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.supply.findings import Reach
from narrowgate.supply.python_scan import decoded, scan_python
from tests.supply.parts import alarms, found, reached


def test_findings_come_with_the_scope_that_runs_them_and_calls_with_whom_they_call() -> None:
    scan = scan_python("m.py", b"import os\ndef f():\n    os.system('x')\nf()\ng = os.popen\n", "m")
    assert {(scope, finding.what) for scope, finding in scan.uses} == {("m.f", "os.system"), ("", "os.popen")}
    assert scan.calls == {"m": {"m.f"}, "m.f": {"os.system"}}
    assert scan.names == {"os": "os"}


def test_credentials_of_several_kinds_with_a_way_out_are_an_alarm() -> None:
    places = "a = ['~/.ssh/id_rsa', '~/.aws/credentials', '~/.kube/config']\n"
    assert alarms(places) == []
    assert alarms(f"import urllib.request as u\n{places}u.urlopen('http://h')\n") == [
        "credentials of several kinds, and a way out"
    ]


def test_source_of_another_python_is_searched_for_words() -> None:
    source = "print 'old'\nimport subprocess\nsubprocess.call(x)\nexec ('x')\n"
    assert reached(source) >= {
        (Reach.HIDDEN, "source that this Python cannot parse"),
        (Reach.PROCESS, "names subprocess or os.system"),
        (Reach.DYNAMIC, "names exec, eval or __import__"),
    }
    assert {one.line for one in found(source) if one.reach is Reach.PROCESS} == {3}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"x = 1", "x = 1"),
        (b"\xef\xbb\xbfx = 1", "x = 1"),
        (b"# coding: latin-1\nx = '\xe9'", "# coding: latin-1\nx = '\u00e9'"),
        (b"# coding: no-such\nx", None),
    ],
)
def test_source_is_decoded_by_its_own_declaration(data: bytes, text: str | None) -> None:
    assert decoded(data) == text


def test_an_encoding_that_hides_the_source_is_told_and_seen_through() -> None:
    data = b"# coding: unicode_escape\nimport os\nos.\\u0073ystem('id')\n"
    whats = {finding.what for _, finding in scan_python("m.py", data, "m").uses}
    assert whats == {"source in an encoding that hides it", "os.system"}


def test_code_in_code_in_code_comes_to_an_end() -> None:
    source = "import os\nos.system('id')"
    for _ in range(8):
        source = f"exec({source!r})"
    assert "code in code in code" in {one.what for one in found(source)}


@given(st.binary(max_size=300))
def test_no_bytes_break_it(data: bytes) -> None:
    scan_python("m.py", data, "m")


@pytest.mark.parametrize("source", ["(" * 5_000, "-" * 5_000 + "1", "a" + ".b" * 5_000, "x = " + "[" * 150 + "]" * 150])
def test_deep_source_does_not_break_it(source: str) -> None:
    scan_python("m.py", source.encode(), "m")
