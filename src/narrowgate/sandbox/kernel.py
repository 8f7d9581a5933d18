"""What this kernel offers for confining a process, and the raw calls to it. Standard library only."""

import ctypes
import errno
import os
import platform
import sys
from dataclasses import dataclass

from narrowgate.sandbox.syscalls import ARCHITECTURES, number_of

# Limits on TCP ports came with this version of Landlock, Linux 6.7.
LANDLOCK_WITH_PORTS = 4

_LANDLOCK_CREATE_RULESET_VERSION = 1
_SECCOMP_GET_ACTION_AVAIL = 2
_SECCOMP_RET_ERRNO = 0x0005_0000
_PR_GET_NO_NEW_PRIVS = 39


@dataclass(frozen=True, slots=True)
class Offers:
    """What there is. `landlock` is the version of its interface, 0 when there is none.

    `machine` is empty when there is no filter for this processor.
    """

    system: str
    machine: str
    landlock: int
    has_seccomp: bool
    has_no_new_privs: bool

    def missing(self) -> tuple[str, ...]:
        """Return a sentence for each confinement that cannot be had here, with what would bring it."""
        if self.system != "linux":
            return (f"{self.system} has neither Landlock nor seccomp; processes are confined on Linux only",)
        found = []
        if not self.has_no_new_privs:
            found.append("no_new_privs: this kernel has none; Linux 3.5 or later has")
        if not self.landlock:
            found.append("landlock: this kernel has none; use Linux 6.7 or later with landlock among lsm=")
        elif self.landlock < LANDLOCK_WITH_PORTS:
            found.append(f"landlock: version {self.landlock} cannot limit TCP ports; Linux 6.7 or later can")
        if not self.machine:
            found.append(f"seccomp: no filter is written for {platform.machine()}; use x86_64 or aarch64")
        elif not self.has_seccomp:
            found.append("seccomp: filters are not available; allow seccomp() in the container's own profile")
        return tuple(found)


def look() -> Offers:
    """Ask the kernel. Nothing is changed by that."""
    if not sys.platform.startswith("linux"):
        return Offers(sys.platform, "", 0, has_seccomp=False, has_no_new_privs=False)
    machine = platform.machine() if platform.machine() in ARCHITECTURES else ""
    return Offers("linux", machine, landlock_version(), _has_seccomp(), _succeeds(_PR_GET_NO_NEW_PRIVS))


def landlock_version() -> int:
    """Return the version of Landlock's interface, 0 when it is not there or not switched on."""
    try:
        return call("landlock_create_ruleset", 0, 0, _LANDLOCK_CREATE_RULESET_VERSION)
    except OSError:
        return 0


def call(name: str, *arguments: int) -> int:
    """Make a system call by name. Pointers are given as addresses; whoever calls keeps them alive.

    Raises:
        OSError: what the kernel answered; ENOSYS where the number is not known.
    """
    machine = platform.machine()
    number = number_of(name, machine) if machine in ARCHITECTURES else None
    if number is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    library = _library()
    answer = int(library.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)))
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def prctl(option: int, *arguments: int) -> int:
    """Set or ask something of this process; missing arguments are zero, as many options insist.

    Raises:
        OSError: what the kernel answered.
    """
    return call("prctl", option, *arguments, *(0,) * (4 - len(arguments)))


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    return library


def _has_seccomp() -> bool:
    action = ctypes.c_uint32(_SECCOMP_RET_ERRNO)
    try:
        call("seccomp", _SECCOMP_GET_ACTION_AVAIL, 0, ctypes.addressof(action))
    except OSError:
        return False
    return True


def _succeeds(option: int) -> bool:
    try:
        prctl(option)
    except OSError:
        return False
    return True
