import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from narrowgate.cli import serve
from narrowgate.cli.serve import with_options
from narrowgate.config.schema import Custody
from tests.e2e.gateway import SOURCE


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


def test_it_knows_the_places_for_keys_without_loading_the_schema() -> None:
    assert set(serve.CUSTODIES) == {custody.value for custody in Custody}


def served(*words: str) -> tuple[int, str]:
    """Run the command to its end; return its status and what it said."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-m", "narrowgate", "serve", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.slow
def test_a_bad_configuration_is_told_whole(tmp_path: Path) -> None:
    file = tmp_path / "narrowgate.yaml"
    file.write_text("edgs: 1\nlisten: {port: many}\n")
    status, said = served("--config", str(file), "--data", str(tmp_path / "d"))
    assert status == 1
    assert "2 problem(s)" in said
    assert "did you mean 'edges'" in said
    assert "listen.port" in said


@pytest.mark.slow
def test_a_missing_file_is_told(tmp_path: Path) -> None:
    status, said = served("--config", str(tmp_path / "none.yaml"), "--data", str(tmp_path / "d"))
    assert status == 1
    assert "none.yaml: cannot be read: no such file or directory" in said


def test_a_data_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, said = served("--data", str(tmp_path / "file" / "d"))
    assert status == 1
    assert "not a directory" in said


@pytest.mark.slow
def test_the_launcher_loads_no_code_of_others() -> None:
    code = "import sys, narrowgate.cli.serve; print(*{name.partition('.')[0] for name in sys.modules})"

    def loaded(text: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(SOURCE)!r}); {text}"],
            capture_output=True,
            check=True,
            text=True,
        )
        return set(done.stdout.split())

    assert loaded(code) - loaded(code.replace(", narrowgate.cli.serve", "")) - sys.stdlib_module_names == {"narrowgate"}
