"""Look whether a sealed file, or an installation, is what was signed and recorded."""

import base64
import hashlib
import os
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import msgspec

from narrowgate.sealed.archive import boot_code
from narrowgate.sealed.boot import BOOT, Broken, Sealed, in_memory
from narrowgate.supply.distribution import normal_name
from narrowgate.supply.lock import read_lock

_CODE = (".py", ".so", ".pth", ".start")
_START = (".pth", ".start")


class Report(msgspec.Struct, frozen=True):
    """What was found. `problems` is empty when all is well."""

    what: str
    files: int
    digest: str
    problems: tuple[str, ...]


def examine_file(path: Path, key: bytes) -> Report:
    """Check a sealed file against the public key `key`, byte for byte, without running any of it."""
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    fd = in_memory("narrowgate", data)
    try:
        sealed = Sealed(fd, key, is_any_python=True)
        sealed.check()
        problems = []
        if (
            BOOT in sealed.entries
            and sealed.python == sys.implementation.cache_tag
            and sealed.read(BOOT) != boot_code(key)
        ):
            problems.append(f"{BOOT} is not the boot code of this version; compare with the version that made it")
    except Broken as broken:
        return Report("sealed file", 0, digest, (broken.why,))
    finally:
        os.close(fd)
    return Report("sealed file", len(sealed.entries), digest, tuple(problems))


def examine_installation(lock: str | None) -> Report:
    """Check the running environment: every file against its record, every version against the lock."""
    problems: list[str] = []
    count = 0
    known: set[Path] = set()
    folders: set[Path] = set()
    versions = {normal_name(e.requirement.name): e.version for e in read_lock(lock)} if lock is not None else {}
    for found in metadata.distributions():
        name = normal_name(found.metadata["Name"] or "unknown")
        if name in versions and found.version != versions[name]:
            problems.append(f"{name} is {found.version}, locked is {versions[name]}")
        for file in found.files or ():
            path = Path(str(file.locate())).resolve()
            known.add(path)
            folders.add(Path(str(found.locate_file(""))).resolve())
            problem = _differs(path, file.hash.mode, file.hash.value) if file.hash is not None else None
            if problem is not None:
                problems.append(f"{name}: '{file}' {problem}")
            count += 1
    present = {normal_name(one.metadata["Name"] or "") for one in metadata.distributions()}
    problems += [
        f"{name} {version} is locked and not installed" for name, version in versions.items() if name not in present
    ]
    for folder in sorted(folders):
        problems += [f"'{path.relative_to(folder)}' {why}" for path, why in _strays(folder, known)]
    return Report("installation", count, "", tuple(problems))


def _differs(path: Path, mode: str, wanted: str) -> str | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    found = base64.urlsafe_b64encode(hashlib.new(mode, data).digest()).rstrip(b"=").decode()
    return None if found == wanted else "differs from its record"


def _strays(folder: Path, known: set[Path]) -> Iterator[tuple[Path, str]]:
    """Yield files that could run and that no distribution has told of."""
    for path in sorted(folder.rglob("*")):
        if "__pycache__" in path.parts or not path.name.endswith(_CODE) or path.resolve() in known:
            continue
        yield path, "runs at every start and belongs to nobody" if path.name.endswith(_START) else "belongs to nobody"
