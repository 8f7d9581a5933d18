"""`doctor` tells what would keep a gateway from running well, and no key."""

import json
from pathlib import Path

import pytest

from narrowgate.cli import main
from narrowgate.cli.doctor import look, provider_keys
from narrowgate.cli.machine import Verdict


@pytest.fixture
def free_port(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("NARROWGATE_PORT", "0")
    monkeypatch.setenv("NARROWGATE_DATA", str(folder / "data"))


@pytest.mark.usefixtures("free_port")
def test_a_machine_without_problems_is_told_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert all(f" {about} " in out for about in ("python", "packages", "configuration", "providers", "data", "clock"))
    assert "BAD" not in out


@pytest.mark.usefixtures("free_port")
def test_a_bad_configuration_is_a_problem_and_the_rest_is_looked_at_all_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "narrowgate.yaml").write_text("edgse: 1", encoding="utf-8")
    assert main(["doctor", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    bad = [finding for finding in report["findings"] if finding["verdict"] == "bad"]
    assert bad[0]["about"] == "configuration"
    assert report["findings"][-1]["about"] == "clock"


def test_keys_are_told_by_the_name_of_their_variable_only(folder: Path) -> None:
    environment = {"OPENAI_API_KEY": "sk-hidden", "GROQ_API_KEY": "", "NARROWGATE_PORT": "0"}
    assert provider_keys(environment).says == "in the environment: OPENAI_API_KEY"
    assert provider_keys({}).verdict is Verdict.NOTE
    said = [str(finding) for finding in look(None, str(folder / "data"), environment)]
    assert not any("hidden" in line for line in said)


def test_a_reference_that_leads_nowhere_is_a_problem(folder: Path) -> None:
    (folder / "my.yaml").write_text("admin_token: env://NOT_SET\nlisten: {port: 0}\n", encoding="utf-8")
    found = list(look("my.yaml", str(folder / "data"), {}))
    assert [finding.says for finding in found if finding.verdict is Verdict.BAD] == [
        "admin_token (line 1): 'env://NOT_SET' is not set; set NOT_SET in the environment of the gateway"
    ]
