"""Print the version."""

import argparse
import platform

from narrowgate import __version__
from narrowgate.cli.output import print_json


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--json", action="store_true", help="print JSON, with the version of Python")


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    if arguments.json:
        print_json({"narrowgate": __version__, "python": platform.python_version()})
    else:
        print(f"narrowgate {__version__}")
    return 0
