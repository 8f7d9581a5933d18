"""`check` says all that is wrong, or what would be served."""

import json
from pathlib import Path

import pytest

from narrowgate.cli import main
from narrowgate.cli.check import Provider, examine


def test_a_good_configuration_is_told_with_what_would_be_served(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hidden")
    (folder / "my.yaml").write_text(
        "providers:\n  openai:\n  mine: {base_url: 'http://[::1]:8000/v1'}\n", encoding="utf-8"
    )
    assert main(["check", "--config", "my.yaml"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("my.yaml: good (version ")
    assert "  openai    openai  https://api.openai.com/v1  env://OPENAI_API_KEY\n" in out
    assert "  mine      openai  http://[::1]:8000/v1       no key\n" in out
    assert "hidden" not in out


def test_everything_wrong_is_told_with_place_and_fix(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "narrowgate.yaml").write_text("edges: 99\nproviders:\n  openai: {api_key: sk-hidden}\n", encoding="utf-8")
    assert main(["check"]) == 1
    assert capsys.readouterr().out == (
        "narrowgate.yaml: 2 problems\n"
        "  edges (line 1): is not at most 16; write at most 16\n"
        "  providers.openai.api_key (line 3): is not a reference to a secret; "
        "write env://NAME or file:///path; a key that stood here should be revoked\n"
    )


def test_a_reference_that_leads_nowhere_is_a_problem_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "narrowgate.yaml").write_text("admin_token: env://NOT_SET\n", encoding="utf-8")
    assert main(["check", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert report["complaints"] == [
        {
            "path": "admin_token",
            "problem": "'env://NOT_SET' is not set",
            "fix": "set NOT_SET in the environment of the gateway",
            "line": 1,
        }
    ]


def test_without_a_file_the_demo_provider_would_be_served() -> None:
    report = examine(None, {})
    assert report.ok
    assert report.file is None
    assert report.listen == "http://127.0.0.1:4000"
    assert report.providers == [Provider("demo", "demo", "built in", "")]


def test_keys_that_are_found_and_not_used_are_noted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "k")
    assert main(["check"]) == 0
    assert "note: AZURE_OPENAI_API_KEY is set but Azure OpenAI is not used" in capsys.readouterr().out
