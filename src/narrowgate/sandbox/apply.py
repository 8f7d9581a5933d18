"""A process seals itself: what its role does not need is given up for good. Standard library only."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from narrowgate.sandbox import kernel, landlock, limits, seccomp
from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.preload import preload
from narrowgate.sandbox.profile import PROFILES, Profile, Role


class NotSealed(Exception):
    """A confinement that is required cannot be had; the process must not go on. The message says which and why."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is in force in a process. `landlock` is the version of its interface, 0 when it is off."""

    landlock: int
    has_seccomp: bool
    missing: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """Return what a health page shows."""
        return {"landlock": self.landlock, "seccomp": self.has_seccomp, "missing": list(self.missing)}


UNSEALED = Report(0, has_seccomp=False, missing=("this process is not sealed yet",))


def seal_process(role: Role, openings: Openings, *, is_required: bool = False) -> Report:
    """Seal this process for `role`, all but `openings` shut; return what is in force.

    To be called once everything is imported and opened, before any thread is started and before the
    first byte that comes from outside. What this kernel cannot do is left out and reported.

    Raises:
        NotSealed: something is missing although `is_required`.
    """
    offers = kernel.look()
    missing = [*offers.missing()]
    if missing and is_required:
        raise NotSealed("; ".join(missing))
    limits.lower_limits()
    if offers.system != "linux":
        return Report(0, has_seccomp=False, missing=tuple(missing))
    preload()
    if _threads() > 1:
        missing.append("landlock: threads were running before it was switched on, they stay unconfined")
    version = _in_force(offers, PROFILES[role], openings, missing)
    has_seccomp = bool(offers.machine) and offers.has_seccomp
    if has_seccomp:
        program = seccomp.translate(PROFILES[role].filter, offers.machine)
        has_seccomp = _try("seccomp", lambda: seccomp.install(program), missing)
    if missing and is_required:
        raise NotSealed("; ".join(missing))
    return Report(version, has_seccomp, tuple(missing))


def _in_force(offers: kernel.Offers, profile: Profile, openings: Openings, missing: list[str]) -> int:
    """Put everything but the filter in force; return Landlock's version."""
    _try("capabilities", lambda: limits.drop_capabilities(profile.capabilities), missing)
    _try("no_new_privs", limits.give_up_privileges, missing)
    _try("non-dumpable", limits.hide_memory, missing)
    if offers.landlock and _try("landlock", lambda: landlock.restrict(openings), missing):
        return offers.landlock
    return 0


def _try(name: str, step: Callable[[], object], missing: list[str]) -> bool:
    """Take a step; note what it fails with."""
    try:
        step()
    except OSError as error:
        missing.append(f"{name}: the kernel refused it ({(error.strerror or 'no reason given').lower()})")
        return False
    return True


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - names alone are wanted
    except OSError:
        return 1
