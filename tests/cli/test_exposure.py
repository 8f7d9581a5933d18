"""`exposure` tells it for a configuration, with what the code of others could reach."""

import json
from pathlib import Path

import pytest

from narrowgate.cli import main


@pytest.mark.slow
def test_a_page_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hidden")
    assert main(["exposure"]) == 0
    out = capsys.readouterr().out
    assert "api.openai.com:443" in out
    assert "hidden" not in out


@pytest.mark.slow
def test_reach_is_in_the_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exposure", "--json", "--data", "state"]) == 0
    told = json.loads(capsys.readouterr().out)
    parts = {one["name"]: one for one in told["parts"]}
    assert "network" in parts["uvloop"]["reach"]
    assert parts["httptools"]["reach"] == ["native"]
    assert told["written"] == [str(folder / "state"), str(folder / "state" / "control.sock")]


def test_a_bad_configuration_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "narrowgate.yaml").write_text("edges: 99\n")
    assert main(["exposure"]) == 1
    assert "narrowgate exposure: edges" in capsys.readouterr().err
