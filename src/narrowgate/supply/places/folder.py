"""The files of an installed distribution, in site-packages and beside it."""

import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from narrowgate.supply.contents import LONGEST_FILE, UnreadableError


class Folder:
    """Files below a folder. What lies outside of `prefix`, also by a link, is not read."""

    def __init__(self, root: Path, paths: Iterable[str], prefix: Path) -> None:
        self._root = root
        self._prefix = prefix.resolve()
        self._paths = tuple(sorted(set(paths)))

    def paths(self) -> Sequence[str]:
        """Return all paths that exist."""
        return self._paths

    def read(self, path: str) -> bytes:
        """Return a file.

        Raises:
            UnreadableError: see `Contents`.
        """
        file = self._root / path
        try:
            real = file.resolve(strict=True)
            if not real.is_relative_to(self._prefix):
                message = "it lies outside of the environment"
                raise UnreadableError(message)
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
                return opened.read(LONGEST_FILE)
        except (OSError, ValueError, RuntimeError) as error:
            raise UnreadableError(type(error).__name__) from error


def files_below(folder: Path, root: Path) -> list[str]:
    """Return every file below a folder, as paths relative to `root`; links to folders are not entered."""
    found = []
    for where, _, names in os.walk(folder):
        relative = Path(where).relative_to(root).as_posix()
        found += [name if relative == "." else f"{relative}/{name}" for name in names]
    return found
