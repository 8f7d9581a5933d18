"""Check a configuration: say all that is wrong with it and how to mend it, or what would be served.

Looks at files, environment and secret references; dials nobody. Exit status 0 when it can be
used, 1 when not.
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from narrowgate.adapters.config_file import Loaded, config_path, fetch_secrets, load_plan
from narrowgate.cli.output import columns, print_json
from narrowgate.config.complaint import Complaint, ConfigRefused


class Provider(msgspec.Struct, frozen=True):
    """One provider that would be served. `key` is the reference to its key, empty for none."""

    name: str
    kind: str
    url: str
    key: str


class Report(msgspec.Struct, frozen=True):
    """The outcome. `file` is None when there is no file."""

    ok: bool
    file: str | None
    complaints: list[Complaint] = []
    notes: tuple[str, ...] = ()
    listen: str = ""
    providers: list[Provider] = []
    aliases: int = 0
    priced_models: int = 0
    version: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--config", metavar="FILE", help="configuration (default: ./narrowgate.yaml if there)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Check and report."""
    report = examine(arguments.config, os.environ)
    if arguments.json:
        print_json(report)
    else:
        print("\n".join(_lines(report)))
    return 0 if report.ok else 1


def examine(argument: str | None, environment: Mapping[str, str]) -> Report:
    """Return what there is to say about the configuration that `serve` would use."""
    path = config_path(argument, environment)
    try:
        loaded = load_plan(argument, environment)
        fetch_secrets(loaded, environment)
    except ConfigRefused as refused:
        return Report(ok=False, file=_shown(path), complaints=refused.complaints)
    return _accepted(loaded)


def _accepted(loaded: Loaded) -> Report:
    edge = loaded.plan.edge
    origins = loaded.plan.origins
    listen = edge.listen
    scheme = "https" if listen.tls else "http"
    shown_host = f"[{listen.host}]" if ":" in listen.host else listen.host
    providers = []
    for view in edge.providers:
        if view.is_demo:
            providers.append(Provider(view.name, view.profile, "built in", ""))
            continue
        origin = origins[view.index]
        shown = f"[{origin.host}]" if ":" in origin.host else origin.host
        usual = {"https": 443, "http": 80}[origin.scheme]
        port = "" if origin.port == usual else f":{origin.port}"
        url = f"{origin.scheme}://{shown}{port}{origin.path_prefix.rstrip('/')}"
        providers.append(Provider(view.name, view.profile, url, origin.key_reference))
    return Report(
        ok=True,
        file=_shown(loaded.path),
        notes=loaded.plan.notes,
        listen=f"{scheme}://{shown_host}:{listen.port}",
        providers=providers,
        aliases=len(edge.aliases),
        priced_models=len(edge.prices),
        version=edge.version,
    )


def _lines(report: Report) -> list[str]:
    source = report.file or "no file, providers by the environment"
    if not report.ok:
        count = len(report.complaints)
        heading = f"{source}: {count} problem{'' if count == 1 else 's'}"
        return [heading, *(f"  {complaint}" for complaint in report.complaints)]
    rows = [[one.name, one.kind, one.url, one.key or "no key"] for one in report.providers]
    return [
        f"{source}: good (version {report.version})",
        f"  listens on {report.listen}",
        *(f"  {line}" for line in columns([["PROVIDER", "KIND", "URL", "KEY"], *rows])),
        f"  aliases: {report.aliases}, models with a price: {report.priced_models}",
        *(f"  note: {note}" for note in report.notes),
    ]


def _shown(path: Path | None) -> str | None:
    return None if path is None else str(path)
