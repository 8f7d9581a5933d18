"""Which processes there are, what each holds, and what the kernel leaves it: read from the profiles that are put on."""

from collections.abc import Iterator, Mapping
from enum import Enum

import msgspec

from narrowgate.sandbox.landlock import Openings, keeping
from narrowgate.sandbox.profile import PROFILES, Profile, Role
from narrowgate.sandbox.seccomp import ALWAYS
from narrowgate.supervisor.grants import DIALLING, KEEPING
from narrowgate.supervisor.starting import libraries_of

_LAUNCHER = "launcher"
_EDGES = frozenset({Role.EDGE, Role.MERGED_EDGE})
# Each is one of these system calls, allowed in whatever form; what is written to is a question of its own.
_POWERS: Mapping[str, tuple[str, ...]] = {
    "open files": ("open", "openat", "openat2"),
    "make sockets": ("socket",),
    "connect": ("connect",),
    "accept": ("accept4", "accept"),
    "listen on addresses": ("bind",),
    "start threads": ("clone", "clone3"),
    "start programs": ("execve", "execveat", "fork", "vfork"),
}
_WRITE_FILES = "write files"


class Holding(Enum):
    """What a process has in its memory that somebody might want."""

    SECRETS = "all secrets"
    PROVIDER_KEYS = "provider keys"
    STAND_INS = "stand-ins for secrets"
    KEY_HASHES = "hashes of virtual keys"
    PROMPTS = "prompts and answers"
    DATABASE = "the database"


class ProcessView(msgspec.Struct, frozen=True):
    """A kind of process. `loads` are packages of others; `reads` and `writes` are the paths that stay open to it.

    `may` names kinds of system calls that its filter lets through in some form, `system_calls` how many calls that are,
    None without a filter. `ports` are those it may connect to.
    """

    name: str
    count: int
    holds: tuple[Holding, ...]
    loads: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    ports: tuple[int, ...]
    may: tuple[str, ...]
    system_calls: int | None


class Confined(msgspec.Struct, frozen=True):
    """What the processes of one configuration are confined to. `dialled` is for the process that dials.

    `code` is where the supervisor may still read code. `needs_egress` is false when there is nobody to dial.
    """

    data: str
    edges: int
    is_merged: bool
    needs_egress: bool
    dialled: Openings
    code: tuple[str, ...] = ()


def process_views(confined: Confined) -> tuple[ProcessView, ...]:
    """Return all kinds of processes, in the order in which they start."""
    roles = [Role.SUPERVISOR]
    roles += [Role.EGRESS] if confined.needs_egress and not confined.is_merged else []
    roles += [Role.MERGED_EDGE if confined.is_merged else Role.EDGE, Role.CONTROL, Role.RECORDER]
    return (_launcher(), *(_view(role, confined) for role in roles))


def openings_for(role: Role, confined: Confined) -> Openings:
    """Return what stays open to a process once it is sealed."""
    if role in DIALLING:
        return confined.dialled
    if role in KEEPING:
        return keeping(confined.data)
    if role is Role.SUPERVISOR:
        kept = keeping(confined.data)
        return Openings((*kept.read, *confined.code), kept.write)
    return Openings()


def powers_of(profile: Profile) -> Iterator[str]:
    """Yield what a filter lets through, in words."""
    calls = profile.filter.calls
    for name, needed in _POWERS.items():
        if any(call in calls and calls[call] != () for call in needed):
            yield name
    if calls.get("openat") == ALWAYS:
        yield _WRITE_FILES


def _launcher() -> ProcessView:
    """Return the process that no profile is put on: it starts the others."""
    may = (*_POWERS, _WRITE_FILES)
    return ProcessView(_LAUNCHER, 1, (Holding.SECRETS,), (), (), (), (), may, None)


def _view(role: Role, confined: Confined) -> ProcessView:
    profile, opened = PROFILES[role], openings_for(role, confined)
    return ProcessView(
        name="edge" if role in _EDGES else role.value,
        count=confined.edges if role in _EDGES else 1,
        holds=tuple(_holdings(role, opened)),
        loads=tuple(libraries_of(role)),
        reads=tuple(sorted({*opened.read, *opened.write})),
        writes=tuple(sorted(opened.write)),
        ports=tuple(sorted(opened.connect_ports)),
        may=tuple(powers_of(profile)),
        system_calls=len(profile.filter.calls),
    )


def _holdings(role: Role, opened: Openings) -> Iterator[Holding]:
    if role in DIALLING:
        yield Holding.PROVIDER_KEYS
    if role is Role.SUPERVISOR:
        yield Holding.STAND_INS
    if role in DIALLING | _EDGES:
        yield Holding.PROMPTS
    if opened.write or role in _EDGES:
        yield Holding.KEY_HASHES
    if opened.write:
        yield Holding.DATABASE
