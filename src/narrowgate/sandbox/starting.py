"""The first of two seals, put on before any code of others: what may be done while loading. Standard library only."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from narrowgate.sandbox import kernel, landlock, limits, seccomp
from narrowgate.sandbox.landlock import RANDOM, Openings
from narrowgate.sandbox.profile import (
    LIBRARIES_FROM_FILES,
    PROFILES,
    READING,
    Role,
    always,
)
from narrowgate.sandbox.resolving import library_folders
from narrowgate.sandbox.seccomp import ABSENT, ALWAYS, Alternatives, Check, Filter

# libuv keeps it open, to be able to refuse connections when descriptors run out.
_SPARE = ("/dev/null",)
# Tells where the C library lies, whose resolver loads others from there.
_MAPS = "/proc/self/maps"
# linux/prctl.h: what the second seal sets. Not dumpable may be set, dumpable may not.
_SET_DUMPABLE = 4
_OPTIONS = (*range(24, 25), 38, 39, 47)

# To load code, to make an event loop, and to put the second seal on: that can only take more away.
_LOADING: Mapping[str, Alternatives] = {
    **READING,
    **LIBRARIES_FROM_FILES,
    **always("capget capset seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self"),
    **always("epoll_create1 epoll_ctl eventfd2 pipe2 sched_getaffinity sysinfo prlimit64 dup"),
    "prctl": ((Check(0, (_SET_DUMPABLE,)), Check(1, (0,))), (Check(0, _OPTIONS),)),
    "fcntl": ((Check(1, (0, 1, 2, 3, 4, 1030)),),),
    # Before there is a loop: libuv would make a ring with it, and what goes through one passes no filter.
    "io_uring_setup": ABSENT,
}


def filter_of(role: Role) -> Filter:
    """Return what a role may do before its second seal: what it may afterwards, and to load code."""
    final = PROFILES[role].filter.calls
    names = {**_LOADING, **final}
    return Filter({name: _either(_LOADING.get(name), final.get(name)) for name in names})


def confine(role: Role, openings: Openings) -> bool:
    """Put the first seal on; say whether all of it is in force.

    Files stay readable where code is, and what `openings` names, which must hold all that the second
    seal will leave open: no seal gives back what an earlier one took. To be called before any
    code but the standard library's and our own is loaded, and before any thread.
    """
    offers = kernel.look()
    if offers.system != "linux":
        return False
    limits.lower_limits()
    done = [_done(lambda: limits.drop_capabilities(PROFILES[role].capabilities))]
    done += [_done(limits.give_up_privileges), _done(limits.hide_memory)]
    if offers.landlock:
        read = (*code_places(sys.path), *RANDOM, *_SPARE, _MAPS, *openings.read)
        done.append(_done(lambda: landlock.restrict(Openings(read, openings.write, openings.connect_ports))))
    if offers.machine and offers.has_seccomp:
        program = seccomp.translate(filter_of(role), offers.machine)
        done.append(_done(lambda: seccomp.install(program)))
    return all(done) and not offers.missing()


def code_places(path: Iterable[str]) -> tuple[str, ...]:
    """Return where code is loaded from: the folders of `path`, the standard library's, our own, the C library's."""
    own = Path(__file__).resolve().parents[1]
    library = os.path.dirname(str(getattr(os, "__file__", "")))  # noqa: PTH120 - none where it is inside the program
    places = [os.path.realpath(place) for place in (*path, library, str(own)) if place]
    return tuple(dict.fromkeys((*places, *library_folders(), "/etc/ld.so.cache")))


def _either(one: Alternatives | None, other: Alternatives | None) -> Alternatives:
    """Return what allows all that either of two does."""
    if one is None or other is None:
        return one if one is not None else other or ABSENT
    if ALWAYS in {one, other}:
        return ALWAYS
    return tuple(dict.fromkeys((*one, *other)))


def _done(step: Callable[[], object]) -> bool:
    with contextlib.suppress(OSError):
        step()
        return True
    return False
