"""The SDKs of OpenAI, Anthropic and Vercel for Node, each doing all it can with the models of all."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.gateway import KEY, Gateway

NODE = Path(__file__).resolve().parents[1] / "node"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(
        not (NODE / "node_modules" / "@ai-sdk" / "openai-compatible").is_dir(), reason="the npm packages are not there"
    ),
]


@pytest.mark.parametrize(
    "asked", ["openai/gpt-5", "anthropic/claude-sonnet-4-5", "gemini/gemini-3-pro", "chatty/llama"]
)
def test_sdks_for_node(stage: Gateway, tmp_path: Path, asked: str) -> None:
    command = ["node", "model.mjs", stage.url, KEY, asked]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=NODE, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("all calls are as expected\n")
