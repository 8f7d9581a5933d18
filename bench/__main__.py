"""Command line: python3 -m bench translate | plan | soak | run, each with --help."""

import argparse
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from bench import build, report
from bench.processes import adopt_orphans, allow_more_files
from bench.running import NotReadyError, program
from bench.scenarios import Bench, Round, Scenario, measure, scenarios
from bench.soak import soak
from bench.targets import Target, narrowgate, nginx

_IN_PROCESS = {"translate": "bench.translation", "plan": "bench.planning"}
_PROGRAMS = {"wrk": "wrk", "nginx": "nginx-light", "gcc": "gcc libc6-dev"}


class UnusableError(Exception):
    """The arguments cannot be carried out; the message says which and why."""


def main() -> int:
    """Carry out the command line: 0, 1 when a target could not be measured, 2 when nothing could be begun."""
    arguments = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    if arguments.command in _IN_PROCESS:
        print(importlib.import_module(_IN_PROCESS[arguments.command]).table())
        return 0
    try:
        return _soak(arguments) if arguments.command == "soak" else _run(arguments)
    except (UnusableError, build.BuildError, NotReadyError) as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="Narrowgate beside nginx, see bench/README.md")
    commands = parser.add_subparsers(required=True, dest="command")
    commands.add_parser("translate", help="what translating costs, in this process; needs the runtime packages")
    commands.add_parser("plan", help="what choosing among targets costs, in this process; needs the runtime packages")
    soak = commands.add_parser("soak", help="call it for long while its providers fail; counts right answers and leaks")
    soak.add_argument("--seconds", type=float, default=120, help="how long (default 120)")
    soak.add_argument("--rate", type=float, default=100, help="calls a second, every other a stream (default 100)")
    soak.add_argument("--faults", type=float, default=0.06, help="share of bad answers (default 0.06)")
    run = commands.add_parser("run", help="measure")
    run.add_argument("--rounds", type=int, default=3, help="how often all targets are measured in turn (default 3)")
    run.add_argument("--seconds", type=float, default=4, help="length of each load (default 4)")
    run.add_argument("--streams", type=int, default=100, help="paced streams at a time (default 100)")
    run.add_argument("--scenarios", metavar="NAMES", help="comma-separated, instead of the usual ones")
    run.add_argument(
        "--custody", choices=["merged", "split", "both"], default="both", help="which shape (default both)"
    )
    run.add_argument("--json", type=Path, metavar="FILE", help="write every figure of every round")
    return parser


def _soak(arguments: argparse.Namespace) -> int:
    if arguments.seconds < 1 or arguments.rate <= 0 or not 0 <= arguments.faults <= 1:
        message = "--seconds must be at least 1, --rate more than 0, --faults between 0 and 1"
        raise UnusableError(message)
    allow_more_files()
    adopt_orphans()
    _version(narrowgate("split"))
    return soak(arguments.seconds, arguments.rate, arguments.faults, _cores())


def _run(arguments: argparse.Namespace) -> int:
    if arguments.rounds < 1 or arguments.seconds < 1 or arguments.streams < 1:
        message = "--rounds, --seconds and --streams must be at least 1"
        raise UnusableError(message)
    for word, packages in _PROGRAMS.items():
        if not shutil.which(program(word)):
            message = f"{word} is missing; install it: apt install {packages}"
            raise UnusableError(message)
    allow_more_files()
    chosen = _chosen(arguments)
    load_core, target_core = _cores()
    custodies = ["merged", "split"] if arguments.custody == "both" else [arguments.custody]
    targets = [nginx(), *(narrowgate(custody) for custody in custodies)]
    versions = {target.name: _version(target) for target in targets}
    adopt_orphans()
    work = Path(tempfile.mkdtemp(prefix="bench-"))
    bench = Bench(build.build(), work, load_core, target_core, arguments.seconds, chosen)
    try:
        results = _rounds(bench, targets, arguments.rounds)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(report.table(results, chosen))
    print("\nversions: " + ", ".join(f"{name} {version}" for name, version in versions.items()))
    if arguments.json:
        arguments.json.write_text(_json(results, chosen, versions), encoding="utf-8")
    return _tell_problems(results)


def _rounds(bench: Bench, targets: list[Target], count: int) -> dict[str, list[Round]]:
    """A B C A B C …: each round measures every target once, so that they share the weather."""
    results: dict[str, list[Round]] = {target.name: [] for target in targets}
    each = len(bench.scenarios) * (bench.seconds + 0.5) + 5
    print(f"about {len(targets) * count * each / 60:.0f} minutes", file=sys.stderr)
    for number in range(1, count + 1):
        for target in targets:
            began = time.monotonic()
            result = measure(bench, target)
            results[target.name].append(result)
            word = "failed" if result.problem else "measured"
            took = time.monotonic() - began
            print(f"round {number} {target.name}: {word} in {took:.0f} s", file=sys.stderr, flush=True)
    return results


def _chosen(arguments: argparse.Namespace) -> list[Scenario]:
    every = scenarios(arguments.streams)
    if not arguments.scenarios:
        return [scenario for scenario in every if scenario.is_usual]
    known = {scenario.name: scenario for scenario in every}
    wanted = arguments.scenarios.split(",")
    for name in wanted:
        if name not in known:
            message = f"there is no scenario '{name}'; there are {', '.join(known)}"
            raise UnusableError(message)
    return [known[name] for name in wanted]


def _cores() -> tuple[int, int]:
    """Return the core for mock and load, and the core for the target; one core does both if it must."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) == 1:
        print("only one core: target and load share it, so rates and times mean little", file=sys.stderr)
    return available[0], available[-1]


def _version(target: Target) -> str:
    """Ask for the version; for the gateway this also makes its environment, which is no part of its start."""
    command = [program(target.version[0]), *target.version[1:]]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{target.name} does not run: {(done.stdout + done.stderr).strip()[-500:]}"
        raise UnusableError(message)
    words = (done.stdout + done.stderr).replace("/", " ").split()
    return next((word for word in words if word[0].isdigit()), "unknown")


def _tell_problems(results: dict[str, list[Round]]) -> int:
    problems = {f"{name}: {one.problem}" for name, rounds in results.items() for one in rounds if one.problem}
    for problem in sorted(problems):
        print(f"\n{problem}", file=sys.stderr)
    return 1 if problems else 0


def _json(results: dict[str, list[Round]], chosen: list[Scenario], versions: dict[str, str]) -> str:
    summary = {
        name: {figure: asdict(one) for figure, one in of_one.items()}
        for name, of_one in report.summaries(results, chosen).items()
    }
    rounds = {name: [asdict(one) for one in of_one] for name, of_one in results.items()}
    return json.dumps({"versions": versions, "summary": summary, "rounds": rounds}, indent=1)


if __name__ == "__main__":
    sys.exit(main())
