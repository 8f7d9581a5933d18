"""Symbols of the C library say what machine code could reach."""

import pytest

from narrowgate.supply.findings import Reach, Weight
from narrowgate.supply.native import is_native, scan_native
from tests.supply.parts import elf


def reached(*imports: str) -> set[tuple[Reach, str]]:
    return {(one.reach, one.what) for one in scan_native("p/m.so", elf(imports)).findings}


def test_a_module_that_imports_nothing_of_the_kind_is_machine_code_and_no_more() -> None:
    assert reached("malloc", "memcpy", "PyLong_FromLong") == {(Reach.NATIVE, "extension module")}


@pytest.mark.parametrize(
    ("symbol", "reach"),
    [
        ("connect", Reach.NETWORK),
        ("execve", Reach.PROCESS),
        ("unlink", Reach.WRITE),
        ("open64", Reach.READ),
        ("getenv", Reach.ENVIRONMENT),
        ("dlopen", Reach.NATIVE),
        ("PyRun_StringFlags", Reach.DYNAMIC),
    ],
)
def test_a_symbol_gives_its_reach(symbol: str, reach: Reach) -> None:
    assert (reach, symbol) in reached(symbol)
    assert (reach, symbol) in reached(f"{symbol}@GLIBC_2.2.5")


def test_opening_and_writing_together_are_writing() -> None:
    assert (Reach.WRITE, "open and write") in reached("open", "write")
    assert not any(reach is Reach.WRITE for reach, _ in reached("write"))


def test_compiled_python_is_searched_for_the_modules_it_imports() -> None:
    data = elf(["PyImport_ImportModule"]) + b"\0subprocess\0"
    whats = {one.what for one in scan_native("m.so", data).findings}
    assert "names the module subprocess" in whats
    assert "names the module socket" not in whats


@pytest.mark.parametrize("start", [b"\xcf\xfa\xed\xfe", b"MZ\x90", b"?"])
def test_what_is_not_read_is_said(start: bytes) -> None:
    (finding,) = scan_native("lib.dylib", start + b"\0" * 100).findings
    assert "was not read" in finding.what
    (damaged,) = scan_native("m.so", b"\x7fELF").findings
    assert damaged.weight is Weight.WARNING


def test_machine_code_is_known_by_its_name_or_its_first_bytes() -> None:
    assert is_native("libx.so.6", b"")
    assert is_native("bin/tool", b"\x7fELF\x02")
    assert not is_native("a.py", b"import os")
