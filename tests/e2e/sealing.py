"""Makes sealed files by the command, as a user would."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from narrowgate.sealed.public_keys import public_key_of
from tests.e2e.gateway import SOURCE

ROOT = SOURCE.parent
_STATIC = Path(str(sysconfig.get_config_var("LIBPL"))) / f"libpython{sysconfig.get_python_version()}.a"
CAN_BE_WHOLE = _STATIC.is_file() and shutil.which("gcc") is not None


class Files:
    """What `narrowgate seal` wrote."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder = folder
        key = folder / "key.pem"
        run = [sys.executable, "-m", "narrowgate", "seal"]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
        subprocess.run([*run, "--new-key", str(key)], check=True, env=environment)
        made = subprocess.run(
            [*run, "--key", str(key), "--lock", str(ROOT / "requirements.lock"), "--out", str(folder), "--json", *more],
            check=True,
            env=environment,
            capture_output=True,
        )
        self.path = Path(json.loads(made.stdout)["file"])
        key_bytes = public_key_of((folder / "narrowgate.pub").read_text())
        assert key_bytes is not None
        self.public = key_bytes
