"""Coding agents, unmodified, read a file because a model tells them to, whoever's model that is.

They are large, so that only the nightly run has them: `./ng test --nightly`.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.gateway import KEY, Gateway

MODULES = Path(__file__).resolve().parents[1] / "node" / "agents" / "node_modules"
WORD = "marzipan"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("NARROWGATE_NIGHTLY") != "1", reason="for the nightly run"),
    pytest.mark.skipif(not MODULES.is_dir() or shutil.which("node") is None, reason="the agents are not installed"),
]


class Start(NamedTuple):
    """How an agent is started: its command, and what of its environment is its own."""

    command: list[str]
    environment: Mapping[str, str]


def claude_code(url: str, home: Path, model: str, task: str) -> Start:
    (program,) = MODULES.glob("@anthropic-ai/claude-code-linux-x64/claude")
    settings = {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_MODEL": model,
        "ANTHROPIC_SMALL_FAST_MODEL": model,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    return Start([str(program), "-p", task, "--allowedTools", "Read"], settings)


def codex(url: str, home: Path, model: str, task: str) -> Start:
    lines = [
        f'model = "{model}"',
        'model_provider = "narrowgate"',
        "check_for_update_on_startup = false",
        "[model_providers.narrowgate]",
        'name = "Narrowgate"',
        f'base_url = "{url}/v1"',
        'env_key = "NARROWGATE_KEY"',
        'wire_api = "responses"',
        "[analytics]",
        "enabled = false",
    ]
    (home / ".codex").mkdir()
    (home / ".codex" / "config.toml").write_text("\n".join(lines), encoding="utf-8")
    program = ["node", str(MODULES / "@openai" / "codex" / "bin" / "codex.js"), "exec", "--skip-git-repo-check"]
    return Start([*program, "--dangerously-bypass-approvals-and-sandbox", task], {"NARROWGATE_KEY": KEY})


def gemini_cli(url: str, home: Path, model: str, task: str) -> Start:
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
        "general": {"enableAutoUpdate": False},
    }
    (home / ".gemini").mkdir()
    (home / ".gemini" / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    program = ["node", str(MODULES / "@google" / "gemini-cli" / "bundle" / "gemini.js")]
    environment = {"GOOGLE_GEMINI_BASE_URL": url, "GEMINI_API_KEY": KEY}
    return Start([*program, "--skip-trust", "--yolo", "-m", model, "-p", task], environment)


def opencode(url: str, home: Path, model: str, task: str) -> Start:
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "Narrowgate",
        "options": {"baseURL": f"{url}/v1", "apiKey": "{env:NARROWGATE_KEY}"},
        "models": {model: {}},
    }
    settings = {"provider": {"narrowgate": provider}, "autoupdate": False, "share": "disabled"}
    (home / "opencode.json").write_text(json.dumps(settings), encoding="utf-8")
    environment = {"NARROWGATE_KEY": KEY, "OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1"}
    program = str(MODULES / "opencode-linux-x64" / "bin" / "opencode")
    return Start([program, "run", "-m", f"narrowgate/{model}", task], environment)


OWN = {
    claude_code: "anthropic/claude-sonnet-4-5",
    codex: "openai/gpt-5",
    gemini_cli: "gemini/gemini-3-pro",
    opencode: "chatty/llama",
}


@pytest.mark.parametrize("agent", OWN)
@pytest.mark.parametrize("asked", [*OWN.values(), "gpt-6-sol", "gpt-6-luna"])
def test_an_agent_reads_a_file(
    stage: Gateway, tmp_path: Path, agent: Callable[[str, Path, str, str], Start], asked: str
) -> None:
    if asked.startswith("gpt-6") and agent is not codex:
        pytest.skip("only Codex knows these names, and brings other tools for them")
    note = tmp_path / "note.txt"
    note.write_text(f"the magic word is {WORD}\n", encoding="utf-8")
    start = agent(stage.url, tmp_path, asked, f"Read {note} and tell me what it says")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DO_NOT_TRACK": "1", **start.environment}
    done = subprocess.run(
        start.command,
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.partition("It says: ")[2]
    assert WORD in said, done.stdout + done.stderr
    assert agent in {codex, opencode} or "unsigned" not in said
