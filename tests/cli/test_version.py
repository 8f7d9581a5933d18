"""The version, for people and for programs."""

import json

import pytest

from narrowgate import __version__
from narrowgate.cli import main


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"narrowgate {__version__}\n"


def test_as_json_it_comes_with_the_version_of_python(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"narrowgate", "python"}
