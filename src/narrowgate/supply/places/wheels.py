"""Distributions in archives: wheels, and source archives. Read in place, nothing is unpacked to disk."""

import hashlib
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from narrowgate.supply.contents import LONGEST_FILE, UnreadableError
from narrowgate.supply.distribution import Distribution, Form, normal_name
from narrowgate.supply.examine import Origin, build_hooks, examine
from narrowgate.supply.findings import Finding, Reach, Weight

_WHEEL = re.compile(r"^(?P<name>[^-]+)-(?P<version>[^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl$")
_SDIST = re.compile(r"^(?P<name>.+)-(?P<version>\d[^-]*)\.(?:tar\.gz|tgz|zip)$")
_MOST_BYTES = 8_000_000_000
_BLOCK = 1 << 20


class Archive:
    """The files of a zip archive; with `top`, only those below that folder, without it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._left = _MOST_BYTES
        self._infos = {info.filename: info for info in archive.infolist() if not info.is_dir()}

    def paths(self) -> Sequence[str]:
        """Return all paths."""
        return sorted(self._infos)

    def start(self, path: str) -> bytes:
        """Return the first bytes of a file; raises as `read` does."""
        return self.read(path)

    def read(self, path: str) -> bytes:
        """Return a file.

        Raises:
            UnreadableError: see `Contents`.
        """
        info = self._infos.get(path)
        if info is None or info.file_size > LONGEST_FILE or info.file_size > self._left:
            message = "there is no such file" if info is None else f"it unpacks to {info.file_size:_} bytes"
            raise UnreadableError(message)
        try:
            with self._archive.open(info) as member:
                data = member.read(info.file_size + 1)  # and not what the compressed stream would like to become
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
            raise UnreadableError(type(error).__name__) from error
        self._left -= len(data)
        return data


class Loaded:
    """Files that were read already, as a tar archive wants it: front to back."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def paths(self) -> Sequence[str]:
        """Return all paths."""
        return sorted(self._files)

    def start(self, path: str) -> bytes:
        """Return the first bytes of a file; raises as `read` does."""
        return self.read(path)

    def read(self, path: str) -> bytes:
        """Return a file.

        Raises:
            UnreadableError: there is none of that path.
        """
        if path not in self._files:
            message = "there is no such file"
            raise UnreadableError(message)
        return self._files[path]


def archives_in(folder: Path) -> list[Path]:
    """Return the wheels and source archives in a folder, sorted by name."""
    return sorted(file for file in folder.iterdir() if file.is_file() and (is_wheel(file) or _SDIST.match(file.name)))


def is_wheel(file: Path) -> bool:
    """Whether a file is a wheel, by its name."""
    return _WHEEL.match(file.name) is not None


def named(file: Path) -> tuple[str, str]:
    """Return name and version that an archive's file name gives; empty when it gives none."""
    found = _WHEEL.match(file.name) or _SDIST.match(file.name)
    return (normal_name(found["name"]), found["version"]) if found else ("", "")


def sha256_of(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def examine_archives(
    files: Sequence[Path], environment: Mapping[str, str], said: Callable[[str], None]
) -> Iterator[Distribution]:
    """Yield what each archive holds; `said` hears the name of each before."""
    for file in files:
        said(file.name)
        yield examine_archive(file, environment)


def examine_archive(file: Path, environment: Mapping[str, str]) -> Distribution:
    """Return what a wheel or source archive holds; of a damaged one, that it is damaged."""
    name, version = named(file)
    digest = sha256_of(file)
    try:
        if is_wheel(file):
            return _examine_wheel(file, Origin(name, version, Form.WHEEL, archive_sha256=digest), environment)
        return _examine_sdist(file, Origin(name, version, Form.SDIST, archive_sha256=digest), environment)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, OSError, EOFError, UnreadableError) as error:
        what = f"archive that cannot be read ({type(error).__name__})"
        finding = Finding(Reach.UNRECORDED, what, file.name, weight=Weight.ALARM)
        form = Form.WHEEL if is_wheel(file) else Form.SDIST
        return Distribution(name, version, form, (finding,), archive_sha256=digest)


def _examine_wheel(file: Path, origin: Origin, environment: Mapping[str, str]) -> Distribution:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        info = next((name for name in names if name.endswith(".dist-info/METADATA") and name.count("/") == 1), "/")
        found = [
            Finding(Reach.HIDDEN, "a name that leads out of the archive", name, weight=Weight.ALARM)
            for name in names
            if name.startswith("/") or ".." in name.split("/") or "\\" in name
        ]
        found += [
            Finding(Reach.HIDDEN, "a file that is there twice", name, weight=Weight.ALARM)
            for name in sorted(
                {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()
            )
        ]
        contents = Archive(archive)
        return examine(contents, _with(origin, f"{info.partition('/')[0]}/", found), environment)


def _examine_sdist(file: Path, origin: Origin, environment: Mapping[str, str]) -> Distribution:
    files = _zipped(file) if file.name.endswith(".zip") else _tarred(file)
    top = f"{next(iter(files), '').partition('/')[0]}/"
    inside = {path.removeprefix(top): data for path, data in files.items()}
    found = build_hooks("pyproject.toml", inside["pyproject.toml"]) if "pyproject.toml" in inside else []
    return examine(Loaded(inside), _with(origin, "", found), environment)


def _with(origin: Origin, info: str, findings: list[Finding]) -> Origin:
    return Origin(origin.name, origin.version, origin.form, info, origin.archive_sha256, origin.notes, tuple(findings))


def _zipped(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        contents = Archive(archive)
        return {path: contents.read(path) for path in contents.paths()}


def _tarred(file: Path) -> dict[str, bytes]:
    found = {}
    left = _MOST_BYTES // 8  # all of it is held at once
    with tarfile.open(file, "r:gz") as archive:
        for member in archive:
            if not member.isfile():
                continue
            left -= member.size
            if left < 0:
                message = "it unpacks to too many bytes"
                raise UnreadableError(message)
            opened = archive.extractfile(member)
            found[member.name.removeprefix("./")] = opened.read() if opened is not None else b""
    return found
