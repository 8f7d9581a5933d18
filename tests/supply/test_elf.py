"""Imported symbols are read as the loader reads them, and junk is refused."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.supply.elf import NotReadableError, read_elf
from tests.supply.parts import elf


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("order", ["<", ">"])
def test_symbols_and_libraries_are_read_in_every_width_and_order(bits: int, order: str) -> None:
    read = read_elf(elf(["connect", "fork"], ["libc.so.6"], bits=bits, order=order))
    assert read.imports == ("connect", "fork")
    assert read.needed == ("libc.so.6",)
    assert read.is_linked
    assert read.machine == 62


def test_a_program_names_its_loader() -> None:
    assert read_elf(Path("/bin/true").read_bytes()).interpreter.startswith("/lib")
    assert read_elf(elf([])).interpreter == ""


def test_a_file_without_sections_is_read_all_the_same() -> None:
    data = elf(["execve"])
    assert data[40:48] == b"\0" * 8  # where they would start
    assert read_elf(data).imports == ("execve",)


def test_a_program_without_a_dynamic_table_is_told_from_one_that_imports_nothing() -> None:
    data = bytearray(elf(["x"]))
    data[64 + 56] = 6  # PT_PHDR in the place of PT_DYNAMIC
    assert not read_elf(bytes(data)).is_linked
    assert read_elf(elf([])).is_linked


@given(st.binary(max_size=300))
def test_junk_is_refused(data: bytes) -> None:
    with contextlib.suppress(NotReadableError):
        read_elf(data)
    with contextlib.suppress(NotReadableError):
        read_elf(b"\x7fELF\x02\x01" + data)


@given(st.integers(0, 500), st.integers(0, 255))
def test_a_damaged_file_is_read_or_refused(at: int, value: int) -> None:
    data = bytearray(elf(["connect", "fork"], ["libc.so.6"]))
    data[at % len(data)] = value
    with contextlib.suppress(NotReadableError):
        read_elf(bytes(data))


def test_a_table_that_ends_outside_of_the_file_is_refused() -> None:
    with pytest.raises(NotReadableError, match="damaged ELF file"):
        read_elf(elf(["connect"])[:-8])
