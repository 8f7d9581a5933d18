"""Letters in source that show a reader something else than the interpreter reads.

Source: https://www.unicode.org/reports/tr36/ and https://trojansource.codes/ (read November 2026).
"""

import ast
import re
import unicodedata
from collections.abc import Iterator

from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.words import written_out

# Direction marks that are balanced by nothing visible.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Variation selectors and tags carry whole programs, one byte a letter, and show nothing. One after an emoji is usual.
_INVISIBLE = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\U000e0000-\U000e007f\u200b\u200c\u200d\u2060]{16,}")
_WORD = re.compile(r"\w*[^\x00-\x7f\W]\w*")
_DISGUISED = written_out("""
    exec eval compile open getattr setattr globals locals vars import os sys system popen subprocess
    socket builtins __import__ __builtins__ base64 b64decode decode marshal loads zlib environ ctypes""")
_FAR = 160
_GAP = re.compile(r"[ \t]{100,}")


def scan_letters(file: str, source: str, statements: list[ast.stmt], identifiers: set[str]) -> Iterator[Finding]:
    """Yield what is odd about the letters of a module, and code that stands far outside of what is shown."""
    if not source.isascii():
        yield from _odd_letters(file, source, identifiers)
    lines = source.splitlines()
    for statement in statements:
        if statement.col_offset > _FAR and statement.lineno <= len(lines):
            before = lines[statement.lineno - 1].encode()[: statement.col_offset].decode("utf-8", "replace")
            if _GAP.search(before.strip()) or len(before.strip()) == 0 or _GAP.search(before.lstrip()):
                yield Finding(Reach.HIDDEN, "code far to the right", file, statement.lineno, Weight.ALARM)


def _odd_letters(file: str, source: str, identifiers: set[str]) -> Iterator[Finding]:
    for number, line in enumerate(source.splitlines(), 1):
        if line.isascii():
            continue
        if _BIDI.search(line):
            yield Finding(Reach.HIDDEN, "letters that turn the direction of reading", file, number, Weight.WARNING)
        if _INVISIBLE.search(line):
            yield Finding(Reach.HIDDEN, "a run of invisible letters", file, number, Weight.ALARM)
        for word in _WORD.findall(line):
            if unicodedata.normalize("NFKC", word) in _DISGUISED:
                plain = unicodedata.normalize("NFKC", word)
                yield Finding(Reach.HIDDEN, f"{plain} in disguised letters", file, number, Weight.ALARM)
            elif word in identifiers and _is_mixed(word):
                yield Finding(Reach.HIDDEN, "a name of Latin and Cyrillic letters", file, number, Weight.WARNING)


def _is_mixed(word: str) -> bool:
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    return {"LATIN", "CYRILLIC"} <= scripts
