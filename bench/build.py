"""Compile the mock upstream and the stream load on demand, into a cache keyed by their sources."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_SOURCES = Path(__file__).parent
_PROGRAMS = ("mock", "sload")


class BuildError(Exception):
    """The helpers cannot be compiled; the message says what to do."""


def build() -> Path:
    """Return a folder with up-to-date `mock` and `sload`, compiling them when needed.

    Raises:
        BuildError: gcc is missing or refuses, or the cache folder belongs to someone else.
    """
    folder = _cache_folder()
    missing = [name for name in _PROGRAMS if not _is_current(folder, name)]
    if missing and not shutil.which("gcc"):
        raise BuildError("gcc is missing; install it: apt install gcc libc6-dev")
    for name in missing:
        _compile(folder, name)
    return folder


def _cache_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"narrowgate-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise BuildError(f"'{folder}' belongs to another user; remove it, or set TMPDIR")
    return folder


def _fingerprint(name: str) -> str:
    digest = hashlib.sha256()
    for source in sorted([_SOURCES / f"{name}.c", *_SOURCES.glob(f"{name}_*.h")]):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _is_current(folder: Path, name: str) -> bool:
    stamp = folder / f"{name}.sha256"
    return (folder / name).exists() and stamp.exists() and stamp.read_text(encoding="ascii") == _fingerprint(name)


def _compile(folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{name}.{os.getpid()}"
    command = ["gcc", "-O2", "-o", str(fresh), str(_SOURCES / f"{name}.c")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise BuildError(f"gcc refused {name}.c:\n{done.stderr[-2000:]}")
    fresh.replace(folder / name)
    (folder / f"{name}.sha256").write_text(_fingerprint(name), encoding="ascii")
