"""Which findings happen by importing alone: module level, and what it calls, through a distribution's modules."""

from collections.abc import Iterable, Sequence

import msgspec

from narrowgate.supply.apis import IDLE
from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.python_scan import Scan

# Merely loading a module does these to somebody outside of the process, or could.
_GRAVE = frozenset({Reach.NETWORK, Reach.PROCESS})
_NEVER = frozenset({Reach.UNRECORDED, Reach.BUILD})
_ASIDE = frozenset({"tests", "test", "testing", "examples", "example", "benchmarks", "benchmark", "docs"})
_LONGEST_CHAIN = 20


def at_import(scans: Sequence[Scan]) -> list[Finding]:
    """Return all findings of one distribution, those marked that an import of their module brings about."""
    modules = {scan.module: scan for scan in scans}
    reached = _reached(modules)
    found = []
    for scan in scans:
        for scope, finding in scan.uses:
            happens = scope in reached and finding.reach not in _NEVER
            found.append(_marked(finding) if happens else finding)
    return list(dict.fromkeys(found))


def _marked(finding: Finding) -> Finding:
    weight = finding.weight
    is_grave = finding.reach in _GRAVE and finding.what not in IDLE and not is_aside(finding.file)
    if is_grave and weight is Weight.NOTE:
        weight = Weight.WARNING
    return msgspec.structs.replace(finding, at_import=True, weight=weight)


def is_aside(file: str) -> bool:
    """Whether a file is among tests, examples or the like, which no program imports."""
    return not _ASIDE.isdisjoint(file.split("/")[:-1])


def _reached(modules: dict[str, Scan]) -> set[str]:
    """Return the names of the scopes that run when each module is imported."""
    scopes = {scope for scan in modules.values() for scope in (*scan.calls, *(use[0] for use in scan.uses))}
    calls = {scope: called for scan in modules.values() for scope, called in scan.calls.items()}
    waiting = list(modules)
    reached = set(waiting)
    while waiting:
        for name in calls.get(waiting.pop(), ()):
            for target in _targets(name, modules, scopes):
                if target not in reached:
                    reached.add(target)
                    waiting.append(target)
    return reached


def _targets(name: str, modules: dict[str, Scan], scopes: set[str]) -> Iterable[str]:
    """Yield the scopes that a call of `name` runs: a function, or how a class makes its instances."""
    full = _defined(name, modules)
    for target in (full, f"{full}.__init__", f"{full}.__new__", f"{full}.__post_init__", f"{full}.__call__"):
        if target in scopes:
            yield target


def _defined(name: str, modules: dict[str, Scan]) -> str:
    """Return where a name that was imported from somewhere is defined, through any re-exports."""
    for _ in range(_LONGEST_CHAIN):
        module, _, rest = name.rpartition(".")
        tail = [rest]
        while module and module not in modules:
            module, _, rest = module.rpartition(".")
            tail.insert(0, rest)
        if not module or tail[0] not in modules[module].names:
            return name
        name = ".".join([modules[module].names[tail[0]], *tail[1:]])
    return name
