"""The incident as a table: step, what stands against it, what came of it in each form."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from tests.replay import around, forms, releases
from tests.replay.forms import Outcome
from tests.replay.payload import STEPS
from tests.replay.trap import Trap

PIP, SEALED, CONTAINER, PLAIN = "pip-installed", "sealed file", "container", "ordinary server"
GATEWAY = (PIP, SEALED, CONTAINER)
NOT_TRIED, NOT_THERE = "not tried", "no such place"
_T = TypeVar("_T")

_BY_KIND = {
    "read": "Landlock: only code can be read",
    "spawn": "seccomp: no fork, no exec",
    "exfil": "seccomp: no socket of its own, no connect",
    "persist": "seccomp and Landlock: nothing can be written",
    "code": "seccomp: no executable memory",
    "kernel": "seccomp: the call is not on the list",
}
_BY_STEP = {
    "environment (os.environ)": "stand-ins for values; children get an empty environment",
    "provider key: Python's objects": "custody: the key is in another process",
    "provider key: open descriptors": "custody: the key is in another process",
    "a program in memory (memfd)": "seccomp: no memfd_create, no exec",
    "a thread from before the seal": "seccomp before the import: no clone",
    "TCP fast open": "seccomp: no socket; the flag is refused on those there are",
    "listener, shutdown, sendto fast open": "seccomp: no shutdown of reading, no fast open, no address",
    "listener, shutdown, sendmsg fast open": "seccomp: no shutdown of reading, no fast open",
    "listener, shutdown, connect": "seccomp: no shutdown of reading, no connect",
    "MPTCP": "seccomp: no socket of any kind",
    "docker.sock": "seccomp: no socket, no connect",
    "datagram to a UNIX path": "seccomp: sendto with an address is refused",
    "a dropped library": "Landlock: it cannot be read",
    "a library in memory": "seccomp: no memfd_create",
    "patch itself (/proc/self/mem)": "seccomp: no file is opened for writing; not dumpable",
    "core files": "RLIMIT_CORE 0, and no right to raise it",
    "memory open to others (dumpable)": "seccomp: prctl may only switch it off",
    "io_uring": "seccomp: the kernel seems to have none",
    "clone3": "seccomp: the kernel seems to have none",
}
_TRICKS = {
    "LD_PRELOAD": "unset by the shell; the image's first program has no loader that would obey it",
    "OPENSSL_CONF with a library": "unset by the shell, or by the image's first program",
    "pyvenv.cfg of another Python": "the interpreter is started by its own path",
}
_RELEASES = {
    "a new release with a .pth file": "lock with hashes",
    "the same version with other bytes": "lock with hashes",
    "the same, offered to the build": "`narrowgate seal` takes what is in the lock",
    "a .pth file and altered code in an installation": "`narrowgate verify`",
    "poisoned byte code (.pyc)": "`narrowgate verify`; a sealed file reads none",
    "a build step alters a file after signing": "signed manifest, checked before anything runs",
    "a build step adds a file after signing": "signed manifest, checked before anything runs",
    "a file signed by somebody else": "Ed25519 signature",
    "an upgrade gains network access": "`narrowgate deps check`",
}
GROUPS = {
    "read": "reads secrets",
    "spawn": "starts a program",
    "exfil": "sends them away",
    "persist": "stays",
    "code": "brings code of its own",
    "kernel": "goes for the kernel or other processes",
    "start": "runs before the program",
    "release": "comes by another way than the lock",
}


class Row(NamedTuple):
    """A step. `cells` says what came of it in each form; `stopped` in which it came to nothing."""

    group: str
    step: str
    control: str
    cells: Mapping[str, str]
    stopped: frozenset[str]


class Replay(NamedTuple):
    """Everything that was tried."""

    rows: Sequence[Row]
    inside: Mapping[str, Outcome]


def replay() -> Replay:
    """Run the incident in every form; some seconds."""
    inside_runs: dict[str, Callable[[Trap], Outcome | None]] = {
        PIP: forms.pip_installed,
        SEALED: forms.sealed,
        CONTAINER: forms.container,
        PLAIN: forms.plain,
    }
    tricks_runs: dict[str, Callable[[Trap], dict[str, str] | None]] = {
        PIP: around.around_pip,
        SEALED: around.around_sealed,
        CONTAINER: around.around_container,
        PLAIN: around.around_plain,
    }
    with ThreadPoolExecutor(2) as pool:
        # Most of it waits for processes; each has a trap of its own.
        inside = {form: pool.submit(_in_trap, run) for form, run in reversed(inside_runs.items())}
        found = pool.submit(_in_trap, releases.releases)
        loose = pool.submit(_in_trap, releases.without_lock)
        tricks = {form: pool.submit(_in_trap, run) for form, run in tricks_runs.items()}
        outcomes = {form: inside[form].result() for form in inside_runs}
        rows = [
            *_inside(outcomes),
            *_started({form: future.result() for form, future in tricks.items()}),
            *_released(found.result(), loose.result()),
        ]
    return Replay(rows, {form: outcome for form, outcome in outcomes.items() if outcome is not None})


def _in_trap(run: Callable[[Trap], _T]) -> _T:
    with Trap() as trap:
        return run(trap)


def _inside(outcomes: Mapping[str, Outcome | None]) -> list[Row]:
    rows = []
    for step, (kind, _) in STEPS.items():
        cells, stopped = {}, set()
        for form, outcome in outcomes.items():
            tried = [] if outcome is None else [steps[step] for steps in outcome.steps.values()]
            got = sum(is_through for is_through, _ in tried)
            is_there = any(not what.startswith("FileNotFoundError") for _, what in tried)
            if not got:
                stopped.add(form)
            refused = f"refused {len(tried)} of {len(tried)}" if is_there else NOT_THERE
            cells[form] = "done" if got else refused if tried else NOT_TRIED
        rows.append(Row(kind, step, _BY_STEP.get(step, _BY_KIND[kind]), cells, frozenset(stopped)))
    return rows


def _started(tricks: Mapping[str, Mapping[str, str] | None]) -> list[Row]:
    rows = []
    for step in around.TRICKS:
        cells, stopped = {}, set()
        for form, ran in tricks.items():
            where = None if ran is None else ran.get(step)
            if where is None:
                is_tried = ran is not None and form in {SEALED, CONTAINER}
                cells[form] = NOT_THERE if is_tried else NOT_TRIED
                stopped.add(form)
            elif not where:
                cells[form] = "not run"
                stopped.add(form)
            elif all(line.startswith("/bin/sh\0") for line in where.splitlines()):
                cells[form] = "in /bin/sh alone"
                stopped.add(form)
            else:
                cells[form] = "ran"
        cells = {form: cells[form] for form in (*GATEWAY, PLAIN)}
        rows.append(Row("start", step, _TRICKS.get(step, "Python starts with -I -S"), cells, frozenset(stopped)))
    return rows


def _released(found: Mapping[str, str], loose: Mapping[str, str]) -> list[Row]:
    rows = []
    for step, how in found.items():
        where = set(GATEWAY) if how else set()
        if step not in loose or not loose[step]:
            where.add(PLAIN)
        cells = dict.fromkeys(GATEWAY, how or "not noticed") | {PLAIN: loose.get(step) or NOT_TRIED}
        rows.append(Row("release", step, _RELEASES[step], cells, frozenset(where)))
    return rows


def text(rows: Sequence[Row]) -> str:
    """Return the table in Markdown, group by group."""
    forms_ = list(rows[0].cells)
    lines = []
    for group, title in GROUPS.items():
        own = [row for row in rows if row.group == group]
        if not own:
            continue
        lines += ["", f"### It {title}", "", f"| step | what stands against it | {' | '.join(forms_)} |"]
        lines += ["| --- | --- |" + " --- |" * len(forms_)]
        for row in own:
            cells = " | ".join(_cell(row, form) for form in forms_)
            lines.append(f"| {row.step} | {row.control} | {cells} |")
    return "\n".join(lines).strip() + "\n"


def _cell(row: Row, form: str) -> str:
    return row.cells[form] if form in row.stopped else f"**{row.cells[form]}**"


def summary(rows: Sequence[Row]) -> str:
    """Return a short table: a line for each group, with how many steps came through."""
    forms_ = list(rows[0].cells)
    lines = [f"| what it does | steps | {' | '.join(forms_)} |", "| --- | --- |" + " --- |" * len(forms_)]
    for group, title in GROUPS.items():
        own = [row for row in rows if row.group == group]
        if own:
            lines.append(f"| {title} | {len(own)} | {' | '.join(_count(own, form) for form in forms_)} |")
    lines.append(f"| **all** | **{len(rows)}** | {' | '.join(_count(rows, form) for form in forms_)} |")
    return "\n".join(lines) + "\n"


def _count(rows: Sequence[Row], form: str) -> str:
    """Return how many steps came through, of those that were tried."""
    tried = [row for row in rows if not row.cells[form].startswith(NOT_TRIED)]
    through = sum(form not in row.stopped for row in tried)
    return f"{through}" if len(tried) == len(rows) else f"{through} of {len(tried)} tried"
