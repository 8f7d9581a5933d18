"""The distributions of a Python environment: what is installed, what owns it, and what nobody owns."""

import json
import os
import re
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from narrowgate.supply.contents import UnreadableError
from narrowgate.supply.distribution import Distribution, Form, normal_name
from narrowgate.supply.examine import Origin, examine
from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.metadata import read_metadata, read_record
from narrowgate.supply.places.at_a_time import in_order
from narrowgate.supply.places.folder import Folder, files_below

_INFO = re.compile(r"^(?P<name>[^-]+)-(?P<version>.+)\.(?:dist-info|egg-info)$")
_PYTHON = re.compile(r"python(\d+\.\d+)")
# What every installer leaves there by itself.
_NOBODYS = frozenset({"__pycache__"})
STRAY = "(no distribution)"


class Site(msgspec.Struct, frozen=True):
    """One folder of installed packages, the environment it belongs to, and its version of Python."""

    folder: Path
    prefix: Path
    python: str


class NoEnvironmentError(Exception):
    """Nothing is installed where somebody looked; the message says what was looked for."""


def running_sites() -> list[Site]:
    """Return the folders that the running Python imports packages from."""
    found = []
    for entry in dict.fromkeys(sys.path):
        folder = Path(entry or ".")
        if folder.is_dir() and _has_packages(folder):
            prefix = next(
                (one for one in (sys.prefix, sys.base_prefix) if folder.resolve().is_relative_to(one)), folder
            )
            found.append(Site(folder, Path(prefix), "{}.{}".format(*sys.version_info[:2])))
    return found


def sites_of(place: Path) -> list[Site]:
    """Return the folders of packages in an environment, named by its folder, its python, or such a folder itself.

    Raises:
        NoEnvironmentError: there is none.
    """
    if place.is_file() and place.parent.name in {"bin", "Scripts"}:
        place = place.parent.parent
    if _has_packages(place) or place.name in {"site-packages", "dist-packages"}:
        return [Site(place, _prefix(place), _version(place))]
    found = [
        Site(folder, place, _version(folder))
        for pattern in (
            "lib/python*/site-packages",
            "lib/python*/dist-packages",
            "lib64/python*/site-packages",
            "lib/pypy*/site-packages",
            "Lib/site-packages",
        )
        for folder in sorted(place.glob(pattern))
    ]
    # lib64 is mostly a link to lib.
    unique = {site.folder.resolve(): site for site in reversed(found)}
    if not unique:
        message = f"'{place}' holds no packages; name a virtual environment, its site-packages, a lock or wheels"
        raise NoEnvironmentError(message)
    return list(unique.values())


def markers_of(python: str) -> dict[str, str]:
    """Return the values of environment markers for a Python of that version on this machine."""
    return {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "os_name": os.name,
        "sys_platform": sys.platform,
        "platform_machine": os.uname().machine,
        "platform_python_implementation": "CPython",
        "platform_release": os.uname().release,
        "platform_system": os.uname().sysname,
        "platform_version": os.uname().version,
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "extra": "",
    }


def installed_names(site: Site) -> list[str]:
    """Return the metadata folders of a site, one a distribution, sorted."""
    return sorted(entry.name for entry in site.folder.iterdir() if _INFO.match(entry.name))


def examine_site(
    site: Site, said: Callable[[str], None], only: Collection[str] | None = None
) -> Iterator[Distribution]:
    """Yield every distribution of a site, and last what belongs to none; `said` hears the name of each before.

    With `only`, those distributions alone.
    """
    owned: set[str] = set()
    wanted: list[_Share] = []
    claims = {info: _claimed(site, info) for info in installed_names(site)}
    everything = set().union(*claims.values())
    for info, claimed in claims.items():
        if only is not None and normal_name(_origin(site, info).name) not in only:
            continue
        own = _own_folders(claimed)
        unclaimed = [path for folder in own for path in files_below(site.folder / folder, site.folder)]
        present = [path for path in claimed if (site.folder / path).exists()]
        paths = {*present, *(path for path in unclaimed if path not in everything)}
        owned |= paths | set(claimed)
        wanted.append(_Share(site, info, frozenset(paths)))
    found = in_order(_examined, wanted)
    for share in wanted:
        said(share.info)
        yield next(found)
    if only is None:
        said("files of no distribution")
        yield from _strays(site, owned)


