"""What a sealed file's code is read from: memory that nobody can change, and data files. Standard library only."""

import fcntl
import io
import os
from collections.abc import Iterator, Mapping
from typing import Protocol

_ALL_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


class Holding(Protocol):
    """Files by name, as a sealed file has them."""

    @property
    def entries(self) -> Mapping[str, object]:
        """The names of all files."""

    def read(self, name: str) -> bytes:
        """Return one of them."""


class Resources:
    """Data files of one package, as `importlib.resources` wants them (a Traversable and its reader in one)."""

    def __init__(self, sealed: Holding, place: str) -> None:
        self._sealed = sealed
        self._place = place

    @property
    def name(self) -> str:
        """The last part of its place."""
        return self._place.rstrip("/").rpartition("/")[2]

    def files(self) -> "Resources":
        """Return where the package's files are."""
        return self

    def joinpath(self, *parts: str) -> "Resources":
        """Return a place below."""
        return Resources(self._sealed, "/".join((self._place.rstrip("/"), *parts)))

    __truediv__ = joinpath

    def is_file(self) -> bool:
        """Whether there is such a file."""
        return self._place in self._sealed.entries

    def is_dir(self) -> bool:
        """Whether something lies below."""
        below = self._place.rstrip("/") + "/"
        return any(name.startswith(below) for name in self._sealed.entries)

    def iterdir(self) -> "Iterator[Resources]":
        """Yield what lies below."""
        below = self._place.rstrip("/") + "/"
        for one in sorted({n[len(below) :].partition("/")[0] for n in self._sealed.entries if n.startswith(below)}):
            yield Resources(self._sealed, below + one)

    def read_bytes(self) -> bytes:
        """Return a file."""
        if not self.is_file():
            raise FileNotFoundError(self._place)
        return self._sealed.read(self._place)

    def read_text(self, encoding: str = "utf-8") -> str:
        """Return a file as text."""
        return self.read_bytes().decode(encoding)

    def open(self, mode: str = "r", *_args: object, **_options: object) -> io.BytesIO | io.StringIO:
        """Open a file for reading."""
        return io.BytesIO(self.read_bytes()) if "b" in mode else io.StringIO(self.read_text())


def in_memory(name: str, data: bytes) -> int:
    """Return a descriptor of `data` in memory that nobody can change any more."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _ALL_SEALS)
    return fd


def is_unchangeable(fd: int) -> bool:
    """Whether nobody can change what `fd` holds."""
    try:
        return fcntl.fcntl(fd, fcntl.F_GET_SEALS) & _ALL_SEALS == _ALL_SEALS
    except OSError:
        return False
