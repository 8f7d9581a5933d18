"""Make a sealed file: one file that needs no pip, checks itself before it runs, and is the same whoever makes it.

  narrowgate seal --new-key FILE      make a signing key (once; keep it offline)
  narrowgate seal --key FILE          make the file that needs the target's python3
  narrowgate seal --key FILE --whole  make the file that brings its own Python (needs gcc and libpython*.a)

Dependencies are taken as installed here, each file compared with its record and each version with the
lock; or from --wheels, each wheel compared with the hashes in the lock. See docs/sealed.md.
"""

import argparse
import sys
import time
from pathlib import Path

from narrowgate.cli.output import print_json
from narrowgate.sealed.build import Wanted, make
from narrowgate.sealed.contents import CannotSeal
from narrowgate.sealed.keys import read_signing_key, write_new_key

_USAGE = 2


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument("--key", metavar="FILE", help="the Ed25519 key to sign with, PEM")
    key.add_argument("--new-key", metavar="FILE", help="make such a key, and nothing else")
    parser.add_argument("--out", metavar="DIR", default="dist", help="where to write (default: %(default)s)")
    parser.add_argument("--lock", metavar="FILE", default="requirements.lock", help="(default: %(default)s)")
    parser.add_argument("--wheels", metavar="DIR", help="take dependencies from these wheels")
    parser.add_argument("--whole", action="store_true", help="bring this Python along")
    parser.add_argument(
        "--cc", metavar="COMMAND", default="gcc", help="the C compiler for --whole (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Seal."""
    began = time.monotonic()

    def said(text: str) -> None:
        if not arguments.json:
            print(f"{time.monotonic() - began:5.1f} s  {text}", file=sys.stderr)

    try:
        if arguments.new_key:
            made = write_new_key(Path(arguments.new_key))
            print(f"wrote '{arguments.new_key}', public key {made.fingerprint}")
            return 0
        wheels = Path(arguments.wheels) if arguments.wheels else None
        wanted = Wanted(Path(arguments.lock), Path(arguments.out), wheels, arguments.whole, arguments.cc)
        key = read_signing_key(Path(arguments.key))
        paths = make(wanted, key, said)
    except CannotSeal as error:
        print(f"narrowgate seal: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"narrowgate seal: '{error.filename}': {(error.strerror or str(error)).lower()}", file=sys.stderr)
        return 1
    if arguments.json:
        print_json({"file": str(paths[0]), "written": [str(path) for path in paths], "public_key": key.fingerprint})
    else:
        print(f"sealed '{paths[0]}' ({paths[0].stat().st_size:_} bytes), signed by {key.fingerprint}")
    return 0
