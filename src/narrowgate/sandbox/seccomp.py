"""An allow-list of system calls and its translation into a filter for the kernel. Standard library only.

Source: https://docs.kernel.org/userspace-api/seccomp_filter.html (read November 2026).
"""

import ctypes
import errno
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from narrowgate.sandbox import kernel
from narrowgate.sandbox.syscalls import ARCHITECTURES, number_of

ALLOW = 0x7FFF_0000
KILL_PROCESS = 0x8000_0000
_ERRNO = 0x0005_0000
REFUSE = _ERRNO | errno.EPERM
NOT_THERE = _ERRNO | errno.ENOSYS

_SET_MODE_FILTER = 1
_TSYNC = 1

# Instructions of classic BPF (linux/bpf_common.h).
LOAD, AND, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_WORD = 0xFFFF_FFFF
_LONGEST_JUMP = 255
# Numbers from here on are the x32 interface of x86_64: the same calls by another door.
_X32 = 0x4000_0000

_FREQUENT = frozenset({"sendto", "recvfrom"})
Instruction = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Check:
    """An argument, cut down to the bits in `mask`, is one of `values`.

    By default the lower 32 bits are looked at, all that the kernel takes of an `int`.
    """

    argument: int
    values: tuple[int, ...]
    mask: int = _WORD


# A call is allowed when all checks of one of its alternatives hold: ((),) is always.
Alternatives = tuple[tuple[Check, ...], ...]
ALWAYS: Alternatives = ((),)
# The call answers as if this kernel had none, so that the C library takes another way.
ABSENT: Alternatives = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Calls by name with what is allowed of them. `others` is the answer to every other call."""

    calls: Mapping[str, Alternatives]
    others: int = REFUSE


def translate(wanted: Filter, machine: str) -> list[Instruction]:
    """Return the filter as (code, jump if true, jump if false, operand) for `machine`.

    A call from another processor's interface (32-bit code) kills the process: numbers mean other calls there.
    """
    program: list[Instruction] = [
        (LOAD, 0, 0, _ARCHITECTURE_AT),
        (JUMP_EQUAL, 1, 0, ARCHITECTURES[machine]),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, _NUMBER_AT),
    ]
    if machine == "x86_64":
        program += [(JUMP_AT_LEAST, 0, 1, _X32), (RETURN, 0, 0, NOT_THERE)]
    numbered = [(number_of(name, machine), name) for name in wanted.calls]
    # Those with checks first: the kernel remembers calls that are always allowed and runs no filter for them.
    # Of those, first the ones that every call through the gateway makes several of.
    ordered = sorted(
        (wanted.calls[name] == ALWAYS, name not in _FREQUENT, number, name)
        for number, name in numbered
        if number is not None
    )
    for _, _, number, name in ordered:
        body = _body(wanted.calls[name])
        program += [(JUMP_EQUAL, 0, _within_reach(len(body)), number), *body]
    program.append((RETURN, 0, 0, wanted.others))
    return program


def install(program: list[Instruction]) -> None:
    """Put the filter on all threads of this process, for good. no_new_privs must be on.

    Raises:
        OSError: the kernel refused.
    """
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    instructions = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("@HP", len(program), ctypes.addressof(instructions))
    buffer = ctypes.create_string_buffer(head, len(head))
    thread = kernel.call("seccomp", _SET_MODE_FILTER, _TSYNC, ctypes.addressof(buffer))
    if thread:
        raise OSError(errno.EBUSY, f"thread {thread} has a filter of its own")


def _body(alternatives: Alternatives) -> list[Instruction]:
    """Return what decides about one call; every way through it ends with an answer."""
    if alternatives == ABSENT:
        return [(RETURN, 0, 0, NOT_THERE)]
    body: list[Instruction] = []
    for checks in alternatives:
        body += _alternative(list(_words(checks)))
        if not checks:
            return body
    return [*body, (RETURN, 0, 0, REFUSE)]


def _words(checks: tuple[Check, ...]) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Yield (offset, mask, values) for each half of an argument that is looked at."""
    for check in checks:
        at = _ARGUMENTS_AT + 8 * check.argument
        high = check.mask >> 32
        if high and len(check.values) > 1:
            raise ValueError("a 64-bit argument can be compared to one value only")
        if check.mask & _WORD:
            yield at, check.mask & _WORD, tuple(value & _WORD for value in check.values)
        if high:
            yield at + 4, high, (check.values[0] >> 32,)


def _alternative(words: list[tuple[int, int, tuple[int, ...]]]) -> list[Instruction]:
    """Return code that allows when all words match and else goes on behind itself; made from its end."""
    code: list[Instruction] = [(RETURN, 0, 0, ALLOW)]
    for at, mask, values in reversed(words):
        compare: list[Instruction] = []
        for rest, value in enumerate(reversed(values)):
            miss = 0 if rest else len(code)
            compare.insert(0, (JUMP_EQUAL, _within_reach(rest), _within_reach(miss), value))
        load = [(LOAD, 0, 0, at)] + ([] if mask == _WORD else [(AND, 0, 0, mask)])
        code = [*load, *compare, *code]
    return code


def _within_reach(distance: int) -> int:
    if distance > _LONGEST_JUMP:
        raise ValueError("a call has more checks than one jump can pass over")
    return distance
