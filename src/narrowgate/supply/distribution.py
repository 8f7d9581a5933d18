"""A distribution with all that was found in it, and an inventory of many."""

import re
from enum import Enum

import msgspec

from narrowgate.supply.findings import Finding, Reach


class Form(Enum):
    """In which form a distribution was there to be read."""

    INSTALLED = "installed"
    WHEEL = "wheel"
    SDIST = "sdist"
    LOCKED = "locked"
    """Named in a lock, and no files of it were at hand."""
    STRAY = "stray"
    """Files in an environment that no distribution owns."""


class FileHash(msgspec.Struct, frozen=True):
    """One file and its SHA-256, in hexadecimal."""

    path: str
    sha256: str


class Wish(msgspec.Struct, frozen=True):
    """What a distribution asks for that applies here: a name, the extras of it, and the extra that asks."""

    name: str
    extras: tuple[str, ...] = ()
    for_extra: str = ""


class Distribution(msgspec.Struct, frozen=True):
    """One distribution. Names are normal (PEP 503).

    `is_requested`: somebody asked for it by name. `wanted_by`: who asks for it, as `name` or
    `name[extra]`. `locked`: the SHA-256 that a lock allows for its archives.
    """

    name: str
    version: str
    form: Form
    findings: tuple[Finding, ...] = ()
    wishes: tuple[Wish, ...] = ()
    is_requested: bool = False
    wanted_by: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    files: tuple[FileHash, ...] = ()
    size_bytes: int = 0
    native_files: tuple[str, ...] = ()
    needed_libraries: tuple[str, ...] = ()
    license: str = ""
    archive_sha256: str = ""
    locked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def reach(self) -> frozenset[Reach]:
        """Every kind of reach that there is evidence for."""
        return frozenset(finding.reach for finding in self.findings)

    @property
    def reach_at_import(self) -> frozenset[Reach]:
        """The kinds that are exercised by an import alone."""
        return frozenset(finding.reach for finding in self.findings if finding.at_import)

    @property
    def shown(self) -> str:
        """Name and version for people."""
        return f"{self.name} {self.version}".rstrip()


class Inventory(msgspec.Struct, frozen=True):
    """What was looked at. `place` is what the user named; distributions are in order of their names."""

    place: str
    python: str
    distributions: tuple[Distribution, ...]
    notes: tuple[str, ...] = ()

    def named(self, name: str) -> Distribution | None:
        """Return the distribution of that name, if it is there."""
        wanted = normal_name(name)
        return next((one for one in self.distributions if one.name == wanted), None)


def normal_name(name: str) -> str:
    """Return a distribution's name in the one form in which names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