class _Share(NamedTuple):
    """A distribution and its files."""

    site: Site
    info: str
    paths: frozenset[str]


def _examined(share: _Share) -> Distribution:
    site = share.site
    contents = Folder(site.folder, share.paths, site.prefix)
    return examine(contents, _origin(site, share.info), markers_of(site.python))


def _claimed(site: Site, info: str) -> list[str]:
    """Return the files that a distribution says are its own."""
    folder = site.folder / info
    if folder.is_file():
        return [info]
    record = folder / "RECORD"
    try:
        if record.is_file():
            return [
                entry.path.replace("\\", "/")
                for entry in read_record(record.read_text(encoding="utf-8", errors="replace"))
            ]
        tops = (folder / "top_level.txt").read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        tops = []
    found = files_below(folder, site.folder)
    for top in tops:
        if "/" not in top and ".." not in top:
            found += files_below(site.folder / top, site.folder)
            found += [f"{top}.py"] if (site.folder / f"{top}.py").is_file() else []
    return found


def _own_folders(claimed: list[str]) -> list[str]:
    """Return the folders at the top that a distribution has files in; what else lies there is not accounted for."""
    tops = {path.partition("/")[0] for path in claimed if "/" in path and not path.startswith(("../", "/"))}
    return sorted(top for top in tops if top not in _NOBODYS)


def _origin(site: Site, info: str) -> Origin:
    matched = _INFO.match(info)
    assert matched is not None
    name, version = matched["name"], matched["version"]
    notes = []
    folder = Folder(site.folder, [], site.prefix)
    if (site.folder / info).is_file():  # an egg-info of old
        metadata = read_metadata((site.folder / info).read_text(encoding="utf-8", errors="replace"))
        return Origin(metadata.name or name, metadata.version or version, Form.INSTALLED)
    try:
        direct = json.loads(folder.read(f"{info}/direct_url.json"))
        if isinstance(direct, dict) and isinstance(url := direct.get("url"), str):
            is_editable = isinstance(about := direct.get("dir_info"), dict) and bool(about.get("editable"))
            notes.append(f"{'editable, ' if is_editable else ''}installed from {_without_secret(url)}")
    except (UnreadableError, ValueError):
        pass
    return Origin(name, version, Form.INSTALLED, f"{info}/", notes=tuple(notes))


def _strays(site: Site, owned: set[str]) -> Iterator[Distribution]:
    """Yield the files that no distribution owns, as if they were one."""
    tops = {path.partition("/")[0] for path in owned if not path.startswith("..")}
    paths = []
    for entry in sorted(site.folder.iterdir()):
        if entry.name in tops and entry.is_dir():
            continue  # looked at with its owner
        if entry.name in _NOBODYS or entry.name in owned or _INFO.match(entry.name):
            continue
        paths += files_below(entry, site.folder) if entry.is_dir() and not entry.is_symlink() else [entry.name]
    if not paths:
        return
    stray = [
        Finding(Reach.UNRECORDED, "belongs to no distribution", path, weight=Weight.WARNING)
        for path in paths
        if path.endswith((".py", ".pth", ".so", ".start", ".pyc")) and "__pycache__/" not in path
    ]
    origin = Origin(STRAY, "", Form.STRAY, findings=tuple(stray))
    yield examine(Folder(site.folder, paths, site.prefix), origin, markers_of(site.python))


def _has_packages(folder: Path) -> bool:
    return folder.is_dir() and any(_INFO.match(entry.name) for entry in folder.iterdir())


def _prefix(folder: Path) -> Path:
    """Return the environment that a site-packages folder belongs to: `../../..` when that is how it lies."""
    parents = folder.absolute().parents
    if len(parents) > 2 and parents[1].name.startswith("lib") and folder.parent.name.startswith("python"):
        return parents[2]
    return folder


def _version(folder: Path) -> str:
    found = _PYTHON.search(folder.as_posix())
    return found[1] if found else "{}.{}".format(*sys.version_info[:2])


def _without_secret(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)
