"""Start a process tree on given cores, read its CPU time and memory, and end it by pid."""

import contextlib
import ctypes
import os
import resource
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_FILES = 65_536
_CHILD = b"narrowgate.supervisor.child"  # the module that a child of the gateway starts in; its role comes next
_started: set[int] = set()  # every direct child; what else has this process as its parent was adopted


@dataclass(frozen=True)
class CpuTime:
    """CPU used by a tree so far: by its living threads, and by everything it ever had, in ns.

    `living_ns` is exact to the nanosecond but forgets threads that ended; `total_ns` includes
    threads and waited-for children that ended but is exact only to a clock tick per process.
    `by_process` divides `living_ns` among the processes, by what they are for.
    """

    living_ns: int
    total_ns: int
    processes: int
    by_process: dict[str, int]


@dataclass(frozen=True)
class Memory:
    """Resident memory of a tree in MiB, and of its largest process alone.

    `pss_mb` is None where the kernel does not show it.
    """

    rss_mb: float
    largest_mb: float
    pss_mb: float | None


@dataclass(frozen=True)
class Resources:
    """Resident memory in MiB, and open descriptors, of the processes of one role."""

    rss_mb: float
    files: int


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ended, so that none leaves the tree unseen."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def allow_more_files() -> None:
    """Let this process, and all it starts, open as many files as ten thousand streams need, if it may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, max(_FILES, most)))
    except (OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES, most), most))


def allowed_files() -> int:
    """Return how many descriptors a process started now may open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run_pinned(command: list[str], core: int, env: dict[str, str], timeout_s: float) -> str:
    """Run a load generator on `core` and return what it printed.

    Raises OSError when it cannot be executed, subprocess.TimeoutExpired (and has ended it) when it takes too long.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=env,
        preexec_fn=lambda: os.sched_setaffinity(0, [core]),
    ) as process:
        _started.add(process.pid)
        try:
            return process.communicate(timeout=timeout_s)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            raise


class Tree:
    """A process and all that descends from it; only a tree that was started here is ever ended."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.pid = process.pid
        self._process = process

    @classmethod
    def start(cls, command: list[str], core: int, env: dict[str, str], log: Path) -> "Tree":
        """Start `command` on `core`; raises OSError when it cannot be executed."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, [core]),
            )
        _started.add(process.pid)
        return cls(process)

    @property
    def is_alive(self) -> bool:
        """Whether the first process still runs."""
        return self._process.poll() is None

    def pids(self) -> list[int]:
        """All pids of the tree now, the first process first, adopted orphans included."""
        children: dict[int, list[int]] = {}
        for pid, parent in _parents().items():
            children.setdefault(parent, []).append(pid)
        found = [self.pid, *(pid for pid in children.get(os.getpid(), []) if pid not in _started)]
        for pid in found:
            found += [child for child in children.get(pid, []) if child not in found]
        return found

    def cpu(self) -> CpuTime:
        """CPU time of the whole tree so far."""
        pids = self.pids()
        by_process: dict[str, int] = {}
        for pid in pids:
            purpose = _purpose(pid)
            by_process[purpose] = by_process.get(purpose, 0) + _living_ns(pid)
        return CpuTime(
            living_ns=sum(by_process.values()),
            by_process=by_process,
            total_ns=sum(_total_ticks(pid) for pid in pids) * _TICK_NS,
            processes=len(pids),
        )

    def memory(self) -> Memory:
        """Resident memory of the whole tree."""
        pids = self.pids()
        resident = [_field_kb(pid, "status", "VmRSS:") or 0 for pid in pids]
        parts = [_field_kb(pid, "smaps_rollup", "Pss:") for pid in pids]
        shown = [part for part in parts if part is not None]
        return Memory(
            rss_mb=sum(resident) / 1024,
            largest_mb=max(resident) / 1024,
            pss_mb=sum(shown) / 1024 if len(shown) == len(parts) else None,
        )

    def resources(self) -> dict[str, Resources]:
        """What every process of the tree holds now, by what it is for."""
        found: dict[str, Resources] = {}
        for pid in self.pids():
            name, rss_mb = _purpose(pid), (_field_kb(pid, "status", "VmRSS:") or 0) / 1024
            before = found.get(name, Resources(0, 0))
            found[name] = Resources(before.rss_mb + rss_mb, before.files + _open_files(pid))
        return found

    def stop(self, grace_s: float = 8.0) -> None:
        """Ask the first process to end, then whatever of its tree is left, then insist."""
        members = {pid: _started_at(pid) for pid in self.pids()}
        _signal(self.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(grace_s)
        for number in (signal.SIGTERM, signal.SIGKILL):
            members = {pid: born for pid, born in members.items() if born and _started_at(pid) == born}
            for pid in members:
                _signal(pid, number)
            deadline = time.monotonic() + 2
            while members and time.monotonic() < deadline:
                members = {pid: born for pid, born in members.items() if not self._is_gone(pid, born)}
                time.sleep(0.02)
        self._process.wait(5)

    def _is_gone(self, pid: int, born: str | None) -> bool:
        """Whether `pid` has ended; collects it when it was adopted."""
        if pid == self.pid:
            return self._process.poll() is not None
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        return _started_at(pid) != born


def cpu_between(before: CpuTime, after: CpuTime) -> tuple[float, bool]:
    """CPU in µs used between two readings, and whether it had to be taken from clock ticks.

    The exact per-thread sum is used unless it misses threads or processes that ended meanwhile.
    """
    exact = after.living_ns - before.living_ns
    coarse = after.total_ns - before.total_ns
    doubt = 2 * _TICK_NS * max(before.processes, after.processes) + 0.03 * max(coarse, 0)
    if coarse - exact > doubt:
        return coarse / 1000, True
    return exact / 1000, False


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat after the command's name (which may hold anything); [] when gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
    except OSError:
        return []


def _parents() -> dict[int, int]:
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            found[int(entry.name)] = int(fields[1])
    return found


def _started_at(pid: int) -> str | None:
    fields = _stat(pid)
    return fields[19] if fields and fields[0] != "Z" else None


def _total_ticks(pid: int) -> int:
    """User and system time, of the process and of its waited-for children."""
    fields = _stat(pid)
    return sum(int(value) for value in fields[11:15]) if fields else 0


def _purpose(pid: int) -> str:
    """The role of one of the gateway's children, `main` for any other process."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "main"
    after = words.index(_CHILD) + 1 if _CHILD in words else len(words)
    return words[after].decode() if after < len(words) else "main"


def _living_ns(pid: int) -> int:
    total = 0
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            total += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
    return total


def _open_files(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - of names alone, fast
    except OSError:
        return 0


def _field_kb(pid: int, file: str, field: str) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith(field)), None)
