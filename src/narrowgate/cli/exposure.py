"""Show what this installation consists of, and what it could reach with this configuration.

Processes with what each holds and may, code of others with what it could reach, listeners, outbound
ends, sources of secrets, files. It is told from what enforces it: the filters that are put on, the
table that is dialled. A running gateway tells the same at GET /exposure, for the admin token.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator

from narrowgate.adapters.config_file import fetch_secrets, load_plan
from narrowgate.adapters.store.location import data_directory
from narrowgate.cli.output import print_json, visible
from narrowgate.config.complaint import ConfigRefused
from narrowgate.exposure.lines import statement_lines
from narrowgate.exposure.outside import dialled_of
from narrowgate.exposure.parts import Part, parts_of, wanted_distributions, with_reach
from narrowgate.exposure.told import Here, exposure_of
from narrowgate.sealed.running import place
from narrowgate.supervisor.gateway import usual_edges
from narrowgate.supply.places.inventory import installed


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--config", metavar="FILE", help="configuration (default: ./narrowgate.yaml if there)")
    parser.add_argument("--data", metavar="DIR", help="where keys, journals and usage are kept")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Look and tell."""
    try:
        loaded = load_plan(arguments.config, os.environ)
    except ConfigRefused as refused:
        for complaint in refused.complaints:
            print(f"narrowgate exposure: {complaint}", file=sys.stderr)
        return 1
    data = data_directory(arguments.data or loaded.config.data or None, os.environ)
    edges = loaded.config.edges or usual_edges()
    try:
        dialled = dialled_of(loaded.config, fetch_secrets(loaded, os.environ).origins)
    except ConfigRefused:
        dialled = None  # it is asked where the secrets are not
    here = Here(data.absolute(), edges, os.environ, dialled=dialled, parts=tuple(_parts()))
    told = exposure_of(loaded, here)
    if arguments.json:
        print_json(told)
    else:
        print("\n".join(visible(line) for line in statement_lines(told)))
    return 0


def _parts() -> Iterator[Part]:
    """Yield the code of others with what it could reach; that of a sealed file was looked at when it was made."""
    parts: Iterable[Part] = parts_of(place())
    yield from parts if place() is not None else with_reach(parts, installed(wanted_distributions().values()))
