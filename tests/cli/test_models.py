"""`models` lists what can be called, an unknown price as unknown."""

import json
from pathlib import Path

import pytest

from narrowgate.adapters.config_file import load_plan
from narrowgate.cli import main
from narrowgate.cli.models import Model, models_of

FILE = """
providers:
  mine: {base_url: "http://127.0.0.1:8000/v1", models: [llama, qwen]}
aliases: {fast: mine/llama, "big-*": "mine/*"}
money: {prices: {mine/llama: {input: "0.1", output: "0.25", cache_read: "0"}}}
"""
LLAMA = {"input": "0.10", "output": "0.25", "cache_read": "0.00"}


@pytest.fixture(autouse=True)
def file(folder: Path) -> Path:
    (folder / "narrowgate.yaml").write_text(FILE, encoding="utf-8")
    return folder


def test_aliases_come_first_and_say_where_they_lead() -> None:
    assert models_of(load_plan(None, {}).plan.edge) == [
        Model("big-*", "mine/*", None),
        Model("fast", "mine/llama", LLAMA),
        Model("mine/llama", "mine/llama", LLAMA),
        Model("mine/qwen", "mine/qwen", None),
    ]


def test_people_see_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "MODEL       INPUT  OUTPUT  LEADS TO",
        "big-*       ?      ?       mine/*",
        "fast        0.10   0.25    mine/llama",
        "mine/llama  0.10   0.25",
        "mine/qwen   ?      ?",
    ]


def test_programs_get_json_of_the_names_that_contain_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json", "MINE", "ll"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"name": "mine/llama", "target": "mine/llama", "prices": LLAMA}]


def test_no_such_name_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "zzz"]) == 1
    assert "no model has such a name" in capsys.readouterr().err


def test_a_bad_configuration_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "narrowgate.yaml").write_text("edgse: 1", encoding="utf-8")
    assert main(["models"]) == 1
    assert "did you mean 'edges'?" in capsys.readouterr().err


def test_the_catalogues_prices_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("narrowgate.yaml").unlink()
    found = models_of(load_plan(None, {"OPENAI_API_KEY": "k"}).plan.edge)
    assert len(found) > 10
    assert all(model.name.startswith("openai/") and model.prices for model in found)
