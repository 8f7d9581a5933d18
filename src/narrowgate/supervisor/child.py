"""Where a child process begins: `main` with the words ROLE SETTINGS_FD CHANNEL_FD ROOM [required].

Each role imports only what it needs, so the egress loads no third-party module. The others are
confined before they load one: ROOM says how, `starting.py` writes it. With the word `required`
the process ends instead of working where it cannot be sealed.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import sys

from narrowgate.sandbox.apply import NotSealed
from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.profile import Role
from narrowgate.sandbox.starting import confine

# This module, by the name that it is started and shown by.
CHILD = "narrowgate.supervisor.child"
REQUIRED = "required"
# How a child tells that starting it again is of no use: EX_CONFIG of sysexits.h.
UNSEALED_STATUS = 78

_MAINS = {
    "supervisor": "narrowgate.cli.serving",
    "edge": "narrowgate.app",
    "egress": "narrowgate.egress.process",
    "control": "narrowgate.control.process",
    "recorder": "narrowgate.recorder.process",
}


# Who does not take the processor from another when there is something to do for it: on a shared core an
# edge then hands over many calls at a time instead of one. An idle core is theirs at once, as always.
_PATIENT = frozenset({"egress", "control", "recorder"})


def read_settings(fd: int) -> bytes:
    """Return everything in a memory file that the supervisor made; its position is not touched."""
    return os.pread(fd, os.fstat(fd).st_size, 0)


def main() -> int:
    """Run a role until the supervisor says stop."""
    # The first word is this module's name, for whoever looks at the list of processes.
    _, role, settings_word, channel_word, room, *more = sys.argv[1:]
    settings_fd, channel_fd = int(settings_word), int(channel_word)
    is_required = REQUIRED in more
    # The supervisor hears the terminal's Ctrl-C and tells its children in its own order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        if role in _PATIENT:
            _be_patient()
        _confine(room, is_required=is_required)
        # Nothing that loading makes is garbage: looking for some takes a twentieth of the time.
        gc.disable()
        module = importlib.import_module(_MAINS[role])
        gc.enable()
        settings = read_settings(settings_fd)
        os.close(settings_fd)
        status = module.main(settings, channel_fd, is_seal_required=is_required)
    except NotSealed as error:
        sys.stderr.write(f"narrowgate: the {role} process cannot be sealed: {error}\n")
        return UNSEALED_STATUS
    return int(status)


def _be_patient() -> None:
    """Let the kernel treat this process as one that works in batches (sched(7)), where it knows such."""
    set_policy = getattr(os, "sched_setscheduler", None)
    if set_policy is not None:
        with contextlib.suppress(OSError):
            set_policy(0, os.SCHED_BATCH, os.sched_param(0))


def _confine(room: str, *, is_required: bool) -> None:
    """Give up, before others' code is loaded, what that code must not have.

    Raises:
        NotSealed: not all of it could be given up although `is_required`.
    """
    kind, read, write, ports, pairs = json.loads(room)
    for number, have in pairs:
        _rename(number, have)
    if Role(kind) is Role.EGRESS:
        return  # it loads none
    if not confine(Role(kind), Openings(tuple(read), tuple(write), frozenset(ports))) and is_required:
        raise NotSealed("the kernel refused it before any code was loaded")


def _rename(number: int, have: int) -> None:
    """Let a descriptor have the number by which settings call it.

    Raises:
        RuntimeError: that number is taken.
    """
    if number == have:
        return
    try:
        os.fstat(number)
    except OSError:
        os.dup2(have, number, inheritable=False)
        os.close(have)
        return
    raise RuntimeError(f"descriptor {number} is taken")
