"""What is wrong with a configuration: where, what, and how to mend it."""

import re
from collections.abc import Iterable, Mapping

import msgspec

_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOST_SHOWN = 64


class Complaint(msgspec.Struct, frozen=True):
    """One thing wrong. `path` is the place in the document, `line` its line in the file if known."""

    path: str
    problem: str
    fix: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = self.path or "(file)"
        if self.line is not None:
            where += f" (line {self.line})"
        return f"{where}: {self.problem}" + (f"; {self.fix}" if self.fix else "")


class ConfigRefused(Exception):
    """A configuration that cannot be used, with everything that is wrong with it."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = list(complaints)
        super().__init__("\n".join(map(str, self.complaints)))


def key_path(path: str, key: str) -> str:
    """Return the path of `key` inside `path`: words after a dot, anything else quoted in brackets."""
    if _WORD.fullmatch(key):
        return f"{path}.{key}" if path else key
    return f"{path}[{quoted(key)}]"


def item_path(path: str, index: int) -> str:
    """Return the path of the item number `index` inside `path`."""
    return f"{path}[{index}]"


def quoted(text: str) -> str:
    """Return `text` in quotes, fit for one line of a terminal and cut when it is long."""
    cut = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"
    return "'" + "".join(letter if letter.isprintable() else "�" for letter in cut) + "'"


def in_order(complaints: Iterable[Complaint], lines: Mapping[str, int]) -> list[Complaint]:
    """Return complaints with the line of their place (or of the nearest around it), in that order."""
    placed = [_with_line(complaint, lines) for complaint in complaints]
    return sorted(placed, key=lambda complaint: complaint.line or 0)


def _with_line(complaint: Complaint, lines: Mapping[str, int]) -> Complaint:
    path = complaint.path
    while path and path not in lines:
        path = path[:-1]
    if complaint.line is not None or path not in lines:
        return complaint
    return msgspec.structs.replace(complaint, line=lines[path])
