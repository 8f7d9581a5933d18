"""Look at this machine and say what would keep the gateway from running well.

Exit status 1 when something has to be mended first. Keys are told by the name of their
variable and whether they are there, never by value.
"""

import argparse
import os
from collections.abc import Iterator, Mapping

from narrowgate.adapters.config_file import fetch_secrets, load_plan
from narrowgate.adapters.store.location import data_directory
from narrowgate.cli.credentials import credentials
from narrowgate.cli.machine import (
    Finding,
    Verdict,
    clock,
    confinement,
    data_folder,
    file_limit,
    listening,
    packages,
    python,
)
from narrowgate.cli.output import columns, print_json
from narrowgate.config.complaint import ConfigRefused
from narrowgate.config.schema import Config
from narrowgate.providers.registry import PROFILES
from narrowgate.sandbox import kernel

_MARKS = {Verdict.GOOD: "ok", Verdict.NOTE: "note", Verdict.BAD: "BAD"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--config", metavar="FILE", help="configuration (default: ./narrowgate.yaml if there)")
    parser.add_argument("--data", metavar="DIR", help="where keys, journals and usage are kept")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Look and tell."""
    findings = list(look(arguments.config, arguments.data, os.environ))
    is_good = all(finding.verdict is not Verdict.BAD for finding in findings)
    if arguments.json:
        print_json({"ok": is_good, "findings": findings})
    else:
        rows = [[_MARKS[one.verdict], one.about, f"{one.says}; {one.fix}" if one.fix else one.says] for one in findings]
        print("\n".join(columns(rows)))
    return 0 if is_good else 1


def look(config_argument: str | None, data_argument: str | None, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield everything found, in the order in which one would mend it."""
    yield python()
    yield from packages()
    config = Config()
    try:
        loaded = load_plan(config_argument, environment)
        config = loaded.config
        source = str(loaded.path or "no file, providers by the environment")
        yield Finding("configuration", Verdict.GOOD, f"{source}: good")
        for note in loaded.plan.notes:
            yield Finding("configuration", Verdict.NOTE, note)
        secret = fetch_secrets(loaded, environment)
        names = ", ".join(view.name for view in loaded.plan.edge.providers)
        yield Finding("providers", Verdict.GOOD, f"{names}: every key that is wanted is there")
        yield from credentials(secret.origins)
    except ConfigRefused as refused:
        for complaint in refused.complaints:
            yield Finding("configuration", Verdict.BAD, str(complaint))
    yield provider_keys(environment)
    yield data_folder(data_directory(data_argument or config.data or None, environment))
    yield listening(config.listen.host, config.listen.port, is_tls=config.listen.tls is not None)
    yield from confinement(kernel.look(), is_required=config.sandbox.require)
    yield file_limit()
    yield clock()


def provider_keys(environment: Mapping[str, str]) -> Finding:
    """Say which variables with provider keys are set."""
    known = [variable for profile in PROFILES.values() for variable in profile.key_env]
    present = [variable for variable in dict.fromkeys(known) if environment.get(variable)]
    if present:
        return Finding("provider keys", Verdict.GOOD, f"in the environment: {', '.join(present)}")
    return Finding("provider keys", Verdict.NOTE, "none in the environment", "set OPENAI_API_KEY or the like")
