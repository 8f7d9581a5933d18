"""`deps` shows what dependencies could reach, compares, and holds them to a policy."""

import base64
import json
from pathlib import Path

import pytest

from narrowgate.cli import main
from narrowgate.cli.deps import _Progress
from tests.supply.parts import environment, install, wheel

PAYLOAD = base64.b64encode(b"import os\nos.system('a harmless dummy for a test')\n").decode()


@pytest.fixture
def env(folder: Path) -> str:
    """An environment with an honest distribution, and one that a poisoned release was installed of."""
    site = environment(folder / "env")
    install(site, "honest", "1.0", {"honest.py": "import json\n"}, ["victim"])
    poison = {
        "victim/__init__.py": "import socket\ndef f(): socket.create_connection(('h', 1))\n",
        "victim_init.pth": f"import base64; exec(base64.b64decode('{PAYLOAD}'))\n",
    }
    install(site, "victim", "1.82.8", poison)
    return str(folder / "env")


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    parsed: object = json.loads(capsys.readouterr().out)
    assert isinstance(parsed, dict)
    return parsed


def test_what_matters_comes_first_with_its_place(env: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deps", env]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{env}: 2 distributions")
    assert "ALARM" in lines[3]
    assert "victim_init.pth:1" in lines[3]
    assert any(line.startswith("victim  ") and "honest" in line for line in lines)


def test_one_distribution_is_shown_whole(env: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deps", env, "--of", "Victim"]) == 0
    assert "socket.create_connection  victim/__init__.py:2" in capsys.readouterr().out
    assert main(["deps", env, "--of", "nobody"]) == 2
    assert "'nobody' is not among the distributions" in capsys.readouterr().err


def test_every_form_is_told(env: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deps", env, "--json"]) == 0
    assert told(capsys)["place"] == env
    assert main(["deps", env, "--sarif"]) == 0
    assert told(capsys)["version"] == "2.1.0"
    assert main(["deps", env, "--sbom"]) == 0
    assert told(capsys)["specVersion"] == "1.6"
    assert main(["deps", env, "--html", "deps.html"]) == 0
    assert capsys.readouterr().out == ""
    assert "victim_init.pth:1" in (folder / "deps.html").read_text(encoding="utf-8")
    assert main(["deps", env, "--html", "no/such/folder.html"]) == 2


def test_an_upgrade_says_what_it_gained(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for version, source in (("0.7", ""), ("0.8", "import socket\n\ndef f(s):\n    socket.socket().connect(s)\n")):
        (folder / version).mkdir()
        wheel(folder / version, "httptools", version, {"httptools/x.py": source})
    assert main(["deps", "diff", "0.7", "0.8"]) == 0
    line = "httptools 0.7 → 0.8: gains network (socket.socket, socket.socket.connect) in httptools/x.py:4\n"
    assert capsys.readouterr().out == line
    assert main(["deps", "diff", "0.7", "0.7"]) == 0
    assert "no difference" in capsys.readouterr().out
    assert main(["deps", "diff", "0.7", "0.8", "--json"]) == 0
    assert told(capsys)["old"] == "0.7"
    assert main(["deps", "diff", "0.7", "0.8", "--sarif"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert len(run["results"]) == 2


def test_a_policy_is_written_kept_and_broken(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, source in (("old", ""), ("new", "import os\nos.system('x')\n")):
        (folder / name).mkdir()
        wheel(folder / name, "a", "1.0", {"a.py": source})
    assert main(["deps", "policy", "old"]) == 0
    (folder / "deps-policy.toml").write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["deps", "check", "old"]) == 0
    assert capsys.readouterr().out == "old: 1 distributions keep to deps-policy.toml\n"
    assert main(["deps", "check", "new"]) == 1
    out = capsys.readouterr().out
    assert "a 1.0 reaches process (os.system) in a.py:2, which the policy does not allow; go back" in out
    assert out.endswith("1 breach of deps-policy.toml\n")
    assert main(["deps", "check", "new", "--json"]) == 1
    assert told(capsys)["ok"] is False
    assert main(["deps", "check", "new", "--sarif"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert run["results"][0]["ruleId"] == "reach/process"


def test_a_lock_is_told_with_a_folder_of_wheels(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel(folder, "a", "1.0", {"a.py": "exec(x)\n"})
    (folder / "a.lock").write_text("a==1.0\n", encoding="utf-8")
    assert main(["deps", "a.lock", "--wheels", ".", "--of", "a"]) == 0
    assert "locked without a hash" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["gone"], "'gone' does not exist"),
        (["diff", "one"], "diff takes two places"),
        (["one", "two"], "diff takes two places"),
        (["check", "."], "'deps-policy.toml' cannot be read"),
        (["check", "--policy", "bad.toml", "."], "bad.toml: Object contains unknown field `nonsense`"),
        (["check", "--sbom"], "a bill of materials is of one place"),
    ],
)
def test_what_makes_no_sense_is_refused(
    folder: Path, words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.toml").write_text("nonsense = 1", encoding="utf-8")
    assert main(["deps", *words]) == 2
    assert complaint in capsys.readouterr().err


def test_names_of_files_cannot_steer_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = environment(folder / "env")
    install(site, "a", "1.0", {"a\x1b[31m/x.py": "exec(x)\n"})
    assert main(["deps", "env", "--of", "a"]) == 0
    out = capsys.readouterr().out
    assert "[31m/x.py:1" in out
    assert "\x1b" not in out


def test_progress_is_told_once_it_takes_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    progress = _Progress(lambda: now[0], is_terminal=False)
    progress.hear(0, 10, "a")
    now[0] = 2.5
    progress.hear(1, 10, "b\x1b[0m")
    progress.hear(2, 10, "c")
    progress.end()
    assert capsys.readouterr().err == "reading 2 of 10: b[0m\n"
    terminal = _Progress(lambda: now[0], is_terminal=True)
    now[0] = 5.0
    terminal.hear(3, 3, "d")
    terminal.end()
    err = capsys.readouterr().err
    assert err.startswith("\rreading 4 of 4: d ")
    assert err.endswith(" \r")
