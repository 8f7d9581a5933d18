"""The files of an installed distribution, in site-packages and beside it."""

import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from narrowgate.supply.contents import LONGEST_FILE, UnreadableError

_START = 64


class Folder:
    """Files below a folder. What lies outside of `prefix`, also by a link, is not read."""

    def __init__(self, root: Path, paths: Iterable[str], prefix: Path) -> None:
        self._root = root
        self._prefix = prefix.resolve()
        self._paths = tuple(sorted(set(paths)))
        self._folders: dict[str, Path] = {}

    def paths(self) -> Sequence[str]:
        """Return all paths that exist."""
        return self._paths

    def start(self, path: str) -> bytes:
        """Return the first bytes of a file; raises as `read` does."""
        return self._read(path, _START)

    def read(self, path: str) -> bytes:
        """Return a file.

        Raises:
            UnreadableError: see `Contents`.
        """
        return self._read(path, LONGEST_FILE)

    def _read(self, path: str, length: int) -> bytes:
        try:
            real = self._real(path)
            # Not blocking, so that a pipe in the place of a file holds nobody up.
            descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "rb") as opened:
                status = os.fstat(opened.fileno())
                if not stat.S_ISREG(status.st_mode):
                    message = "it is no regular file"
                    raise UnreadableError(message)
                if status.st_size > LONGEST_FILE:
                    message = f"it has {status.st_size:_} bytes"
                    raise UnreadableError(message)
                return opened.read(length)
        except (OSError, ValueError, RuntimeError) as error:
            raise UnreadableError(type(error).__name__) from error

    def _real(self, path: str) -> Path:
        """Return where a file really lies, below the prefix. Folders are looked up once: files come by the thousand."""
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = (self._root / folder).resolve(strict=True)
        file = self._folders[folder] / name
        if name in {"", ".", ".."} or _is_link(file):
            file = file.resolve(strict=True)
        if not file.is_relative_to(self._prefix):
            message = "it lies outside of the environment"
            raise UnreadableError(message)
        return file


def _is_link(file: Path) -> bool:
    return stat.S_ISLNK(file.lstat().st_mode)


def files_below(folder: Path, root: Path) -> list[str]:
    """Return every file below a folder, as paths relative to `root`; links to folders are not entered."""
    found = []
    for where, _, names in os.walk(folder):
        relative = Path(where).relative_to(root).as_posix()
        found += [name if relative == "." else f"{relative}/{name}" for name in names]
    return found
