"""Take an inventory of whatever somebody names: an environment, a lock, a wheel, a folder of wheels."""

import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from narrowgate.supply.distribution import Distribution, Form, Inventory, normal_name
from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.graph import with_wanted_by
from narrowgate.supply.lock import Locked, is_lock, passed_over, read_lock
from narrowgate.supply.markers import applies
from narrowgate.supply.places.environment import (
    NoEnvironmentError,
    Site,
    examine_site,
    installed_names,
    markers_of,
    running_sites,
    sites_of,
)
from narrowgate.supply.places.wheels import archives_in, examine_archives, is_wheel, named

Said = Callable[[int, int, str], None]
"""Hears how far things are: how many are done, of how many, and which is next."""


class CannotLookError(Exception):
    """There is nothing to take an inventory of; the message says what was looked for."""


def take_inventory(place: str | None, wheels: str | None, said: Said) -> Inventory:
    """Return all distributions at a place; None means the running Python.

    `wheels` is a folder of archives in which a lock's entries are looked for before what is installed.

    Raises:
        CannotLookError: the place does not exist, or is none of what can be read.
    """
    with _without_cycles_collected():
        if place is None:
            return _of_sites("the running Python", running_sites(), said)
        path = Path(place)
        if not path.exists():
            message = f"'{place}' does not exist"
            raise CannotLookError(message)
        try:
            return _of_path(place, path, wheels, said)
        except NoEnvironmentError as error:
            raise CannotLookError(str(error)) from error
        except OSError as error:
            message = f"'{place}' cannot be read: {error.strerror}"
            raise CannotLookError(message) from error


def installed(names: Iterable[str]) -> tuple[Distribution, ...]:
    """Return those of the running Python's distributions that are named, and read no others."""
    with _without_cycles_collected():
        return tuple(_installed({normal_name(name) for name in names}, lambda _done, _total, _name: None))


def _of_path(place: str, path: Path, wheels: str | None, said: Said) -> Inventory:
    if path.is_file() and named(path) != ("", ""):
        return _of_archives(place, [path], said)
    if path.is_file() and path.parent.name not in {"bin", "Scripts"}:
        text = path.read_text(encoding="utf-8", errors="replace")
        if not is_lock(text):
            message = f"'{place}' pins nothing; name a lock, a wheel, a folder of wheels or a virtual environment"
            raise CannotLookError(message)
        return _of_lock(place, text, wheels, said)
    if path.is_dir() and (archives := archives_in(path)):
        return _of_archives(place, archives, said)
    return _of_sites(place, sites_of(path), said)


def _of_sites(place: str, sites: list[Site], said: Said) -> Inventory:
    total = sum(len(installed_names(site)) for site in sites)
    counted = _Counted(total, said)
    found = [one for site in sites for one in counted.all(examine_site(site, counted.next))]
    notes = () if sites else ("nothing is installed there",)
    python = sites[0].python if sites else ""
    return Inventory(place, python, with_wanted_by(found), notes)


def _of_archives(place: str, archives: list[Path], said: Said) -> Inventory:
    python = _this_python()
    counted = _Counted(len(archives), said)
    found = list(counted.all(examine_archives(archives, markers_of(python), counted.next)))
    return Inventory(place, python, with_wanted_by(found))


def _of_lock(place: str, text: str, wheels: str | None, said: Said) -> Inventory:
    python = _this_python()
    environment = markers_of(python)
    entries = [entry for entry in read_lock(text) if applies(entry.requirement.marker, environment)]
    found = _in_wheels(entries, wheels, environment, said) if wheels is not None else {}
    missing = {entry.requirement.name for entry in entries} - found.keys()
    if missing:
        found |= {one.name: one for one in _installed(missing, said)}
    notes = [f"not followed: {line[:80]}" for line in passed_over(text)]
    distributions = [_locked(entry, found.get(entry.requirement.name), place) for entry in entries]
    return Inventory(place, python, with_wanted_by(distributions), tuple(notes))


def _in_wheels(
    entries: list[Locked], wheels: str, environment: Mapping[str, str], said: Said
) -> dict[str, Distribution]:
    """Return what a folder holds of a lock: of several archives of one version, a wheel before a source archive."""
    wanted = {entry.requirement.name: entry.version for entry in entries}
    chosen: dict[str, Path] = {}
    folder = Path(wheels)
    if not folder.is_dir():
        message = f"'{wheels}' is no folder of wheels"
        raise CannotLookError(message)
    for file in archives_in(folder):
        name, version = named(file)
        if wanted.get(name) == version and (name not in chosen or is_wheel(file)):
            chosen[name] = file
    counted = _Counted(len(chosen), said)
    archives = [chosen[name] for name in sorted(chosen)]
    return {one.name: one for one in counted.all(examine_archives(archives, environment, counted.next))}


def _installed(names: set[str], said: Said) -> Iterator[Distribution]:
    """Yield those of the running Python's distributions that are wanted, and read no others."""
    for site in running_sites():
        counted = _Counted(len(names), said)
        yield from counted.all(examine_site(site, counted.next, names))


def _locked(entry: Locked, found: Distribution | None, place: str) -> Distribution:
    """Return a lock's entry with what was found of it, and what does not agree."""
    name, version = entry.requirement.name, entry.version
    findings = []
    file = place.rsplit("/", 1)[-1]
    if not version:
        what = "not pinned, so that any version would do"
        findings.append(Finding(Reach.UNRECORDED, what, file, entry.line, Weight.WARNING))
    elif not entry.hashes:
        what = "locked without a hash, so that any bytes would do"
        findings.append(Finding(Reach.UNRECORDED, what, file, entry.line, Weight.WARNING))
    if found is None or (version and found.version != version):
        other = () if found is None else (f"{found.version} is installed, which the lock does not name",)
        notes = (*other, "no files of it were at hand: what it reaches is not known")
        return Distribution(
            name, version, Form.LOCKED, tuple(findings), wanted_by=entry.via, locked=entry.hashes, notes=notes
        )
    if found.archive_sha256 and entry.hashes and found.archive_sha256 not in entry.hashes:
        what = "archive whose hash the lock does not name"
        findings.append(Finding(Reach.UNRECORDED, what, file, entry.line, Weight.ALARM))
    # Who put it into the lock is known only when the lock says so.
    is_requested = not entry.via or found.is_requested
    seen = (*findings, *found.findings)
    return msgspec.structs.replace(
        found, findings=seen, locked=entry.hashes, wanted_by=entry.via, is_requested=is_requested
    )


class _Counted:
    """Counts what is done."""

    def __init__(self, total: int, said: Said) -> None:
        self._total = total
        self._done = 0
        self._said = said

    def next(self, name: str) -> None:
        """Say which one is next."""
        self._said(self._done, self._total, name)

    def all(self, distributions: Iterator[Distribution]) -> Iterator[Distribution]:
        """Yield distributions, counted."""
        for one in distributions:
            self._done += 1
            yield one


@contextmanager
def _without_cycles_collected() -> Iterator[None]:
    """Keep the collector from going through millions of nodes of syntax trees, of which few are in cycles.

    It takes a fifth off the time; `Walk.release` lets go of the trees instead.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _this_python() -> str:
    return "{}.{}".format(*sys.version_info[:2])
