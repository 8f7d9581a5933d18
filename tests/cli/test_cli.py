"""The command line finds its commands, and says so when there is none of a name."""

import subprocess
import sys

import pytest

from narrowgate import __version__
from narrowgate.cli import COMMANDS, command, main, parser_of


def test_help_names_every_command_and_loads_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name}" in out for name in COMMANDS)


def test_no_command_is_a_wrong_usage() -> None:
    assert main([]) == 2


@pytest.mark.parametrize(("word", "hint"), [("chekc", "did you mean 'check'?"), ("zzz", "see 'narrowgate --help'")])
def test_an_unknown_command_is_answered_with_the_nearest_one(
    word: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word]) == 2
    assert capsys.readouterr().err == f"narrowgate: there is no command '{word}'; {hint}\n"


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"narrowgate {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    parser = parser_of(name, command(name))
    assert parser.description
    assert all(action.help for action in parser._actions if action.option_strings)


@pytest.mark.slow
def test_a_command_loads_no_other_command_and_no_yaml_without_a_file() -> None:
    code = (
        "import sys; from narrowgate.cli import main; main(['check']);"
        "print(*sorted(m for m in sys.modules if m.startswith('narrowgate.cli.') or m == 'yaml'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd="/", env=_environment(), capture_output=True, check=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "narrowgate.cli.check narrowgate.cli.output"


@pytest.mark.slow
def test_a_reader_that_has_enough_is_no_error() -> None:
    code = (
        "import os, sys; from narrowgate.cli import main;"
        "r, w = os.pipe(); os.close(r); os.dup2(w, 1); sys.exit(main(['check']))"
    )
    done = subprocess.run(
        [sys.executable, "-u", "-c", code], cwd="/", env=_environment(), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(sys.path)}
