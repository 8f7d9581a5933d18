"""Run one bounded load against a target and read what the load generator saw."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.processes import run_pinned
from bench.running import PATH, Running

_POST = Path(__file__).resolve().parent / "post.lua"
_GRACE_S = 30


class LoadError(Exception):
    """The load generator itself failed."""


@dataclass(frozen=True)
class Load:
    """What came back: whole calls (or streams), the frames in them, and how many went wrong.

    `figures` are times in ms by name: p50_ms, p99_ms, and for streams also first_p50_ms (to the
    first frame) and gap_p99_ms (between frames).
    """

    calls: int
    seconds: float
    frames: int
    errors: int
    figures: dict[str, float]


def calls(target: Running, body: Path, connections: int, seconds: float, core: int) -> Load:
    """Plain calls with wrk: each connection asks again as soon as it is answered."""
    env = {"BENCH_BODY": str(body), "BENCH_HEADERS": _header_lines(target)}
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "15s"]
    command += ["-s", str(_POST), f"http://127.0.0.1:{target.port}{PATH}"]
    printed = _run(command, core, seconds, env)
    line = next((line for line in printed.splitlines() if line.startswith("JSON ")), "")
    seen = _read("wrk", line.removeprefix("JSON "), printed)
    return Load(
        calls=int(_number(seen, "calls")),
        seconds=_number(seen, "seconds"),
        frames=0,
        errors=_error_count(seen),
        figures={f"{name}_ms": _number(seen, name) for name in ("p50", "p90", "p99", "max")},
    )


def streams(target: Running, sload: Path, body: Path, connections: int, seconds: float, core: int) -> Load:
    """Streams with sload: each connection asks again when its stream has ended."""
    command = [str(sload), str(target.port), PATH, str(body), str(connections), str(seconds), _header_lines(target)]
    printed = _run(command, core, seconds, {})
    seen = _read("sload", printed, printed)
    return Load(
        calls=int(_number(seen, "streams")),
        seconds=_number(seen, "seconds"),
        frames=int(_number(seen, "frames")),
        errors=_error_count(seen),
        figures={
            **_times(seen, "total_ms", ""),
            **_times(seen, "first_frame_ms", "first_"),
            **_times(seen, "gap_ms", "gap_"),
        },
    )


def _times(seen: dict[str, object], key: str, prefix: str) -> dict[str, float]:
    times = seen.get(key)
    if not isinstance(times, dict):
        return {}
    return {f"{prefix}{name}_ms": float(value) for name, value in times.items() if isinstance(value, int | float)}


def _error_count(seen: dict[str, object]) -> int:
    errors = seen.get("errors")
    return sum(errors.values()) if isinstance(errors, dict) else 0


def _number(seen: dict[str, object], key: str) -> float:
    value = seen.get(key)
    if not isinstance(value, int | float):
        message = f"the load generator did not say '{key}'"
        raise LoadError(message)
    return value


def _read(who: str, text: str, printed: str) -> dict[str, object]:
    try:
        seen = json.loads(text)
    except ValueError as error:
        message = f"{who}: {printed[-500:]}"
        raise LoadError(message) from error
    if not isinstance(seen, dict):
        message = f"{who}: {printed[-500:]}"
        raise LoadError(message)
    return seen


def _header_lines(target: Running) -> str:
    return "".join(f"{name}: {text}\r\n" for name, text in target.headers.items())


def _run(command: list[str], core: int, seconds: float, env: dict[str, str]) -> str:
    """Run a load generator on `core`; it is ended when it takes half a minute longer than asked."""
    try:
        return run_pinned(command, core, {**os.environ, **env}, seconds + _GRACE_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{command[0]}: {error}"
        raise LoadError(message) from error
