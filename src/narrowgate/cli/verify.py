"""Check a sealed file, or this installation, without running any of it.

  narrowgate verify FILE --key narrowgate.pub   every byte of a sealed file against its signed manifest
  narrowgate verify                             this installation: files against records, versions against --lock

Exit status: 0 all is as signed or recorded, 1 something differs, 2 it could not be looked at.
"""

import argparse
import sys
from pathlib import Path

import msgspec

from narrowgate.cli.output import print_json, visible
from narrowgate.sealed.examine import Report, examine_file, examine_installation
from narrowgate.sealed.public_keys import fingerprint, public_key_of
from narrowgate.sealed.running import describe, place

_CANNOT = 2


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="a sealed file (default: this installation)")
    parser.add_argument("--key", metavar="FILE", help="the public key it must be signed with, PEM")
    parser.add_argument("--lock", metavar="FILE", help="compare an installation's versions with this lock")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Check and tell."""
    try:
        if arguments.file is None:
            sealed = place()
            if sealed is not None:
                # It was checked before this line could run.
                print_json(describe(sealed)) if arguments.json else print(f"sealed; manifest sha256 {sealed.digest}")
                return 0
            lock = Path(arguments.lock).read_text(encoding="utf-8") if arguments.lock else None
            report = examine_installation(lock)
        else:
            if arguments.key is None:
                return _cannot("--key is needed: the signer's public key, got on another way than the file")
            key = public_key_of(Path(arguments.key).read_text(encoding="utf-8"))
            if key is None:
                return _cannot(f"'{arguments.key}' is no Ed25519 public key in PEM")
            report = examine_file(Path(arguments.file), key)
            if not arguments.json:
                print(f"key     {fingerprint(key)}")
    except (OSError, UnicodeDecodeError) as error:
        return _cannot(str(error))
    _tell(report, as_json=arguments.json)
    return 1 if report.problems else 0


def _tell(report: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.structs.asdict(report))
        return
    if report.digest:
        print(f"sha256  {report.digest}")
    for problem in report.problems:
        print(visible(f"differs: {problem}"))
    if report.problems:
        print(f"{report.what}: {len(report.problems)} problems; do not run it")
    else:
        print(
            f"{report.what}: {report.files} files, all as signed"
            if report.digest
            else f"{report.what}: {report.files} files, all as recorded"
        )


def _cannot(why: str) -> int:
    print(f"narrowgate verify: {why}", file=sys.stderr)
    return _CANNOT
