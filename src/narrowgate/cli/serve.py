"""Run the gateway: launcher, supervisor, edges, egress, control and recorder.

Without a configuration file, provider keys in the environment (OPENAI_API_KEY, …) decide which
providers are served; without any, a built-in demo provider answers.
"""

import argparse
import os
import sys
from collections.abc import Mapping

from narrowgate.supervisor.launcher import launch

# As `config/schema.py` has them: no code of others is loaded here, and that file needs some.
CUSTODIES = ("split", "merged")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--config", metavar="FILE", help="configuration (default: ./narrowgate.yaml if there)")
    parser.add_argument("--host", metavar="H", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", metavar="P", type=int, help="port to listen on (default 4000)")
    parser.add_argument("--edges", metavar="N", type=int, help="edge processes (default: processors less one)")
    parser.add_argument("--data", metavar="DIR", help="where keys, journals and usage are kept")
    parser.add_argument("--custody", choices=CUSTODIES, help="split (default): keys apart from edges")
    parser.epilog = "Each option can also be set as NARROWGATE_CONFIG, NARROWGATE_HOST and so on."


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    os.umask(0o077)
    try:
        return launch(with_options(arguments, os.environ))
    except OSError as error:
        print(f"narrowgate: {error.filename or 'start'}: {(error.strerror or str(error)).lower()}", file=sys.stderr)
    return 1


def with_options(arguments: argparse.Namespace, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the command's options in it: an option is the stronger variable."""
    merged = dict(environment)
    for word in ("config", "host", "port", "edges", "data", "custody"):
        value = getattr(arguments, word)
        if value is not None:
            merged[f"NARROWGATE_{word.upper()}"] = str(value)
    return merged
