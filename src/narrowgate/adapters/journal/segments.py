"""Journal files: their names, how one is opened, whether somebody still writes to it."""

import errno
import fcntl
import os
import re
from pathlib import Path

_NAME = re.compile(r"w(\d{8})-(\d{8})\.jsonl")


def segment_name(writer: int, sequence: int) -> str:
    """Return the file name of a writer's segment."""
    return f"w{writer:08d}-{sequence:08d}.jsonl"


def list_segments(directory: Path) -> list[Path]:
    """Return all segments, in the order in which they were begun."""
    try:
        return sorted(path for path in directory.iterdir() if _NAME.fullmatch(path.name))
    except FileNotFoundError:
        return []


def open_segment(directory: Path, writer: int, sequence: int) -> int:
    """Make a segment and return its descriptor, locked as a sign of life of whoever holds it.

    The lock belongs to the open file: it lasts until the last process that has the descriptor
    closes it or dies, and needs no clean-up.

    Raises:
        OSError: no space, no right, or the segment exists.
    """
    path = directory / segment_name(writer, sequence)
    # Locked before it has its name: an empty segment without a lock is one whose writer is gone, and
    # the recorder would delete it under us.
    begun = path.with_suffix(".new")
    fd = os.open(begun, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.exists():  # one supervisor opens all segments, so nobody can make it in between
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        begun.rename(path)
    except OSError:
        os.close(fd)
        begun.unlink(missing_ok=True)
        raise
    return fd


def has_writer(path: Path) -> bool:
    """Whether some process may still append to the segment."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
