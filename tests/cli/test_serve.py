import argparse
from pathlib import Path

import pytest

from narrowgate.cli import main
from narrowgate.cli.serve import with_options


def test_an_option_is_the_stronger_variable() -> None:
    arguments = argparse.Namespace(config=None, host="h", port=5, edges=None, data=None, custody="merged")
    merged = with_options(arguments, {"NARROWGATE_PORT": "9", "NARROWGATE_EDGES": "2", "OTHER": "x"})
    assert merged == {
        "NARROWGATE_HOST": "h",
        "NARROWGATE_PORT": "5",
        "NARROWGATE_EDGES": "2",
        "NARROWGATE_CUSTODY": "merged",
        "OTHER": "x",
    }


def test_a_bad_configuration_is_told_whole(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "narrowgate.yaml"
    file.write_text("edgs: 1\nlisten: {port: many}\n")
    assert main(["serve", "--config", str(file), "--data", str(tmp_path / "d")]) == 1
    said = capsys.readouterr().err
    assert "2 problem(s)" in said
    assert "did you mean 'edges'" in said
    assert "listen.port" in said


def test_a_missing_file_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["serve", "--config", str(tmp_path / "none.yaml")]) == 1
    assert "none.yaml" in capsys.readouterr().err
