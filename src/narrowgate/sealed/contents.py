"""What goes into a sealed file: own code compiled, dependencies as installed, each file accounted for."""

import base64
import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from narrowgate.sealed.code import compiled
from narrowgate.supply.distribution import normal_name
from narrowgate.supply.lock import read_lock

# Locked for making sealed files and nothing that runs loads them; what is not there cannot be turned.
BUILD_ONLY = frozenset({"cffi", "cryptography", "pycparser"})
_CODE = (".py",)
_LIBRARIES = (".so",)
_DATA = (".json", ".tsv", ".txt", ".toml", ".sql", ".html", ".c")
_NEVER = ("__pycache__", "/tests/", "/_testbase", "/test/")


class CannotSeal(Exception):
    """Something is not as the lock or a record says; the message names it and the fix."""


def own_files(root: Path) -> dict[str, bytes]:
    """Return the package itself; `root` is its folder."""
    files: dict[str, bytes] = {}
    for path in sorted(root.rglob("*")):
        name = f"{root.name}/{path.relative_to(root).as_posix()}"
        if path.is_file() and "__pycache__" not in name:
            files |= _sealed(name, path.read_bytes())
    return files


def installed_files(lock: str) -> dict[str, bytes]:
    """Return the files of the locked distributions as installed here, each compared with its record.

    Raises:
        CannotSeal: one is missing, has another version, or holds a file that differs from its record.
    """
    files: dict[str, bytes] = {}
    for entry in read_lock(lock):
        name = normal_name(entry.requirement.name)
        if name in BUILD_ONLY:
            continue
        try:
            found = metadata.distribution(entry.requirement.name)
        except metadata.PackageNotFoundError:
            raise CannotSeal(f"{entry.requirement.name} is not installed; run ./ng once, or give --wheels") from None
        if found.version != entry.version:
            raise CannotSeal(f"{entry.requirement.name} is {found.version}, locked is {entry.version}; run ./ng once")
        for file in found.files or ():
            path = str(file)
            if _is_wanted(path):
                data = Path(str(file.locate())).read_bytes()
                if file.hash is not None and file.hash.value != _digest(file.hash.mode, data):
                    raise CannotSeal(f"{entry.requirement.name}: '{path}' differs from its record; install it anew")
                files |= _sealed(path, data)
    return files


def wheel_files(folder: Path, lock: str) -> dict[str, bytes]:
    """Return the files of the locked wheels in `folder`, each wheel compared with the lock.

    Raises:
        CannotSeal: a wheel is missing or is not one of those that are locked.
    """
    files: dict[str, bytes] = {}
    wheels = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.whl"))}
    for entry in read_lock(lock):
        name = normal_name(entry.requirement.name)
        if name in BUILD_ONLY:
            continue
        fitting = [path for path, digest in wheels.items() if f"sha256:{digest}" in _hashes(entry.hashes)]
        if not fitting:
            raise CannotSeal(f"{folder} has no wheel of {entry.requirement.name} {entry.version} that is in the lock")
        with zipfile.ZipFile(fitting[0]) as wheel:
            for path in sorted(wheel.namelist()):
                if _is_wanted(path):
                    files |= _sealed(path, wheel.read(path))
    return files


def _hashes(hashes: Iterable[str]) -> set[str]:
    return {one if ":" in one else f"sha256:{one}" for one in hashes}


def _is_wanted(path: str) -> bool:
    """Whether an installed file is code, or says what is installed."""
    if path.startswith(("..", "/")) or any(part in f"/{path}" for part in _NEVER):
        return False
    if ".dist-info/" in path:
        return path.endswith("/METADATA") or "LICENSE" in path.upper()
    return path.endswith((*_CODE, *_LIBRARIES))


def _sealed(name: str, data: bytes) -> Mapping[str, bytes]:
    """Return a file as it is in the sealed one: code compiled, libraries by their module's name."""
    if name.endswith(_CODE):
        return {f"{name}c": compiled(data, name)}
    if name.endswith(_LIBRARIES):
        folder, _, last = name.rpartition("/")
        return {f"{folder}/{last.partition('.')[0]}.so" if folder else f"{last.partition('.')[0]}.so": data}
    if ".dist-info/" in name or name.endswith(_DATA):
        return {name: data}
    return {}


def _digest(mode: str, data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.new(mode, data).digest()).rstrip(b"=").decode()
