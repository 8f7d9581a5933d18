"""The exposure statement as a page for a terminal."""

from collections.abc import Iterator, Sequence

from narrowgate.exposure.parts import Part
from narrowgate.exposure.processes import ProcessView
from narrowgate.exposure.statement import Statement

_NONE = "–"


def statement_lines(told: Statement) -> Iterator[str]:
    """Yield the page, section by section."""
    yield f"narrowgate {told.version} on {told.python}, {told.system}"
    yield _seal_line(told)
    yield _sandbox_line(told)
    yield from _section("Code of others", _part_rows(told.parts))
    if any(part.reach is None for part in told.parts):
        yield "  what it reaches is told by: narrowgate exposure, narrowgate deps"
    yield "\nProcesses:"
    for one in told.processes:
        yield from _process_lines(one)
    listeners = [[one.address, "TLS" if one.is_tls else "plain", one.who] for one in told.listeners]
    yield from _section("Listens on", [["ADDRESS", "FORM", "WHO"], *listeners])
    rows = [
        [f"{one.host}:{one.port}" if one.port else one.host, ", ".join(one.of) or _NONE, _network(one.may_be_private)]
        for one in told.outbound
    ]
    yield from _section("Connects to", [["END", "FOR", "WHERE"], *rows] if rows else [["nobody"]])
    sources = [[one.path, one.source] for one in told.secrets]
    yield from _section("Secrets come from", [["WANTED BY", "SOURCE"], *sources])
    yield from _section("Writes", [[path] for path in told.written])
    yield from _section("Telemetry", [[", ".join(told.telemetry) or "none: nothing is sent to anybody else"]])
    yield from (f"note: {note}" for note in told.notes)


def _seal_line(told: Statement) -> str:
    if told.sealed is None:
        return "installed, not sealed: files are not checked at the start; narrowgate verify compares them"
    return f"sealed, manifest sha256 {told.sealed.manifest_sha256}, signed by {told.sealed.signer}"


def _sandbox_line(told: Statement) -> str:
    sandbox = told.sandbox
    have = [f"Landlock {sandbox.landlock}"] if sandbox.landlock else []
    have += ["seccomp"] if sandbox.seccomp else []
    line = f"confined by {', '.join(have) or 'nothing'}{', required' if sandbox.is_required else ''}"
    return "\n".join([line, *(f"MISSING {sentence}" for sentence in sandbox.missing)])


def _part_rows(parts: Sequence[Part]) -> list[list[str]]:
    rows = [["DISTRIBUTION", "VERSION", "LOADED BY", "COULD REACH"]]
    for one in parts:
        reach = "?" if one.reach is None else ", ".join(one.reach) or "nothing"
        rows.append([one.name, one.version or "not installed", ", ".join(one.loaded_by) or "nobody", reach])
    return rows


def _process_lines(one: ProcessView) -> Iterator[str]:
    """Yield what there is to say of a process, a line each."""
    count = f" × {one.count}" if one.count > 1 else ""
    is_free = one.system_calls is None
    yield f"  {one.name}{count}: {'not filtered' if is_free else f'{one.system_calls} system calls'}"
    yield f"    holds     {', '.join(holding.value for holding in one.holds)}"
    yield f"    loads     {', '.join(one.loads) or 'nothing of others'}"
    yield f"    may       {', '.join(one.may) or 'nothing of this'}"
    if is_free:
        return
    if one.ports:
        yield f"    connects  to TCP ports {', '.join(map(str, one.ports))}"
    yield f"    reads     {', '.join(one.reads) or 'no file'}"
    yield f"    writes    {', '.join(one.writes) or 'no file by name'}"


def _network(may_be_private: bool) -> str:  # noqa: FBT001 - the one thing it puts into words
    return "anywhere" if may_be_private else "public addresses, or the address as it stands"


def _section(title: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield ""
    yield f"{title}:"
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
