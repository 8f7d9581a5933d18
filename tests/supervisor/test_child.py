"""A child that must be sealed and cannot be ends, with a status of its own."""

import os
import signal
import sys

import pytest

from narrowgate.egress import process as egress
from narrowgate.sandbox.apply import NotSealed
from narrowgate.supervisor import child
from narrowgate.supervisor.starting import memory_file

ROOM = '["egress", [], [], [], []]'


def test_settings_travel_in_memory_and_can_be_read_twice() -> None:
    fd = memory_file(b"secret" * 10_000)
    assert child.read_settings(fd) == child.read_settings(fd) == b"secret" * 10_000
    os.close(fd)


def test_a_descriptor_gets_the_number_that_settings_call_it_by() -> None:
    fd = memory_file(b"here")
    free = os.dup(fd)
    os.close(free)
    child._rename(free, fd)
    assert os.pread(free, 4, 0) == b"here"
    child._rename(free, free)
    with pytest.raises(RuntimeError, match="is taken"):
        child._rename(free, 0)
    os.close(free)


def test_not_sealed_is_told_by_the_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[bool] = []
    policies: list[int] = []

    def main(settings: bytes, channel_fd: int, *, is_seal_required: bool) -> int:
        asked.append(is_seal_required)
        raise NotSealed("landlock: this kernel has none")

    monkeypatch.setattr(egress, "main", main)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(os, "sched_setscheduler", lambda _pid, policy, _param: policies.append(policy))
    for words, is_required in (([], False), (["required"], True)):
        monkeypatch.setattr(
            sys, "argv", ["narrowgate", child.CHILD, "egress", str(memory_file(b"[]")), "0", ROOM, *words]
        )
        assert child.main() == child.UNSEALED_STATUS
        assert asked.pop() is is_required
    assert policies == [os.SCHED_BATCH] * 2
    assert "the egress process cannot be sealed: landlock" in capsys.readouterr().err
