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
    yield from _section("Processes", _process_rows(told.processes))
    for one in told.processes:
        for word, paths in (("reads", one.reads), ("writes", one.writes)):
            yield from (f"  {one.name} {word} {path}" for path in paths)
    yield from _section(
        "Listens on",
        [["ADDRESS", "TLS", "WHO"], *([o.address, "yes" if o.is_tls else "no", o.who] for o in told.listeners)],
    )
    rows = [
        [f"{one.host}:{one.port}" if one.port else one.host, ", ".join(one.of) or _NONE, _network(one.may_be_private)]
        for one in told.outbound
    ]
    yield from _section("Connects to", [["END", "FOR", "WHERE"], *rows] if rows else [["nobody"]])
    yield from _section("Secrets come from", [["WANTED BY", "SOURCE"], *([o.path, o.source] for o in told.secrets)])
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


def _process_rows(processes: Sequence[ProcessView]) -> list[list[str]]:
    rows = [["PROCESS", "HOLDS", "LOADS", "CONNECTS TO PORTS", "CALLS", "MAY"]]
    for one in processes:
        name = f"{one.name} × {one.count}" if one.count > 1 else one.name
        calls = "all" if one.system_calls is None else str(one.system_calls)
        holds = ", ".join(holding.value for holding in one.holds)
        ports = ", ".join(map(str, one.ports)) or ("all" if one.system_calls is None else _NONE)
        rows.append([name, holds, ", ".join(one.loads) or _NONE, ports, calls, ", ".join(one.may) or _NONE])
    return rows


def _network(may_be_private: bool) -> str:  # noqa: FBT001 - the one thing it puts into words
    return "anywhere" if may_be_private else "public addresses, or the address as it stands"


def _section(title: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield ""
    yield f"{title}:"
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
