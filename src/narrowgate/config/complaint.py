"""What is wrong with a configuration: where, what, and how to mend it."""

import msgspec


class Complaint(msgspec.Struct, frozen=True):
    """One thing wrong. `path` is the place in the document, `line` its line in the file if known."""

    path: str
    problem: str
    fix: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path} (line {self.line})"
        return f"{where}: {self.problem}" + (f"; {self.fix}" if self.fix else "")


class ConfigRefused(Exception):
    """A configuration that cannot be used, with everything that is wrong with it."""

    def __init__(self, complaints: list[Complaint]) -> None:
        super().__init__(f"{len(complaints)} complaint(s)")
        self.complaints = complaints
