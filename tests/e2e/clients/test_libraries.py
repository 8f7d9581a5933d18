"""Libraries that people call models with, unmodified, in an environment of their own that `./ng test` makes."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.gateway import KEY, Gateway

PYTHON = Path(__file__).resolve().parents[3] / ".venv-clients" / "bin" / "python"
PROGRAMS = Path(__file__).parent / "programs"
IS_NIGHT = os.environ.get("NARROWGATE_NIGHTLY") == "1"
# What each would tell its makers, or look for elsewhere.
QUIET = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LANGCHAIN_TRACING_V2": "false", "DO_NOT_TRACK": "1"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.is_file(), reason="the environment for them is not there; ./ng test makes it"),
]


@pytest.mark.parametrize("name", ["instructor", "langchain", "litellm", "llama_index", "mistralai", "pydantic_ai"])
@pytest.mark.parametrize(
    "asked",
    [
        "anthropic/claude-sonnet-4-5",
        *(
            pytest.param(model, marks=pytest.mark.skipif(not IS_NIGHT, reason="for the nightly run"))
            for model in ("openai/gpt-4.1", "gemini/gemini-3-pro", "chatty/llama")
        ),
    ],
)
def test_a_library_does_all_it_can(stage: Gateway, tmp_path: Path, name: str, asked: str) -> None:
    command = [str(PYTHON), str(PROGRAMS / f"with_{name}.py"), stage.url, KEY, _name_for(name, asked)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **QUIET}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("all calls are as expected\n")


def _name_for(library: str, model: str) -> str:
    """Return what a library calls a model: LlamaIndex takes no name that OpenAI has not."""
    names = {"openai": "gpt-4.1", "anthropic": "gpt-4o", "gemini": "gpt-4.1-mini", "chatty": "gpt-4o-mini"}
    return names[model.partition("/")[0]] if library == "llama_index" else model
