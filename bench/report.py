"""Turn the rounds into a table: medians, extremes, and ratios to nginx in the same rounds."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.scenarios import Round, Scenario

BASELINE = "nginx"
Read = Callable[[Round], float | None]


@dataclass(frozen=True)
class Summary:
    """A figure over all rounds. `ratio` and `beyond` compare with nginx, round by round.

    Round by round, so that what slows the machine for a while slows both.
    """

    middle: float
    least: float
    most: float
    ratio: float | None
    beyond: float | None


@dataclass(frozen=True)
class Column:
    """One column: which figure, which part of its summary, how many digits."""

    title: str
    figure: str
    part: str
    digits: int


def summarise(read: Read, rounds: list[Round], baseline: list[Round]) -> Summary | None:
    """Return the summary of a figure, None when no round has it."""
    known = [value for one in rounds if (value := read(one)) is not None]
    if not known:
        return None
    pairs = [(read(one), read(other)) for one, other in zip(rounds, baseline, strict=False)]
    both = [(value, other) for value, other in pairs if value is not None and other is not None]
    ratios = [value / other for value, other in both if other]
    differences = [value - other for value, other in both]
    return Summary(
        middle=median(known),
        least=min(known),
        most=max(known),
        ratio=median(ratios) if ratios else None,
        beyond=median(differences) if differences else None,
    )


def table(results: dict[str, list[Round]], scenarios: list[Scenario]) -> str:
    """Return the printed report."""
    lines: list[str] = []
    for scenario in scenarios:
        columns = _STREAM_COLUMNS if scenario.is_stream else _CALL_COLUMNS
        if not scenario.is_usual:
            columns = _MANY_COLUMNS
        lines += [f"== {scenario.name}: {scenario.title}", *_aligned(columns, results, scenario.name), ""]
    lines += ["== CPU µs per call or stream, by process", *_shares(results, scenarios), ""]
    lines += ["== start, own work, memory (MiB: PSS of all processes, RSS of the largest)"]
    return "\n".join([*lines, *_aligned(_RUN_COLUMNS, results, "")])


def summaries(results: dict[str, list[Round]], scenarios: list[Scenario]) -> dict[str, dict[str, Summary]]:
    """Return every figure of every target by `scenario.figure`, for --json."""
    found: dict[str, dict[str, Summary]] = {}
    for name, rounds in results.items():
        of_one = found.setdefault(name, {})
        for where in ("", *(scenario.name for scenario in scenarios)):
            for figure in sorted({figure for one in rounds for figure in _figures(one, where)}):
                summary = summarise(_reader(where, figure), rounds, results.get(BASELINE, []))
                if summary:
                    of_one[f"{where or 'run'}.{figure}"] = summary
    return found


def _figures(one: Round, scenario: str) -> dict[str, float]:
    return one.by_scenario.get(scenario, {}) if scenario else one.run


def _reader(scenario: str, figure: str) -> Read:
    return lambda one: _figures(one, scenario).get(figure)


_CALL_COLUMNS = [
    Column("CPU µs/call (min–max)", "cpu_us", "range", 1),
    Column("×nginx", "cpu_us", "ratio", 2),
    Column("+µs", "cpu_us", "beyond", 1),
    Column("calls/s (min–max)", "per_s", "range", 0),
    Column("×nginx", "per_s", "ratio", 2),
    Column("p50 ms", "p50_ms", "middle", 2),
    Column("×nginx", "p50_ms", "ratio", 2),
    Column("p99 ms", "p99_ms", "middle", 2),
    Column("×nginx", "p99_ms", "ratio", 2),
    Column("errors", "errors", "most", 0),
]
_STREAM_COLUMNS = [
    Column("CPU µs/stream (min–max)", "cpu_us", "range", 0),
    Column("×nginx", "cpu_us", "ratio", 2),
    Column("µs/frame", "cpu_us_per_frame", "middle", 2),
    Column("+µs", "cpu_us_per_frame", "beyond", 2),
    Column("streams/s", "per_s", "middle", 0),
    Column("first p50 ms", "first_p50_ms", "middle", 2),
    Column("+ms", "first_p50_ms", "beyond", 2),
    Column("p99", "first_p99_ms", "middle", 2),
    Column("gap p50", "gap_p50_ms", "middle", 2),
    Column("p99", "gap_p99_ms", "middle", 2),
    Column("max", "gap_max_ms", "most", 1),
    Column("frames", "frames", "middle", 0),
    Column("errors", "errors", "most", 0),
]
_MANY_COLUMNS = [
    Column("KiB RSS/stream", "kb_per_stream", "middle", 1),
    Column("first p50 ms", "first_p50_ms", "middle", 1),
    Column("p99", "first_p99_ms", "middle", 1),
    Column("µs/frame", "cpu_us_per_frame", "middle", 1),
    Column("frames", "frames", "middle", 0),
    Column("errors", "errors", "most", 0),
]
_RUN_COLUMNS = [
    Column("first answer ms (min–max)", "ready_ms", "range", 0),
    Column("own work p50 µs", "own_p50_us", "middle", 0),
    Column("idle", "idle_pss_mb", "middle", 1),
    Column("largest", "idle_largest_mb", "middle", 1),
    Column("after load", "after_pss_mb", "middle", 1),
    Column("×nginx", "after_pss_mb", "ratio", 1),
    Column("largest", "after_largest_mb", "middle", 1),
]


_SHARE = "cpu_us_"


def _shares(results: dict[str, list[Round]], scenarios: list[Scenario]) -> list[str]:
    lines = []
    for name, rounds in results.items():
        for scenario in scenarios:
            found = sorted({key for one in rounds for key in _figures(one, scenario.name)} - {"cpu_us_per_frame"})
            shares = [
                f"{figure.removeprefix(_SHARE)} {summary.middle:.1f}"
                for figure in found
                if figure.startswith(_SHARE)
                and (summary := summarise(_reader(scenario.name, figure), rounds, [])) is not None
            ]
            if len(shares) > 1:
                lines.append(f"{name} {scenario.name}: {', '.join(shares)}")
    return lines


def _cell(column: Column, summary: Summary | None) -> str:
    if summary is None:
        return "-"
    if column.part == "range":
        digits = column.digits
        return f"{summary.middle:.{digits}f} ({summary.least:.{digits}f}–{summary.most:.{digits}f})"
    parts = {"middle": summary.middle, "most": summary.most, "ratio": summary.ratio, "beyond": summary.beyond}
    value = parts[column.part]
    return "-" if value is None else f"{value:.{column.digits}f}"


def _aligned(columns: list[Column], results: dict[str, list[Round]], scenario: str) -> list[str]:
    """Return a head line and one line for each target: its name to the left, its cells to the right."""
    baseline = results.get(BASELINE, [])
    rows = [["", *(column.title for column in columns)]]
    for name, rounds in results.items():
        read = [summarise(_reader(scenario, column.figure), rounds, baseline) for column in columns]
        rows.append([name, *(_cell(column, summary) for column, summary in zip(columns, read, strict=True))])
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        ).rstrip()
        for row in rows
    ]
