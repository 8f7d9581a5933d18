"""The files of one distribution, wherever they are kept."""

from collections.abc import Sequence
from typing import Protocol

# Beyond this a file is not read: no dependency needs it, and what unpacks to it is a trap.
LONGEST_FILE = 1_000_000_000


class UnreadableError(Exception):
    """A file cannot be read, or must not be; the message says why."""


class Contents(Protocol):
    """Files by their path with `/`, relative to where they would be imported from."""

    def paths(self) -> Sequence[str]:
        """Return all paths, sorted."""
        ...

    def start(self, path: str) -> bytes:
        """Return the first bytes of a file, 16 at least when it has them; raises as `read` does."""
        ...

    def read(self, path: str) -> bytes:
        """Return a file.

        Raises:
            UnreadableError: it is no regular file, too large, damaged, or lies outside.
        """
        ...
