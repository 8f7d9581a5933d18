"""What a process gives up without a filter: privileges, its memory to others, core files. Standard library only."""

import contextlib
import ctypes
import resource
from collections.abc import Collection
from dataclasses import dataclass

from narrowgate.sandbox import kernel

_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
# linux/capability.h: the version with 64 bits, in two halves.
_CAPABILITY_VERSION = 0x2008_0522
_CAPABILITIES = 64
# For whoever runs the gateway as root on a data directory of another user's.
CAP_DAC_OVERRIDE = 1
CAP_FOWNER = 3

# (limit, most) set for every process. No core file may hold prompts or keys.
_LIMITS = tuple((limit, 0) for limit in (resource.RLIMIT_CORE,))


@dataclass(frozen=True, slots=True)
class _Sets:
    effective: int
    permitted: int
    inheritable: int


def lower_limits() -> None:
    """Forbid core files."""
    for limit, most in _LIMITS:
        resource.setrlimit(limit, (most, most))


def give_up_privileges() -> None:
    """No program that is started from now on gains rights by set-uid bits or file capabilities.

    Raises:
        OSError: the kernel does not know that.
    """
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)


def hide_memory() -> None:
    """Keep other processes of this user out of this one's memory, environment and descriptors.

    Raises:
        OSError: the kernel does not know that.
    """
    kernel.prctl(_PR_SET_DUMPABLE, 0)


def drop_capabilities(keep: Collection[int] = ()) -> None:
    """Give up root's capabilities but those in `keep`; nothing changes for whoever is not root.

    Raises:
        OSError: the kernel refused.
    """
    kept = sum(1 << capability for capability in keep)
    for capability in range(_CAPABILITIES):
        if not kept >> capability & 1:
            with contextlib.suppress(OSError):  # one this kernel does not have, or no right to drop it: not root
                kernel.prctl(_PR_CAPBSET_DROP, capability)
    with contextlib.suppress(OSError):
        kernel.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    have = _capabilities()
    _set_capabilities(_Sets(have.effective & kept, have.permitted & kept, 0))


def _capabilities() -> _Sets:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    data = (ctypes.c_uint32 * 6)()
    kernel.call("capget", ctypes.addressof(header), ctypes.addressof(data))
    low, high = data[:3], data[3:]
    return _Sets(*(low[at] | high[at] << 32 for at in range(3)))


def _set_capabilities(sets: _Sets) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    wanted = (sets.effective, sets.permitted, sets.inheritable)
    data = (ctypes.c_uint32 * 6)(*(one & 0xFFFF_FFFF for one in wanted), *(one >> 32 for one in wanted))
    kernel.call("capset", ctypes.addressof(header), ctypes.addressof(data))
