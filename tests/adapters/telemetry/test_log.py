import json
import tempfile

import pytest

from narrowgate.adapters.telemetry.log import Log
from narrowgate.config.schema import LogFormat


def test_lines_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryFile() as file:
        monkeypatch.setattr("sys.stderr", file)
        Log("edge-0", LogFormat.HUMAN, lambda: 3_723_004).warning("something\nhappened", count=3, name="a b")
        monkeypatch.undo()
        file.seek(0)
        assert file.read() == b'01:02:03.004 WARN  edge-0     something\\nhappened count=3 name="a b"\n'


def test_lines_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryFile() as file:
        monkeypatch.setattr("sys.stderr", file)
        log = Log("edge-0", LogFormat.JSON, lambda: 5)
        log.info("a")
        log.error("b", x=1)
        monkeypatch.undo()
        file.seek(0)
        first, second = map(json.loads, file)
    assert first == {"time_ms": 5, "level": "info", "role": "edge-0", "message": "a"}
    assert second["x"] == 1
