"""Landlock: files and TCP ports that are not listed are refused. Standard library only.

Source: https://docs.kernel.org/userspace-api/landlock.html (read November 2026).
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from narrowgate.sandbox import kernel

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << bit for bit in range(6))
_MAKE_REG = 1 << 8
_FIRST_RIGHTS = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
# The version of the interface that brought each of them.
_LATER_RIGHTS = ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV))
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READING = _READ_FILE | _READ_DIR
_WRITING = _READING | _WRITE_FILE | _TRUNCATE | _MAKE_REG | _REMOVE_FILE

_BIND_TCP, _CONNECT_TCP = 1, 2
_SCOPES = 3  # abstract Unix sockets and signals, both with version 6
_WITH_SCOPES = 6
_RULE_PATH, _RULE_PORT = 1, 2


# SQLite's source of chance.
RANDOM = ("/dev/urandom",)


@dataclass(frozen=True, slots=True)
class Openings:
    """What stays open: files and folders to read, folders to write in, TCP ports to connect to.

    What is not there is passed over; a folder opens all that is in it. Listening on new ports never
    stays open.
    """

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    connect_ports: frozenset[int] = frozenset()


def keeping(data: str) -> Openings:
    """Return what a process needs that keeps the database in the folder `data`."""
    return Openings(read=RANDOM, write=(data,))


def restrict(openings: Openings) -> int:
    """Confine this thread and all that it starts; return the version of Landlock, 0 when there is none.

    There is no way back. Threads that run already stay as free as they were: call it before any.
    Descriptors that are open stay usable. no_new_privs must be on.

    Raises:
        OSError: the kernel refused.
    """
    version = kernel.landlock_version()
    if not version:
        return 0
    rights = _FIRST_RIGHTS | sum(right for since, right in _LATER_RIGHTS if version >= since)
    has_ports = version >= kernel.LANDLOCK_WITH_PORTS
    ruleset = _create(rights, _BIND_TCP | _CONNECT_TCP if has_ports else 0, version)
    try:
        for rule_type, rule in _rules(openings, rights, has_ports=has_ports):
            buffer = ctypes.create_string_buffer(rule, len(rule))
            kernel.call("landlock_add_rule", ruleset, rule_type, ctypes.addressof(buffer), 0)
        kernel.call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _create(rights: int, net: int, version: int) -> int:
    attributes = struct.pack("=QQQ", rights, net, _SCOPES)
    # A kernel refuses a structure with more in it than it knows.
    size = 24 if version >= _WITH_SCOPES else 16 if version >= kernel.LANDLOCK_WITH_PORTS else 8
    buffer = ctypes.create_string_buffer(attributes[:size], size)
    return kernel.call("landlock_create_ruleset", ctypes.addressof(buffer), size, 0)


def _rules(openings: Openings, rights: int, *, has_ports: bool) -> Iterator[tuple[int, bytes]]:
    yield from _path_rules(openings.read, _READING & rights)
    yield from _path_rules(openings.write, _WRITING & rights)
    if has_ports:
        for port in sorted(openings.connect_ports):
            yield _RULE_PORT, struct.pack("=QQ", _CONNECT_TCP, port)


def _path_rules(paths: Iterable[str], rights: int) -> Iterator[tuple[int, bytes]]:
    for path in paths:
        try:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            of_this = rights if stat.S_ISDIR(os.fstat(fd).st_mode) else rights & _OF_FILES
            yield _RULE_PATH, struct.pack("=Qi", of_this, fd)
        finally:
            os.close(fd)
