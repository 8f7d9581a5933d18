from pathlib import Path

from narrowgate.adapters.config_file import fetch_secrets, load
from narrowgate.exposure.outside import dialled_of
from narrowgate.exposure.told import Here, exposure_of


def test_a_configuration_is_told_as_it_would_run() -> None:
    loaded = load(None, {"NARROWGATE_CUSTODY": "merged", "OPENAI_API_KEY": "sk-x"})
    told = exposure_of(loaded, Here(Path("/data"), 2, {}))
    assert [one.name for one in told.processes] == ["launcher", "supervisor", "edge", "control", "recorder"]
    assert told.processes[2].count == 2
    assert told.sealed is None
    assert told.written == ("/data", "/data/control.sock")
    assert any("uvloop" in one.loads for one in told.processes)
    assert any(path.endswith("/narrowgate") for path in told.processes[1].reads)


def test_secrets_at_hand_change_nothing_of_it() -> None:
    environment = {"OPENAI_API_KEY": "sk-x"}
    loaded = load(None, environment)
    here = Here(Path("/data"), 2, environment)
    dialled = dialled_of(loaded.config, fetch_secrets(loaded, environment).origins)
    assert exposure_of(loaded, here) == exposure_of(loaded, here._replace(dialled=dialled))
