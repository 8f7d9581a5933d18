"""Make a sealed file: one file that needs no pip, checks itself before it runs, and is the same whoever makes it.

  narrowgate seal --new-key FILE      make a signing key (once; keep it offline)
  narrowgate seal --key FILE          make the file that needs the target's python3
  narrowgate seal --key FILE --whole  make the file that brings its own Python (needs gcc and libpython*.a)

Where the key is not (docs/releasing.md):

  narrowgate seal --public-key FILE   make NAME.unsigned, and NAME.manifest to be signed elsewhere, with OpenSSL:
                                      openssl pkeyutl -sign -rawin -inkey KEY -in NAME.manifest -out NAME.manifest.sig
  narrowgate seal --public-key FILE --attach NAME.unsigned NAME.manifest.sig
                                      check that signature and put it in: NAME

Dependencies are taken as installed here, each file compared with its record and each version with the
lock; or from --wheels, each wheel compared with the hashes in the lock. See docs/sealed.md.
"""

import argparse
import sys
import time
from pathlib import Path

from narrowgate.cli.output import print_json
from narrowgate.sealed.build import Said, Wanted, attach, make
from narrowgate.sealed.contents import CannotSeal
from narrowgate.sealed.keys import SigningKey, read_signing_key, write_new_key
from narrowgate.sealed.unsigned import SUFFIX, PublicKey, read_public_key

_USAGE = 2


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument("--key", metavar="FILE", help="the Ed25519 key to sign with, PEM")
    key.add_argument("--new-key", metavar="FILE", help="make such a key, and nothing else")
    key.add_argument("--public-key", metavar="FILE", help="its public half, PEM: make the file without a signature")
    parser.add_argument(
        "--attach", metavar=("UNSIGNED", "SIGNATURE"), nargs=2, help="with --public-key: put a signature in, no more"
    )
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
        key = read_signing_key(Path(arguments.key)) if arguments.key else read_public_key(Path(arguments.public_key))
        paths = _made(arguments, key, said)
    except CannotSeal as error:
        print(f"narrowgate seal: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"narrowgate seal: '{error.filename}': {(error.strerror or str(error)).lower()}", file=sys.stderr)
        return 1
    if arguments.json:
        print_json({"file": str(paths[0]), "written": [str(path) for path in paths], "public_key": key.fingerprint})
    else:
        word = "to be signed" if paths[0].name.endswith(SUFFIX) else "signed"
        print(f"sealed '{paths[0]}' ({paths[0].stat().st_size:_} bytes), {word} by {key.fingerprint}")
    return 0


def _made(arguments: argparse.Namespace, key: SigningKey | PublicKey, said: Said) -> list[Path]:
    if arguments.attach:
        if isinstance(key, SigningKey):
            raise CannotSeal("--attach needs --public-key, not --key: the signature was made already")
        unsigned, signature = map(Path, arguments.attach)
        return attach(unsigned, signature, key)
    wheels = Path(arguments.wheels) if arguments.wheels else None
    return make(Wanted(Path(arguments.lock), Path(arguments.out), wheels, arguments.whole, arguments.cc), key, said)
