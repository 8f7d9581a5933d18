"""Commands are tried in an empty folder, with no provider's key in the environment."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("NARROWGATE_") or name.endswith(("_KEY", "_TOKEN", "_BASE_URL", "_API_BASE")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
