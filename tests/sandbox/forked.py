"""Run something in a child process that seals itself first, and hear what came of it."""

import os
from collections.abc import Callable

from narrowgate.sandbox.apply import seal_process
from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.profile import Role


def in_child(act: Callable[[], object]) -> str:
    """Return what `act` returned in a forked child, as text; else the exception's name and errno."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        try:
            said = str(act())
        except OSError as error:
            said = f"{type(error).__name__} {error.errno}"
        except BaseException as error:  # noqa: BLE001 - told to the test, which decides
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        heard = pipe.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return heard if status == 0 else f"ended with {status}"


def sealed(role: Role, act: Callable[[], object], openings: Openings | None = None) -> str:
    """Do the same in a child that is sealed as `role`."""

    def seal_and_act() -> object:
        report = seal_process(role, openings or Openings(), is_required=True)
        assert report.has_seccomp
        return act()

    return in_child(seal_and_act)
