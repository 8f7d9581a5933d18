"""A filter answers as its allow-list says, whatever is asked."""

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.sandbox import kernel
from narrowgate.sandbox.limits import give_up_privileges
from narrowgate.sandbox.profile import PROFILES, Role
from narrowgate.sandbox.seccomp import (
    ABSENT,
    ALLOW,
    ALWAYS,
    KILL_PROCESS,
    NOT_THERE,
    REFUSE,
    Check,
    Filter,
    install,
    translate,
)
from narrowgate.sandbox.syscalls import ARCHITECTURES, NAMES, number_of
from tests.sandbox.forked import in_child
from tests.sandbox.machine import answer

WORD = 0xFFFF_FFFF


def wanted(rules: Filter, name: str, arguments: tuple[int, ...]) -> int:
    """Say what the allow-list means, without any filter."""
    if name not in rules.calls:
        return rules.others
    alternatives = rules.calls[name]
    if alternatives == ABSENT:
        return NOT_THERE
    for checks in alternatives:
        if all(arguments[check.argument] & check.mask in check.values for check in checks):
            return ALLOW
    return REFUSE


# Numbers that checks look at come up often, so that both answers do.
telling = st.sampled_from(
    [0, 1, 2, 3, 4, 6, 7, 10, 17, 0x20, 0x22, 0x1000, 0x5421, 0x3D0F00, 0x2000_0000, 1 << 32, 1030]
)
argument = telling | st.integers(0, (1 << 64) - 1)
six = st.tuples(argument, argument, argument, argument, argument, argument)


@given(st.sampled_from(list(Role)), st.sampled_from(sorted(ARCHITECTURES)), st.sampled_from(sorted(NAMES)), six)
def test_every_roles_filter_means_its_list(role: Role, machine: str, name: str, arguments: tuple[int, ...]) -> None:
    rules = PROFILES[role].filter
    number = number_of(name, machine)
    if number is not None:
        program = translate(rules, machine)
        assert answer(program, ARCHITECTURES[machine], number, arguments) == wanted(rules, name, arguments)


checks = st.builds(
    Check,
    st.integers(0, 5),
    st.lists(st.integers(0, 8), min_size=1, max_size=4).map(tuple),
    st.sampled_from([WORD, 0xF, 0x6]),
) | st.builds(Check, st.integers(0, 5), st.tuples(st.integers(0, 8) | st.just(1 << 33)), st.just((1 << 64) - 1))
alternatives = st.lists(st.lists(checks, max_size=3).map(tuple), max_size=3).map(tuple)


@given(alternatives, six | st.tuples(*[st.integers(0, 8)] * 6))
def test_any_alternatives_are_translated_rightly(
    ways: tuple[tuple[Check, ...], ...], arguments: tuple[int, ...]
) -> None:
    rules = Filter({"ioctl": ways, "read": ALWAYS})
    for machine, architecture in ARCHITECTURES.items():
        program = translate(rules, machine)
        number = number_of("ioctl", machine)
        assert number is not None
        assert answer(program, architecture, number, arguments) == wanted(rules, "ioctl", arguments)


def test_calls_by_other_doors_are_refused() -> None:
    program = translate(Filter({"read": ALWAYS}), "x86_64")
    assert answer(program, ARCHITECTURES["x86_64"], 0, (0,) * 6) == ALLOW
    assert answer(program, ARCHITECTURES["x86_64"], 0x4000_0000, (0,) * 6) == NOT_THERE
    assert answer(program, 0x4000_0003, 3, (0,) * 6) == KILL_PROCESS  # i386


def test_a_long_argument_is_compared_to_one_value_only() -> None:
    with pytest.raises(ValueError, match="64-bit"):
        translate(Filter({"read": ((Check(0, (1, 2), (1 << 64) - 1),),)}), "x86_64")


def test_more_checks_than_a_jump_passes_over_are_refused() -> None:
    with pytest.raises(ValueError, match="more checks"):
        translate(Filter({"read": ((Check(0, tuple(range(300))),),)}), "x86_64")


@pytest.mark.skipif(not kernel.look().has_seccomp, reason="this kernel has no seccomp")
def test_an_installed_filter_is_obeyed() -> None:
    def act() -> None:
        give_up_privileges()
        install(translate(Filter({"getppid": ABSENT}, others=ALLOW), kernel.look().machine))
        kernel.call("getppid")

    assert in_child(act) == f"OSError {errno.ENOSYS}"


@pytest.mark.skipif(not kernel.look().has_seccomp, reason="this kernel has no seccomp")
def test_a_filter_that_the_kernel_cannot_read_is_an_error() -> None:
    def act() -> None:
        give_up_privileges()
        install([(0xFFFF, 0, 0, 0)])

    assert in_child(act) == f"OSError {errno.EINVAL}"
