"""Show what dependencies could reach: of this installation, another environment, a lock, or wheels.

  narrowgate deps [WHERE]          every distribution, what matters first
  narrowgate deps diff OLD NEW     what an upgrade gained and lost
  narrowgate deps check [WHERE]    exit 1 when one reaches more than the policy allows
  narrowgate deps policy [WHERE]   print a policy for what is there now

WHERE is a virtual environment (its folder, its python, or its site-packages), a lock (requirements
with pinned versions), a wheel or source archive, or a folder of them; left out, it is the running
Python. Of a lock's entries those are read that --wheels has, or else that are installed here.

Files are parsed, and nothing of them is run or imported.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from narrowgate import __version__
from narrowgate.cli.output import visible
from narrowgate.supply.allowance import Breach, Policy, PolicyError, breaches, policy_text, read_policy
from narrowgate.supply.difference import Change, differences
from narrowgate.supply.distribution import Inventory
from narrowgate.supply.findings import Finding, ranked
from narrowgate.supply.places.inventory import CannotLookError, take_inventory
from narrowgate.supply.report.document import change_document, document, finding_document
from narrowgate.supply.report.lines import distribution_lines, inventory_lines
from narrowgate.supply.report.page import page
from narrowgate.supply.report.sarif import sarif
from narrowgate.supply.report.sbom import sbom

ORDER_IS_FREE = True
_USAGE = 2
_SILENT_S = 2.0
_EVERY_S = 5.0
_EVERY_ON_TERMINAL_S = 0.2
_LINE_WIDTH = 78


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("words", nargs="*", metavar="WHERE", help="diff, check or policy, then what to look at")
    parser.add_argument("--wheels", metavar="DIR", help="archives in which the entries of a lock are looked for")
    parser.add_argument("--policy", metavar="FILE", default="deps-policy.toml", help="for check (default: %(default)s)")
    parser.add_argument("--of", metavar="NAME", help="show all evidence about one distribution")
    parser.add_argument("--html", metavar="FILE", help="write a page with a picture of the tree")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--sarif", action="store_true", help="print SARIF 2.1.0")
    form.add_argument("--sbom", action="store_true", help="print a CycloneDX 1.6 bill of materials")


def run(arguments: argparse.Namespace) -> int:
    """Look and tell."""
    words: list[str] = arguments.words
    action = words[0] if words and words[0] in {"diff", "check", "policy"} else "show"
    places = words if action == "show" else words[1:]
    wanted = {"diff": (2, 2)}.get(action, (0, 1))
    if not wanted[0] <= len(places) <= wanted[1]:
        return _refused("diff takes two places, the others at most one; see 'narrowgate deps --help'")
    if arguments.sbom and action != "show":
        return _refused(f"a bill of materials is of one place; leave out '{action}'")
    try:
        if action == "diff":
            return _diff(arguments, *(_taken(place, arguments) for place in places))
        policy = _policy(arguments.policy) if action == "check" else None
        inventory = _taken(places[0] if places else None, arguments)
    except (CannotLookError, PolicyError) as error:
        return _refused(str(error))
    if arguments.html is not None:
        try:
            Path(arguments.html).write_text(page(inventory, __version__), encoding="utf-8")
        except OSError as error:
            return _refused(f"'{arguments.html}' cannot be written: {error.strerror}")
    if action == "policy":
        print(policy_text(inventory), end="")
        return 0
    if policy is not None:
        return _check(arguments, inventory, breaches(inventory, policy))
    return _show(arguments, inventory)


def _taken(place: str | None, arguments: argparse.Namespace) -> Inventory:
    progress = _Progress(time.monotonic, is_terminal=sys.stderr.isatty())
    try:
        return take_inventory(place, arguments.wheels, progress.hear)
    finally:
        progress.end()


def _policy(file: str) -> Policy:
    try:
        return read_policy(Path(file).read_text(encoding="utf-8"))
    except PolicyError as error:
        message = f"{file}: {error}"
        raise PolicyError(message) from error
    except (OSError, UnicodeDecodeError) as error:
        message = f"'{file}' cannot be read; name another with --policy, or write one with 'narrowgate deps policy'"
        raise PolicyError(message) from error


def _show(arguments: argparse.Namespace, inventory: Inventory) -> int:
    if arguments.of is not None:
        one = inventory.named(arguments.of)
        if one is None:
            return _refused(f"'{arguments.of}' is not among the distributions of {inventory.place}")
        inventory = msgspec.structs.replace(inventory, distributions=(one,))
    if arguments.json:
        _print_json(document(inventory))
    elif arguments.sbom:
        _print_json(sbom(inventory, __version__))
    elif arguments.sarif:
        found = [(one.shown, finding) for one in inventory.distributions for finding in ranked(one.findings)]
        _print_json(sarif(found, __version__))
    elif arguments.of is not None:
        _print_lines(distribution_lines(inventory.distributions[0]))
    elif arguments.html is None:
        _print_lines(inventory_lines(inventory))
    return 0


def _diff(arguments: argparse.Namespace, old: Inventory, new: Inventory) -> int:
    changes = differences(old, new)
    if arguments.json:
        _print_json({"old": old.place, "new": new.place, "changes": [change_document(change) for change in changes]})
    elif arguments.sarif:
        _print_json(sarif(_gained(new, changes), __version__))
    else:
        _print_lines([str(change) for change in changes] or ["no difference in what is there, or in what it reaches"])
    return 0


def _gained(new: Inventory, changes: Iterable[Change]) -> list[tuple[str, Finding]]:
    """Return the evidence in `new` that gains speak of."""
    wanted = {
        (change.name, change.reach, change.at_import, what)
        for change in changes
        if change.is_gain
        for what in change.whats
    }
    return [
        (one.shown, finding)
        for one in new.distributions
        for finding in one.findings
        if (one.name, finding.reach, finding.at_import, finding.what) in wanted
    ]


def _check(arguments: argparse.Namespace, inventory: Inventory, found: list[Breach]) -> int:
    if arguments.json:
        told = [{**_plain(breach), "findings": [finding_document(one) for one in breach.findings]} for breach in found]
        _print_json({"ok": not found, "place": inventory.place, "breaches": told})
    elif arguments.sarif:
        _print_json(
            sarif([(f"{one.name} {one.version}", finding) for one in found for finding in one.findings], __version__)
        )
    elif found:
        _print_lines(
            [
                *(str(breach) for breach in found),
                f"{len(found)} breach{'' if len(found) == 1 else 'es'} of {arguments.policy}",
            ]
        )
    else:
        _print_lines([f"{inventory.place}: {len(inventory.distributions)} distributions keep to {arguments.policy}"])
    return 1 if found else 0


def _plain(breach: Breach) -> dict[str, object]:
    return {"name": breach.name, "version": breach.version, "says": breach.says, "fix": breach.fix}


def _print_json(value: dict[str, object]) -> None:
    print(json.dumps(value, indent=2))


def _print_lines(lines: Iterable[str]) -> None:
    """Print lines without what could steer the terminal: names of files are theirs to choose who made them."""
    print("\n".join(visible(line.replace("\n", " ")) for line in lines))


def _refused(complaint: str) -> int:
    print(f"narrowgate deps: {visible(complaint)}", file=sys.stderr)
    return _USAGE


class _Progress:
    """Says on stderr how far things are, once they have taken a while."""

    def __init__(self, clock: Callable[[], float], *, is_terminal: bool) -> None:
        self._clock = clock
        self._is_terminal = is_terminal
        self._next = clock() + _SILENT_S
        self._has_spoken = False

    def hear(self, done: int, total: int, name: str) -> None:
        """Hear how far things are."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + (_EVERY_ON_TERMINAL_S if self._is_terminal else _EVERY_S)
        line = visible(f"reading {done + 1} of {max(total, done + 1)}: {name}")[:_LINE_WIDTH]
        print(
            f"\r{line:<{_LINE_WIDTH}}" if self._is_terminal else line,
            end="" if self._is_terminal else "\n",
            file=sys.stderr,
            flush=True,
        )
        self._has_spoken = True

    def end(self) -> None:
        """Clear the line."""
        if self._has_spoken and self._is_terminal:
            print(f"\r{'':<{_LINE_WIDTH}}\r", end="", file=sys.stderr, flush=True)
