"""An inventory as lines for a terminal, what matters first."""

from collections.abc import Iterable, Sequence

from narrowgate.supply.distribution import Distribution, Form, Inventory
from narrowgate.supply.findings import MEANING, Finding, Reach, Weight, ranked, strongest

COLUMNS: tuple[tuple[str, Reach], ...] = (
    ("NET", Reach.NETWORK),
    ("PROC", Reach.PROCESS),
    ("WRITE", Reach.WRITE),
    ("READ", Reach.READ),
    ("ENV", Reach.ENVIRONMENT),
    ("DYN", Reach.DYNAMIC),
    ("NAT", Reach.NATIVE),
    ("CRED", Reach.CREDENTIALS),
    ("START", Reach.STARTUP),
    ("BUILD", Reach.BUILD),
)
_MOST_MATTERS = 40
_MOST_WANTED_BY = 3
_MEGABYTE = 1_000_000
_WORDS = {Weight.ALARM: "ALARM", Weight.WARNING: "warning", Weight.NOTE: ""}


def inventory_lines(inventory: Inventory) -> list[str]:
    """Return headline, what matters, the table and its legend."""
    lines = [headline(inventory), *(f"note: {note}" for note in inventory.notes)]
    if matters := _matters(inventory):
        lines += ["", "What matters:", *matters]
    rows = [["DISTRIBUTION", "VERSION", "SIZE", *(name for name, _ in COLUMNS), "WANTED BY"]]
    rows += [_row(one) for one in by_rank(inventory.distributions)]
    lines += [
        "",
        *_aligned(rows),
        "",
        "x when called, ! by being imported, n in machine code alone; ? no files at hand",
    ]
    lines += [f"  {name:<6}{MEANING[reach]}" for name, reach in COLUMNS]
    lines += [f"note: {one.shown}: {note}" for one in inventory.distributions for note in one.notes]
    return lines


def distribution_lines(one: Distribution) -> list[str]:
    """Return all that is known of one distribution, every piece of evidence with its place."""
    lines = [one.shown, f"  wanted by     {', '.join(one.wanted_by) or ('you' if one.is_requested else 'nobody here')}"]
    lines.append(
        f"  pulls in      {', '.join(sorted({wish.name for wish in one.wishes if not wish.for_extra})) or 'nothing'}"
    )
    lines.append(
        f"  size          {size(one.size_bytes)} in {len(one.files)} files, {len(one.native_files)} of machine code"
    )
    lines += [f"  license       {one.license}"] if one.license else []
    lines += [f"  libraries     {', '.join(one.needed_libraries)}"] if one.needed_libraries else []
    lines += [f"  command       {command}" for command in one.commands]
    lines += [f"  note          {note}" for note in one.notes]
    for reach in Reach:
        found = [finding for finding in ranked(one.findings) if finding.reach is reach]
        if found:
            lines += ["", f"{reach.value}: {MEANING[reach]}"]
            rows = [[_WORDS[one.weight], "at import" if one.at_import else "", one.what, one.place] for one in found]
            lines += [f"  {line}" for line in _aligned(rows)]
    return lines


def headline(inventory: Inventory) -> str:
    """Return what was looked at, in one line."""
    found = inventory.distributions
    native = sum(1 for one in found if one.native_files)
    files = sum(len(one.files) for one in found)
    total = size(sum(one.size_bytes for one in found))
    plural = "" if len(found) == 1 else "s"
    return f"{inventory.place}: {len(found)} distribution{plural}, {native} with machine code, {files:,} files, {total}"


def by_rank(distributions: Iterable[Distribution]) -> list[Distribution]:
    """Return distributions with those first that most should be looked at."""
    return sorted(distributions, key=lambda one: (*(-number for number in rank(one)), one.name))


def rank(one: Distribution) -> tuple[int, int, int, int]:
    """Return what a distribution is ordered by: alarms, kinds at import that act, warnings, kinds."""
    alarms = len({finding.what for finding in one.findings if finding.weight is Weight.ALARM})
    warnings = len({finding.what for finding in one.findings if finding.weight is Weight.WARNING})
    return alarms, warnings, len(one.reach_at_import & {Reach.NETWORK, Reach.PROCESS}), len(one.reach)


def size(count: int) -> str:
    """Return a number of bytes in MB, or kB when it is small."""
    return f"{count / _MEGABYTE:.1f} MB" if count >= _MEGABYTE else f"{count / 1_000:.0f} kB"


def _matters(inventory: Inventory) -> list[str]:
    groups: dict[tuple[str, Weight, Reach, str], list[Finding]] = {}
    for one in by_rank(inventory.distributions):
        for finding in ranked(one.findings):
            if finding.weight is not Weight.NOTE:
                groups.setdefault((one.shown, finding.weight, finding.reach, finding.what), []).append(finding)
    ordered = sorted(groups.items(), key=lambda item: -item[0][1].value)
    rows = []
    for (shown, weight, reach, what), found in ordered[:_MOST_MATTERS]:
        when = " at import" if found[0].at_import and reach is not Reach.STARTUP else ""
        more = f" (+{len(found) - 1})" if len(found) > 1 else ""
        rows.append([_WORDS[weight], shown, f"{reach.value}{when}: {what}", f"{found[0].place}{more}"])
    lines = [f"  {line}" for line in _aligned(rows)]
    if len(ordered) > _MOST_MATTERS:
        lines.append(
            f"  and {len(ordered) - _MOST_MATTERS} more; --of NAME shows all of one distribution, --json all of all"
        )
    return lines


def _row(one: Distribution) -> list[str]:
    wanted_by = ", ".join(one.wanted_by[:_MOST_WANTED_BY])
    if len(one.wanted_by) > _MOST_WANTED_BY:
        wanted_by += f" +{len(one.wanted_by) - _MOST_WANTED_BY}"
    marks = [_mark(one, reach) for _, reach in COLUMNS]
    return [one.name, one.version, size(one.size_bytes), *marks, wanted_by or ("you" if one.is_requested else "")]


def _mark(one: Distribution, reach: Reach) -> str:
    if one.form is Form.LOCKED:
        return "?"
    found = tuple(finding for finding in one.findings if finding.reach is reach)
    if not found:
        return ""
    if any(finding.at_import for finding in found):
        return "!!" if strongest(found) is Weight.ALARM else "!"
    return "n" if reach is not Reach.NATIVE and all(finding.line == 0 for finding in found) else "x"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
