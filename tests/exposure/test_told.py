from pathlib import Path

from narrowgate.adapters.config_file import load
from narrowgate.exposure.told import exposure_of


def test_a_configuration_is_told_as_it_would_run() -> None:
    told = exposure_of(load(None, {"NARROWGATE_CUSTODY": "merged", "OPENAI_API_KEY": "sk-x"}), Path("/data"), 2, {})
    assert [one.name for one in told.processes] == ["launcher", "supervisor", "edge", "control", "recorder"]
    assert told.processes[2].count == 2
    assert told.sealed is None
    assert told.written == ("/data", "/data/control.sock")
    assert any("uvloop" in one.loads for one in told.processes)
    assert any(path.endswith("/narrowgate") for path in told.processes[1].reads)
