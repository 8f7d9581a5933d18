"""The narrowgate command, one subcommand a file."""

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from narrowgate import __version__

# Names and one line each, so that `--help` needs not load every command.
COMMANDS: dict[str, str] = {
    "serve": "run the gateway",
    "check": "check a configuration and say all that is wrong with it",
    "keys": "create, list, show, rotate and revoke virtual keys",
    "models": "list the models that can be called, with prices",
    "chat": "try a model in the terminal",
    "logs": "show recent calls",
    "deps": "show what dependencies could reach, what an upgrade gains, whether a policy is kept",
    "deploy": "write a systemd unit, Kubernetes manifests or a container image",
    "exposure": "show what this installation consists of and could reach",
    "seal": "make one signed file that needs no pip where it runs",
    "verify": "check a sealed file, or this installation",
    "doctor": "look at this machine and say what would keep the gateway from running well",
    "version": "print the version",
}
_INTERRUPTED = 130
_USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in {"-h", "--help", "help"}:
        print(overview())
        return 0 if words else _USAGE
    if words[0] in {"-V", "--version"}:
        print(f"narrowgate {__version__}")
        return 0
    name = words[0]
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "see 'narrowgate --help'"
        print(f"narrowgate: there is no command '{name}'; {hint}", file=sys.stderr)
        return _USAGE
    module = command(name)
    parser = parser_of(name, module)
    # `check --policy FILE WHERE` as well as `check WHERE --policy FILE`; argparse cannot do that for subcommands.
    is_free = getattr(module, "ORDER_IS_FREE", False)
    arguments = parser.parse_intermixed_args(words[1:]) if is_free else parser.parse_args(words[1:])
    try:
        status: int = module.run(arguments)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has enough; nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def command(name: str) -> ModuleType:
    """Return the module of a command."""
    return importlib.import_module(f"narrowgate.cli.{name}")


def parser_of(name: str, module: ModuleType) -> argparse.ArgumentParser:
    """Return the parser of a command."""
    parser = argparse.ArgumentParser(
        prog=f"narrowgate {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.configure(parser)
    return parser


def overview() -> str:
    """Return the help of the whole command."""
    lines = ["usage: narrowgate COMMAND [options]", "", "An AI gateway with few dependencies and few privileges.", ""]
    lines += [f"  {name:<10}{help_text}" for name, help_text in COMMANDS.items()]
    return "\n".join([*lines, "", "'narrowgate COMMAND --help' tells more."])
