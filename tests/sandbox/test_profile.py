"""The committed lists hold nothing that nobody should have."""

import platform

import pytest

from narrowgate.sandbox.profile import PROFILES, Role
from narrowgate.sandbox.seccomp import ALWAYS, translate
from narrowgate.sandbox.syscalls import ARCHITECTURES, NAMES, number_of
from tools.check_syscalls import roles_by_length

NEVER = (
    "execve execveat fork vfork ptrace process_vm_readv process_vm_writev unshare setns io_uring_setup io_uring_enter "
    "io_uring_register memfd_create memfd_secret kill mount bpf keyctl add_key perf_event_open userfaultfd pidfd_open "
    "pidfd_getfd chmod fchmodat personality chroot open_by_handle_at renameat2 setuid splice sendfile bind seccomp "
    "capset"
)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_no_role_may(role: Role) -> None:
    assert not set(NEVER.split()) & set(PROFILES[role].filter.calls)
    assert set(PROFILES[role].filter.calls) <= NAMES


def test_only_who_dials_connects_and_only_who_listens_accepts() -> None:
    having = {name: {role for role in Role if name in PROFILES[role].filter.calls} for name in NAMES}
    assert having["connect"] == having["socket"] == having["clone"] == {Role.EGRESS, Role.MERGED_EDGE}
    assert having["accept4"] == {Role.EDGE, Role.MERGED_EDGE, Role.CONTROL}
    assert having["openat"] == set(Role) - {Role.EDGE}
    assert having["unlink"] == {Role.CONTROL, Role.RECORDER, Role.SUPERVISOR}
    assert having["rename"] == {Role.SUPERVISOR}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_what_can_carry_an_address_or_code_is_always_checked(role: Role) -> None:
    calls = PROFILES[role].filter.calls
    checked = {
        "sendto",
        "sendmsg",
        "sendmmsg",
        "socket",
        "socketpair",
        "setsockopt",
        "mmap",
        "mprotect",
        "clone",
        "ioctl",
    }
    assert not [name for name in checked & set(calls) if calls[name] == ALWAYS]


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_every_filter_fits_into_the_kernel(machine: str) -> None:
    assert max(len(translate(profile.filter, machine)) for profile in PROFILES.values()) < 4_096
    assert all(number_of(name, machine) for name in ("clone", "openat", "ppoll"))


@pytest.mark.skipif(platform.machine() not in ARCHITECTURES, reason="no filter for this processor")
def test_a_trace_can_tell_roles_apart() -> None:
    assert set(roles_by_length().values()) == set(Role)
