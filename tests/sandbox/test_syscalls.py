"""The numbers are those of the kernel's own headers, where these are installed."""

import re
from pathlib import Path

import pytest

from narrowgate.sandbox.syscalls import ARCHITECTURES, NAMES, number_of

_LINE = re.compile(r"#define __NR(?:3264)?_(\w+)\s+(\d+)$", re.MULTILINE)
_OTHER_NAMES = {"newfstatat": "fstatat"}  # as the generic table calls it


@pytest.mark.parametrize(
    ("machine", "header"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        ("aarch64", "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_numbers_are_those_of_the_headers(machine: str, header: str) -> None:
    file = Path(header)
    if not file.is_file():
        pytest.skip(f"{header} is not installed")
    told = {name: int(number) for name, number in _LINE.findall(file.read_text(encoding="utf-8"))}
    for name in NAMES:
        theirs = told.get(name, told.get(_OTHER_NAMES.get(name, name)))
        if theirs is not None:
            assert number_of(name, machine) == theirs, name


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_no_two_calls_have_one_number(machine: str) -> None:
    numbers = [number for name in NAMES if (number := number_of(name, machine)) is not None]
    assert len(numbers) == len(set(numbers))
