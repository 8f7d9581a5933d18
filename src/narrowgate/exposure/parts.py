"""Which distributions a gateway consists of, where their code is, and what it could reach as far as is known."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from narrowgate.sandbox.profile import PROFILES, Role
from narrowgate.sealed.running import Place
from narrowgate.supervisor.starting import libraries_of, library_places
from narrowgate.supply.distribution import Distribution, normal_name

BILL = "narrowgate-sbom.cdx.json"
_REACH = "narrowgate:reach:"


class Part(msgspec.Struct, frozen=True):
    """A distribution of others. `loaded_by` names the processes that are given its code.

    `reach` are kinds of reach that its files show, in the words of `narrowgate deps`; `at_import` those of an import
    alone. None is not known: a running gateway reads no code of others once it is sealed.
    """

    name: str
    version: str
    loaded_by: tuple[str, ...]
    reach: tuple[str, ...] | None = None
    at_import: tuple[str, ...] | None = None


def wanted_distributions() -> dict[str, str]:
    """Return the distributions that some process is given to load, by the names of their packages."""
    return {package: name for role in PROFILES for package, name in libraries_of(role).items()}


def parts_of(sealed: Place | None) -> Iterator[Part]:
    """Yield what a gateway loads: in a sealed file all that is in it, else what is installed."""
    if sealed is not None:
        yield from _in_bill(sealed.read(BILL))
        return
    versions = _installed(library_places(Role.SUPERVISOR))
    for name in wanted_distributions().values():
        yield Part(normal_name(name), versions.get(normal_name(name), ""), loaders_of(name))


def with_reach(parts: Iterable[Part], found: Iterable[Distribution]) -> Iterator[Part]:
    """Yield parts with what was found in their files."""
    known = {one.name: one for one in found}
    for part in parts:
        one = known.get(part.name)
        if one is None:
            yield part
            continue
        reach = tuple(sorted(kind.value for kind in one.reach))
        at_import = tuple(sorted(kind.value for kind in one.reach_at_import))
        yield msgspec.structs.replace(part, reach=reach, at_import=at_import)


def loaders_of(distribution: str) -> tuple[str, ...]:
    """Return the processes that are given a distribution's code. A merged edge is an edge."""
    wanted = normal_name(distribution)
    return tuple(
        role.value
        for role in PROFILES
        if role is not Role.MERGED_EDGE and wanted in {normal_name(name) for name in libraries_of(role).values()}
    )


def _installed(folders: Iterable[str]) -> dict[str, str]:
    """Return the versions of what is installed, as the names of folders tell: `importlib.metadata` is slow to load."""
    found = {}
    for folder in folders:
        for path in Path(folder).glob("*.dist-info"):
            name, _, version = path.name.removesuffix(".dist-info").partition("-")
            found[normal_name(name)] = version
    return found


def _in_bill(text: bytes) -> Iterator[Part]:
    """Yield the components of a sealed file's bill of materials; it was signed with the rest."""
    for component in msgspec.json.decode(text, type=_Bill).components:
        properties: Mapping[str, str] = {one.name: one.value for one in component.properties}
        reach = tuple(sorted(name.removeprefix(_REACH) for name in properties if name.startswith(_REACH)))
        yield Part(component.name, component.version, loaders_of(component.name), reach)


class _Property(msgspec.Struct):
    name: str
    value: str


class _Component(msgspec.Struct):
    name: str
    version: str = ""
    properties: list[_Property] = []


class _Bill(msgspec.Struct):
    components: list[_Component]
