"""Runs a filter as the kernel does: classic BPF over (number, architecture, six arguments)."""

from narrowgate.sandbox.seccomp import AND, JUMP_AT_LEAST, JUMP_EQUAL, LOAD, RETURN, Instruction

_WORD = 0xFFFF_FFFF


def answer(program: list[Instruction], architecture: int, number: int, arguments: tuple[int, ...]) -> int:
    """Return what the filter says about a call."""
    data = {0: number, 4: architecture}
    for index, argument in enumerate(arguments):
        data[16 + 8 * index] = argument & _WORD
        data[20 + 8 * index] = argument >> 32 & _WORD
    at = held = 0
    while True:
        code, if_true, if_false, operand = program[at]
        at += 1
        if code == RETURN:
            return operand
        if code == LOAD:
            held = data[operand]
        elif code == AND:
            held &= operand
        else:
            assert code in {JUMP_EQUAL, JUMP_AT_LEAST}
            at += if_true if (held == operand if code == JUMP_EQUAL else held >= operand) else if_false
