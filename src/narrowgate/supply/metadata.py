"""What a distribution says about itself: METADATA, RECORD, entry points.

Source: https://packaging.python.org/en/latest/specifications/recording-installed-packages/ and
https://packaging.python.org/en/latest/specifications/core-metadata/ (read November 2026).
"""

import base64
import binascii
import configparser
import csv
import io
from email.errors import MessageError
from email.parser import HeaderParser

import msgspec

_LONGEST = 10_000_000


class Metadata(msgspec.Struct, frozen=True):
    """The parts of METADATA (or PKG-INFO) that matter here. `requires` are lines as written."""

    name: str = ""
    version: str = ""
    requires: tuple[str, ...] = ()
    license: str = ""


class Recorded(msgspec.Struct, frozen=True):
    """What RECORD says of one file. `sha256` in hexadecimal, empty when it gives none; `other` is another algorithm."""

    path: str
    sha256: str = ""
    other: str = ""


class _EntryPoints(configparser.RawConfigParser):
    """The format of entry_points.txt: names keep their case."""

    def optionxform(self, optionstr: str) -> str:
        """Return a name as it is written."""
        return optionstr


def read_metadata(text: str) -> Metadata:
    """Return what metadata says; what is missing or cannot be read is empty."""
    try:
        message = HeaderParser().parsestr(text[:_LONGEST])
        requires = tuple(str(line) for line in message.get_all("Requires-Dist", []))
        license_text = str(message.get("License-Expression") or message.get("License") or "")
    except (MessageError, ValueError):
        return Metadata()
    first_line = license_text.strip().partition("\n")[0][:100]
    return Metadata(str(message.get("Name") or ""), str(message.get("Version") or ""), requires, first_line)


def read_record(text: str) -> list[Recorded]:
    """Return the lines of a RECORD that can be read."""
    found = []
    try:
        for row in csv.reader(io.StringIO(text)):
            if not row or not row[0]:
                continue
            algorithm, _, value = (row[1] if len(row) > 1 else "").partition("=")
            is_sha256 = algorithm == "sha256"
            found.append(Recorded(row[0], _hexadecimal(value) if is_sha256 else "", "" if is_sha256 else algorithm))
    except csv.Error:
        return found
    return found


def read_commands(text: str) -> tuple[str, ...]:
    """Return the commands that an entry_points.txt installs, as `name = module:function`."""
    parser = _EntryPoints(delimiters=("=",), strict=False, interpolation=None)
    try:
        parser.read_string(text[:_LONGEST])
    except (configparser.Error, ValueError):
        return ("(entry points that cannot be read)",)
    found = []
    for section in ("console_scripts", "gui_scripts"):
        if parser.has_section(section):
            found += [f"{name} = {target}" for name, target in parser.items(section)]
    return tuple(found)


def _hexadecimal(value: str) -> str:
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex()
    except (binascii.Error, ValueError):
        return "unreadable"
