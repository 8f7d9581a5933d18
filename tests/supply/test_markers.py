"""Requirements and their markers are read as pip reads them; what cannot be read counts as true."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.supply.distribution import Wish
from narrowgate.supply.markers import Requirement, applies, read_requirement, wishes_of

HERE = {"python_version": "3.12", "python_full_version": "3.12.0", "sys_platform": "linux", "extra": ""}


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        ("Foo_Bar>=1", Requirement("foo-bar")),
        ("foo [a, B_c] (>=1)", Requirement("foo", ("a", "b-c"))),
        ('foo; extra == "x"', Requirement("foo", (), 'extra == "x"')),
        ("foo @ https://h/a;b ; os_name == 'nt'", Requirement("foo", (), "os_name == 'nt'")),
        ("", None),
        ("==1", None),
    ],
)
def test_a_line_names_what_it_asks_for(line: str, requirement: Requirement | None) -> None:
    assert read_requirement(line) == requirement


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("", True),
        ("python_version < '3.13'", True),
        ("python_version >= '3.9'", True),  # and not '3.12' < '3.9' as letters go
        ("python_version == '3.1'", False),
        ("python_version == '3.*'", True),
        ("python_full_version ~= '3.12.0'", True),
        ("sys_platform == 'win32' or python_version > '3.8'", True),
        ("sys_platform == 'win32' and python_version > '3.8'", False),
        ("(sys_platform == 'win32' or sys_platform == 'linux') and extra != 'x'", True),
        ("sys_platform in 'linux darwin'", True),
        ("sys_platform not in 'linux darwin'", False),
        ("'linux' == sys.platform", True),
        ("sys_platform === 'linux'", True),
        ("no_such == '1'", True),
        ("sys_platform ==", True),
        ("sys_platform < 'linux'", True),
    ],
)
def test_a_marker_holds_or_does_not(marker: str, holds: bool) -> None:
    assert applies(marker, HERE) is holds


def test_wishes_come_with_the_extra_that_has_them() -> None:
    lines = ["a>=1", 'b; extra == "x"', 'c; sys_platform == "win32"', 'd[y]; python_version < "4" and extra == "Z_z"']
    assert wishes_of(lines, HERE) == (Wish("a"), Wish("b", (), "x"), Wish("d", ("y",), "z-z"))


@given(st.text(max_size=80))
def test_no_marker_breaks_it(marker: str) -> None:
    applies(marker, HERE)
    read_requirement(marker)


def test_brackets_without_end_are_no_marker() -> None:
    assert applies("(" * 5_000, HERE)
