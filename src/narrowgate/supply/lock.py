"""What a lock says: requirements pinned by version and hash, as pip-tools, uv and pip write them.

Source: https://pip.pypa.io/en/stable/reference/requirements-file-format/ (read November 2026).
"""

import re
from collections.abc import Iterator

import msgspec

from narrowgate.supply.distribution import normal_name
from narrowgate.supply.markers import Requirement, read_requirement

_HASH = re.compile(r"--hash[=\s]+sha256:([0-9a-fA-F]{64})")
_PINNED = re.compile(r"===?\s*([^\s;,\\]+)")
_VIA = re.compile(r"^\s+#(?:\s+via)?\s*(?P<who>.*)$")


class Locked(msgspec.Struct, frozen=True):
    """One entry. `version` is empty when it is not pinned; `via` is who asks for it, as pip-tools notes."""

    requirement: Requirement
    version: str
    hashes: tuple[str, ...]
    via: tuple[str, ...]
    line: int


def is_lock(text: str) -> bool:
    """Whether a file reads like requirements: at least one entry that is pinned."""
    return any(entry.version for entry in read_lock(text))


def read_lock(text: str) -> list[Locked]:
    """Return the entries of a lock, in its order; options and links to other files are passed over."""
    found = []
    for number, line, via in _entries(text):
        requirement = read_requirement(line.partition(" --")[0])
        if requirement is None:
            continue
        pinned = _PINNED.search(line.partition(";")[0])
        hashes = tuple(value.lower() for value in _HASH.findall(line))
        found.append(Locked(requirement, pinned[1] if pinned else "", hashes, via, number))
    return found


def passed_over(text: str) -> list[str]:
    """Return the lines of a lock that lead elsewhere, which `read_lock` does not follow."""
    lines = (line.strip() for line in text.splitlines())
    return [
        line for line in lines if re.match(r"-(?:r|c|e)\b|--(?:requirement|constraint|editable)\b|\S+\s*@\s*\S+:", line)
    ]


def _entries(text: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Yield the number of each entry's first line, the whole entry, and the names in the comments behind it."""
    number, words, via = 0, "", list[str]()
    is_open = False
    for index, line in enumerate(text.splitlines(), 1):
        if is_open:
            words += " " + line.partition(" #")[0].rstrip("\\ ")
            is_open = line.rstrip().endswith("\\")
        elif words and (comment := _VIA.match(line)):
            via += _who(comment["who"])
        elif (stripped := line.strip()) and not stripped.startswith(("#", "-")):
            if words:
                yield number, words, tuple(via)
            body, _, comment_text = stripped.partition(" #")
            number, words, via = index, body.rstrip("\\ "), _who(comment_text.strip().removeprefix("via"))
            is_open = stripped.endswith("\\")
    if words:
        yield number, words, tuple(via)


def _who(comment: str) -> list[str]:
    """Return the names in a comment of pip-tools; a file in it (`-r requirements.in`) is the reader's own wish."""
    names = (name.strip() for name in comment.split(","))
    return [
        normal_name(name)
        for name in names
        if re.fullmatch(r"[A-Za-z0-9][-\w.]*", name) and not name.endswith((".in", ".txt"))
    ]
