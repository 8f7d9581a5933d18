"""The sealed files as a user has them: made by the command, started by a stock Python or by themselves, attacked."""

import json
import os
import random
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from narrowgate.sealed.boot import Sealed
from narrowgate.sealed.inside import in_memory
from tests.e2e.gateway import SOURCE, Gateway, wait_until
from tests.e2e.sealing import ROOT, Files

pytestmark = pytest.mark.slow
PYTHON = os.path.realpath(sys.executable)
OPTIONS = ("-I", "-S", "-E", "-P", "-B")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("sealed"))


def serves(folder: Path, command: list[str], **environment: str) -> float:
    """Start a gateway from a sealed file, make a call, stop it; return the seconds to the first answer."""
    gateway = Gateway(folder, "demo: true\n")
    options = [
        "--config",
        str(gateway.config),
        "--port",
        str(gateway.port),
        "--data",
        str(gateway.data),
        "--edges",
        "1",
    ]
    began = time.monotonic()
    kept = {name: value for name, value in gateway.environment.items() if name != "PYTHONPATH"}
    with gateway.log.open("ab") as output:
        gateway.process = subprocess.Popen(
            [*command, "serve", *options], env=kept | environment, cwd=folder, stdout=output, stderr=output
        )
    assert wait_until(gateway.is_ready, 20), gateway.text()
    took_s = time.monotonic() - began
    status, _, body = gateway.call({"model": "demo/chat", "messages": [{"role": "user", "content": "hi"}]})
    assert status == 200, body
    assert json.loads(gateway.get("/health")[2])["sandbox"]["missing"] == []
    assert gateway.stop() == 0, gateway.text()
    return took_s


def refused(command: list[str]) -> str:
    done = subprocess.run([*command, "version"], capture_output=True, text=True, check=False, timeout=60, env={})
    assert done.returncode != 0, done
    assert "narrowgate 0" not in done.stdout
    return done.stderr


def test_a_stock_python_serves_it_and_nothing_is_written_beside_the_data(tmp_path: Path, files: Files) -> None:
    before = sorted(path.name for path in files.folder.iterdir())
    serves(tmp_path, [PYTHON, *OPTIONS, str(files.path)])
    assert sorted(path.name for path in files.folder.iterdir()) == before


def test_it_starts_as_a_program(files: Files) -> None:
    environment = {"PATH": f"{Path(PYTHON).parent}:/usr/bin:/bin"}
    done = subprocess.run([str(files.path), "version"], capture_output=True, text=True, check=False, env=environment)
    assert done.stdout.startswith("narrowgate "), done


def test_it_brings_its_own_python(tmp_path: Path, whole: Files) -> None:
    traps = {name: str(tmp_path / "trap") for name in ("PYTHONPATH", "PYTHONHOME", "OPENSSL_CONF", "LD_PRELOAD")}
    serves(tmp_path, [str(whole.path)], PATH="", **traps)


def test_two_hundred_flipped_bytes_are_refused_at_boot(files: Files) -> None:
    data = files.path.read_bytes()
    fd = in_memory("t", data)
    sealed = Sealed(fd, files.public)
    chance = random.Random(1)
    names = chance.sample(sorted(name for name, entry in sealed.entries.items() if entry.size), 200)
    os.close(fd)
    front = 0
    for number, name in enumerate(names):
        entry = sealed.entries[name]
        at = entry.offset + chance.randrange(entry.size)
        changed = bytearray(data)
        changed[at] ^= 1 << chance.randrange(8)
        if number % 10 == 0:  # through the front door
            path = files.folder / "flipped"
            path.write_bytes(changed)
            assert f"{name} differs" in refused([PYTHON, *OPTIONS, str(path)]) or name.startswith("narrowgate_boot")
            path.unlink()
            front += 1
            continue
        fd = in_memory("t", bytes(changed))
        with pytest.raises(Exception, match=re.escape(f"{name} differs")):
            Sealed(fd, files.public).check()
        os.close(fd)
    assert front == 20


def test_a_file_with_its_own_python_is_refused_as_well(whole: Files) -> None:
    data = whole.path.read_bytes()
    fd = in_memory("t", data)
    sealed = Sealed(fd, whole.public)
    os.close(fd)
    for name in ("narrowgate/app.pyc", "json/decoder.pyc", "_ssl.so"):
        changed = bytearray(data)
        changed[sealed.entries[name].offset + sealed.entries[name].size // 2] ^= 4
        path = whole.folder / "flipped"
        path.write_bytes(changed)
        path.chmod(0o755)
        assert f"{name} differs" in refused([str(path)])
        path.unlink()


def test_a_compromised_build_step_is_found_out_before_anything_runs(files: Files) -> None:
    """A file altered after signing: code appended to the zip, as `zip -u` would."""
    path = files.folder / "altered"
    path.write_bytes(files.path.read_bytes())
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("sitecustomize.py", "print('did evil')")
    assert "did evil" not in refused([PYTHON, *OPTIONS, str(path)])
    path.unlink()


def test_it_is_built_where_the_key_is_not_and_signed_elsewhere(files: Files, tmp_path: Path) -> None:
    public = str(files.folder / "narrowgate.pub")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}

    def narrowgate(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "narrowgate", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    lock = str(ROOT / "requirements.lock")
    done = narrowgate("seal", "--public-key", public, "--lock", lock, "--out", str(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    unsigned = Path(json.loads(done.stdout)["file"])
    manifest = unsigned.with_name(f"{files.path.name}.manifest")
    assert narrowgate("verify", str(unsigned), "--key", public).returncode == 1
    refused = subprocess.run([PYTHON, *OPTIONS, str(unsigned), "version"], capture_output=True, text=True, check=False)
    assert refused.returncode == 78
    signature = tmp_path / "signature"
    sign = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(files.folder / "key.pem"), "-in", str(manifest)]
    subprocess.run([*sign, "-out", str(signature)], check=True)
    done = narrowgate("seal", "--public-key", public, "--attach", str(unsigned), str(signature))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / files.path.name).read_bytes() == files.path.read_bytes()
    assert narrowgate("verify", str(tmp_path / files.path.name), "--key", public).returncode == 0
