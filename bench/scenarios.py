"""The scenarios, and one round of them through one target."""

import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Self

from bench import bodies, load
from bench.processes import CpuTime, Tree, allowed_files, cpu_between
from bench.running import Mock, NotReadyError, Running
from bench.targets import Target

_SETTLE_S = 0.5
_WARM_UP_S = 1.0
_SAMPLE_S = 0.5
_OWN_WORK_CALLS = 500
_KB_PER_MB = 1024
_QUIET_S, _QUIET_US, _QUIET_TRIES = 0.3, 6_000, 30  # at most 2 % of a core, waited for at most 9 s
_MANY = 10_000


@dataclass(frozen=True)
class Scenario:
    """One kind of load. `delay_ms`, `chunks` and `interval_ms` are the pace of the mock upstream."""

    name: str
    title: str
    body: str
    connections: int
    is_stream: bool = False
    delay_ms: int = 0
    chunks: int = 32
    interval_ms: int = 0
    is_usual: bool = True


def scenarios(streams: int) -> list[Scenario]:
    """All scenarios, with `streams` paced streams at a time."""
    paced = f"paced streams of 103 frames (first after 30 ms, then every 10 ms), {streams} at a time"
    many = min(_MANY, allowed_files() * 2 // 5)  # a descriptor to each side, and some to spare
    idle = f"{many} idle streams at a time (a frame every 2 s): memory of each"
    return [
        Scenario("chat-c1", "small chat, 1 connection", "chat", 1),
        Scenario("chat-c64", "small chat, 64 connections", "chat", 64),
        Scenario("agent-c16", "agent request of 120 KB, 16 connections", "agent", 16),
        Scenario("burst-c32", "burst streams of 35 frames, 32 connections", "stream", 32, is_stream=True),
        Scenario("paced", paced, "stream", streams, is_stream=True, delay_ms=30, chunks=100, interval_ms=10),
        Scenario(
            *("many", idle, "stream", many), is_stream=True, delay_ms=2000, chunks=4, interval_ms=2000, is_usual=False
        ),
    ]


@dataclass(frozen=True)
class Bench:
    """What one run needs to know everywhere."""

    helpers: Path
    work: Path
    load_core: int
    target_core: int
    seconds: float
    scenarios: list[Scenario]


@dataclass
class Round:
    """What one round of one target brought: figures of the whole run, and by scenario.

    `problem` says why it ended early; the scenarios until then are kept.
    """

    run: dict[str, float] = field(default_factory=dict)
    by_scenario: dict[str, dict[str, float]] = field(default_factory=dict)
    problem: str = ""


def measure(bench: Bench, target: Target) -> Round:
    """One round: start the target, every scenario, memory, end it."""
    result = Round()
    try:
        mock = Mock(bench.helpers, bench.load_core)
    except NotReadyError as error:
        return Round(problem=str(error))
    try:
        running = Running(target, mock.port, bench.target_core)
        try:
            _measure_running(bench, mock, running, target.model, result)
        finally:
            running.stop()
    except (NotReadyError, load.LoadError) as error:
        result.problem = str(error)
    finally:
        mock.stop()
    return result


def _measure_running(bench: Bench, mock: Mock, running: Running, model: str, result: Round) -> None:
    files = {kind: bodies.write(kind, model, bench.work) for kind in ("chat", "agent", "stream")}
    chat = files["chat"].read_bytes()
    result.run["ready_ms"] = running.await_answer(chat)
    time.sleep(_SETTLE_S)
    result.run |= _memory("idle", running.tree)
    load.calls(running, files["chat"], 16, _WARM_UP_S, bench.load_core)
    if own_us := running.own_work_us(chat, _OWN_WORK_CALLS):
        result.run["own_p50_us"] = median(own_us)
    for scenario in bench.scenarios:
        mock.set(scenario.delay_ms, scenario.chunks, scenario.interval_ms)
        result.by_scenario[scenario.name] = _run(bench, running, scenario, files[scenario.body])
    time.sleep(_SETTLE_S)
    result.run |= _memory("after", running.tree)


def _run(bench: Bench, running: Running, scenario: Scenario, body: Path) -> dict[str, float]:
    """One scenario: the load between two readings of the target's CPU time."""
    idle_mb = running.tree.memory().rss_mb
    before = running.tree.cpu()
    peak = _Peak(running.tree)
    with nullcontext() if scenario.is_usual else peak:
        seen = _load(bench, running, scenario, body)
    if not running.tree.is_alive:
        message = f"it ended during {scenario.name}; end of its output:\n{running.log_end()}"
        raise NotReadyError(message)
    after = _cpu_when_quiet(running.tree)
    used_us, is_coarse = cpu_between(before, after)
    result = {**seen.figures, "errors": float(seen.errors), "per_s": seen.calls / max(seen.seconds, 0.001)}
    result["cpu_is_coarse"] = float(is_coarse)
    if seen.calls:
        result["cpu_us"] = used_us / seen.calls
        result["frames"] = seen.frames / seen.calls
        for purpose, used_ns in after.by_process.items():
            result[f"cpu_us_{purpose}"] = (used_ns - before.by_process.get(purpose, 0)) / 1000 / seen.calls
    if seen.frames:
        result["cpu_us_per_frame"] = used_us / seen.frames
    if not scenario.is_usual:
        result["kb_per_stream"] = (peak.rss_mb - idle_mb) * _KB_PER_MB / scenario.connections
    return result


def _cpu_when_quiet(tree: Tree) -> CpuTime:
    """Read the CPU time once work put off during the load (the recorder's) is done, so that it is counted too."""
    now = tree.cpu()
    for _ in range(_QUIET_TRIES):
        time.sleep(_QUIET_S)
        before, now = now, tree.cpu()
        if cpu_between(before, now)[0] < _QUIET_US:
            break
    return now


def _load(bench: Bench, running: Running, scenario: Scenario, body: Path) -> load.Load:
    if not scenario.is_stream:
        return load.calls(running, body, scenario.connections, bench.seconds, bench.load_core)
    sload = bench.helpers / "sload"
    return load.streams(running, sload, body, scenario.connections, bench.seconds, bench.load_core)


def _memory(when: str, tree: Tree) -> dict[str, float]:
    memory = tree.memory()
    return {
        f"{when}_rss_mb": memory.rss_mb,
        f"{when}_pss_mb": memory.rss_mb if memory.pss_mb is None else memory.pss_mb,
        f"{when}_largest_mb": memory.largest_mb,
    }


class _Peak:
    """Reads a tree's memory now and then while a load runs; only where CPU is not the question."""

    def __init__(self, tree: Tree) -> None:
        self.rss_mb = 0.0
        self._tree = tree
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_S):
            self.rss_mb = max(self.rss_mb, self._tree.memory().rss_mb)
