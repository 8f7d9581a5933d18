"""A child that must be sealed and cannot be ends, with a status of its own."""

import signal
import sys

import pytest

from narrowgate.egress import process as egress
from narrowgate.sandbox.apply import NotSealed
from narrowgate.supervisor import child
from narrowgate.supervisor.process import memory_file


def test_not_sealed_is_told_by_the_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[bool] = []

    def main(settings: bytes, channel_fd: int, *, is_seal_required: bool) -> int:
        asked.append(is_seal_required)
        raise NotSealed("landlock: this kernel has none")

    monkeypatch.setattr(egress, "main", main)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    for words, is_required in (([], False), (["required"], True)):
        monkeypatch.setattr(sys, "argv", ["child", "egress", str(memory_file(b"[]")), "0", *words])
        assert child.main() == child.UNSEALED_STATUS
        assert asked.pop() is is_required
    assert "the egress process cannot be sealed: landlock" in capsys.readouterr().err
