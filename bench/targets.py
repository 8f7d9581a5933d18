"""What is measured: how each is started, and how it is called."""

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_NG = [sys.executable, str(_HERE.parent / "ng")]
_DATA = ["--data", "{work}/data"]


@dataclass(frozen=True)
class Target:
    """A program under measurement.

    Texts may hold {port}, {upstream_port}, {files} (how many descriptors it may open) and {work}
    (its folder for this run). `make_key` is run before the start and prints {"key": ...}, which
    callers then send.
    """

    name: str
    command: list[str]
    template: Path
    model: str
    version: list[str]
    env: dict[str, str] = field(default_factory=dict)
    make_key: list[str] = field(default_factory=list)


def nginx() -> Target:
    """Debian's nginx as a plain reverse proxy: what all ratios are to."""
    return Target(
        name="nginx",
        command=["nginx", "-p", "{work}/", "-c", "{work}/nginx.conf", "-g", "daemon off;"],
        template=_HERE / "nginx.conf",
        model="openai/gpt-4o-mini",
        version=["nginx", "-v"],
    )


def narrowgate(custody: str) -> Target:
    """The gateway of this checkout, one edge, called with a key that has a budget and a rate limit."""
    limits = ["--budget-usd", "1000000", "--rpm", "100000000"]
    serve = [*_NG, "serve", "--config", "{work}/narrowgate.yaml", "--host", "127.0.0.1", "--port", "{port}"]
    return Target(
        name=f"narrowgate-{custody}",
        command=[*serve, "--edges", "1", "--custody", custody, *_DATA],
        template=_HERE / "narrowgate.yaml",
        model="openai/gpt-4o-mini",
        version=[*_NG, "version"],
        env={"BENCH_KEY": "sk-upstream", "NARROWGATE_ADMIN_TOKEN": "bench-admin-token-0123456789abcdef"},
        make_key=[*_NG, "keys", "create", "--json", "--name", "bench", *limits, *_DATA],
    )


def soaked() -> Target:
    """The gateway before three providers that fail."""
    whole = narrowgate("split")
    return replace(whole, name="narrowgate-soak", template=_HERE / "soak.yaml", command=_with(whole, "soak.yaml"))


def _with(target: Target, file: str) -> list[str]:
    return [word.replace(target.template.name, file) for word in target.command]


def fill(text: str, values: dict[str, str]) -> str:
    """Replace {name} by its value for each name in `values`; other braces stay."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
