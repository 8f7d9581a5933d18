"""The forms of the gateway with the payload in a dependency, each run in a trap; what every process could do."""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from narrowgate.sealed import whole
from narrowgate.sealed.archive import lay_out, python_prologue
from narrowgate.sealed.code import compiled
from narrowgate.sealed.contents import installed_files, own_files
from narrowgate.sealed.keys import SigningKey
from narrowgate.sealed.provenance import statement
from tests.e2e.container import Container, read_image, why_not
from tests.e2e.gateway import ADMIN, KEY, SOURCE, Gateway, wait_until
from tests.e2e.sealing import CAN_BE_WHOLE
from tests.replay.payload import MARK, planted
from tests.replay.trap import Trap

NOW = "replay-now"
VARIABLES = {"NARROWGATE_KEY": KEY, "NARROWGATE_ADMIN_TOKEN": ADMIN, "PATH": os.environ.get("PATH", "")}
PACKAGES = ("uvloop", "httptools", "msgspec", "yaml", "_yaml")
ROLES = ("edge", "control", "recorder", "supervisor")
CONFIG = """
demo: true
providers:
  openai:
    base_url: http://127.0.0.1:1/v1
    api_key: env://PROVIDER_KEY
    models: [m-1]
sandbox: {require: true}
"""
# Runs at import, and again in whatever is decoded later with the word in it: a wait in a function that is called.
_PLANTS = {
    "msgspec": """

import replay_payload as _payload
_payload.run("import")
def _turned(kind):
    class Decoder:
        def __init__(self, *words, **options):
            self._real = kind(*words, **options)
        def __getattr__(self, name):
            return getattr(self._real, name)
        def __class_getitem__(cls, item):
            return cls
        def _call(self, name, data, more):
            if b"NOW" in bytes(data if not isinstance(data, str) else data.encode()):
                _payload.run("call")
            return getattr(self._real, name)(data, *more)
        def decode(self, data, *more):
            return self._call("decode", data, more)
        def decode_lines(self, data, *more):
            return self._call("decode_lines", data, more)
    return Decoder
json.Decoder = _turned(json.Decoder)
msgpack.Decoder = _turned(msgpack.Decoder)
""".replace("NOW", NOW),
    "yaml": """

import replay_payload as _payload
_begin = SafeLoader.__init__
def _turned(self, stream):
    if "NOW" in str(stream):
        _payload.run("call")
    _begin(self, stream)
SafeLoader.__init__ = _turned
""".replace("NOW", NOW),
}


@dataclass
class Outcome:
    """What the steps came to: (process, when) to step to (succeeded, what it said); `seen` is what the trap saw."""

    steps: dict[tuple[str, str], dict[str, tuple[bool, str]]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    log: str = ""

    def read(self, log: str) -> None:
        """Take over what processes told in their log."""
        self.log = log
        for line in log.splitlines():
            if line.startswith(MARK):
                told = json.loads(line.removeprefix(MARK))
                steps = self.steps.setdefault((told["who"], told["when"]), {})
                for name, (got, what) in told["steps"].items():
                    if not steps.get(name, (False, ""))[0]:
                        steps[name] = (bool(got), str(what))

    def through(self) -> list[str]:
        """Return every step that succeeded anywhere."""
        return [
            f"{who} at {when}: {name}: {what}"
            for (who, when), steps in sorted(self.steps.items())
            for name, (got, what) in steps.items()
            if got
        ]


def plant(site: Path, targets: dict[str, str]) -> None:
    """Turn two dependencies in a folder of installed packages."""
    (site / "replay_payload.py").write_text(planted(targets), encoding="utf-8")
    for package, code in _PLANTS.items():
        path = site / package / "__init__.py"
        path.write_text(path.read_text(encoding="utf-8") + code, encoding="utf-8")


def install(folder: Path) -> tuple[Path, Path]:
    """Make a virtual environment with the gateway as pip would; return its Python and its site-packages."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    site = folder / "lib" / version / "site-packages"
    site.mkdir(parents=True)
    (folder / "bin").mkdir()
    base = Path(os.path.realpath(sys.executable))
    python = folder / "bin" / "python3"
    python.symlink_to(base)
    (folder / "pyvenv.cfg").write_text(f"home = {base.parent}\n", encoding="utf-8")
    here = Path(sysconfig.get_paths()["platlib"])
    for name in PACKAGES:
        if (here / name).is_dir():
            shutil.copytree(here / name, site / name)
    shutil.copytree(SOURCE / "narrowgate", site / "narrowgate")
    return python, site


def serving(gateway: Gateway) -> list[str]:
    """Return the words behind the command, for a gateway on this machine."""
    options = ["--config", str(gateway.config), "--port", str(gateway.port), "--data", str(gateway.data)]
    return ["serve", *options, "--edges", "1"]


def drive(gateway: Gateway, command: list[str], environment: dict[str, str], turned: Sequence[str] = ROLES) -> Outcome:
    """Start a gateway, make its turned dependencies be called in every process, stop it; return what came of it."""
    outcome = Outcome()
    with gateway.log.open("ab") as output:
        gateway.process = subprocess.Popen(
            command,
            env=VARIABLES | environment,
            cwd=gateway.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )

    def is_done() -> bool:
        gateway.get(f"/admin/keys?q={NOW}", ADMIN)
        outcome.read(gateway.text())
        return all((role, "call") in outcome.steps for role in turned)

    body = {"model": "demo/chat", "messages": [{"role": "user", "content": NOW}], "user": NOW}
    try:
        assert wait_until(gateway.is_ready, 30), gateway.text()
        assert gateway.call(body)[0] == 200, gateway.text()
        assert gateway.call({**body, "model": f"demo/{NOW}"})[0] in {200, 404}
        with gateway.config.open("a", encoding="utf-8") as text:
            text.write(f"# {NOW}\n")
        gateway.process.send_signal(signal.SIGHUP)
        wait_until(is_done, 15)
        # What they tried has not kept it from its work.
        assert gateway.call({**body, "messages": [{"role": "user", "content": "hi"}]})[0] == 200
    finally:
        status = gateway.stop()
        outcome.read(gateway.text())
    assert status == 0, outcome.log
    return outcome


def pip_installed(trap: Trap) -> Outcome:
    """Run the gateway from a virtual environment with two turned dependencies."""
    folder = trap.folder / "pip"
    python, site = install(folder / "venv")
    gateway = Gateway(folder, CONFIG)
    plant(site, trap.targets(package=site / "narrowgate", site=site, config=gateway.config))
    outcome = drive(gateway, [str(python), "-m", "narrowgate", *serving(gateway)], trap.environment())
    outcome.seen = trap.seen()
    return outcome


_IN_THE_EGRESS = """

_seal = seal_process
def seal_process(*words, **options):
    report = _seal(*words, **options)
    _payload.run("call")
    return report
import importlib.util as _util, sys as _sys, os as _os
_before = sorted(_sys.modules)
_os.write(2, ("\\nMODULES " + " ".join(_before) + "\\n").encode())
_spec = _util.spec_from_file_location("replay_payload", {payload!r})
_payload = _util.module_from_spec(_spec)
_sys.modules["replay_payload"] = _payload
_spec.loader.exec_module(_payload)
"""


def turned_egress(trap: Trap) -> tuple[Outcome, set[str]]:
    """Run a gateway whose egress itself was turned; return what came of it, and the modules that an egress loads.

    No dependency gets there; this is what a hole in our own code would be.
    """
    folder = trap.folder / "egress"
    python, site = install(folder / "venv")
    gateway = Gateway(folder, CONFIG)
    payload = site / "replay_payload.py"
    payload.write_text(planted(trap.targets(package=site / "narrowgate", site=site, config=gateway.config)))
    own = site / "narrowgate" / "egress" / "process.py"
    own.write_text(own.read_text(encoding="utf-8") + _IN_THE_EGRESS.format(payload=str(payload)), encoding="utf-8")
    outcome = drive(
        gateway, [str(python), "-m", "narrowgate", *serving(gateway)], trap.environment(), turned=("egress",)
    )
    outcome.seen = trap.seen()
    line = next(line for line in outcome.log.splitlines() if line.startswith("MODULES "))
    return outcome, set(line.split()[1:])


def sealed(trap: Trap) -> Outcome:
    """Run a sealed file that was made, and signed, with two turned dependencies inside."""
    folder = trap.folder / "sealed"
    folder.mkdir()
    gateway = Gateway(folder, CONFIG)
    targets = trap.targets(package=SOURCE / "narrowgate", site=folder, config=gateway.config)
    targets["package"] = str(folder / "narrowgate")  # there is none: what it goes for is inside the file
    file = folder / "gateway"
    file.write_bytes(turned_file(targets)[0])
    python = os.path.realpath(sys.executable)
    outcome = drive(gateway, [python, "-I", "-S", "-E", "-P", "-B", str(file), *serving(gateway)], trap.environment())
    outcome.seen = trap.seen()
    return outcome


def container(trap: Trap) -> Outcome | None:
    """Run the image of a file with two turned dependencies in it, as it says and as engines do.

    The canaries are mounted for its user to write. None where that cannot be done: it takes root, runc, a compiler, and
    a Python with its static library.
    """
    if why_not() is not None or not CAN_BE_WHOLE:
        return None
    folder = trap.folder / "container"
    folder.mkdir()
    gateway = Gateway(folder, CONFIG)
    targets = trap.targets(package=folder / "narrowgate", site=folder, config=gateway.config)
    moved = {"home": "/home", "marks": "/marks", "shm": "/dev/shm", "library": "/dropped.so"}
    places = {Path(targets[name]): place for name, place in moved.items()}
    targets |= moved | {"token": "/home/token", "docker": "/home/docker.sock"}
    targets |= {"package": "/narrowgate", "site": "/site", "config": "/etc/narrowgate/narrowgate.yaml"}
    running = imaged(folder, *turned_file(targets, is_whole=True))
    gateway.config.chmod(0o644)
    running.bind(gateway.config, "/etc/narrowgate/narrowgate.yaml", "ro")
    for source, place in places.items():
        running.bind(source, place)
        for path in (source, *source.rglob("*")):
            os.chown(path, *running.user, follow_symlinks=False)
    words = ["serve", "--host", "127.0.0.1", "--port", str(gateway.port), "--edges", "1"]
    environment = VARIABLES | trap.environment() | {"HOME": "/home", "PATH": "/bin"}
    outcome = drive(gateway, running.command(f"replay-{gateway.port}", words, environment), {})
    outcome.seen = trap.seen()
    return outcome


def imaged(folder: Path, data: bytes, key: bytes) -> Container:
    """Return a container of the image of a sealed file, as the command makes it."""
    folder.mkdir(exist_ok=True)
    (folder / "sealed").write_bytes(data)
    (folder / "key.pub").write_bytes(
        Ed25519PublicKey.from_public_bytes(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    words = ["deploy", "oci", "--program", str(folder / "sealed"), "--key", str(folder / "key.pub")]
    command = [sys.executable, "-P", "-m", "narrowgate", *words, "--out", str(folder / "image")]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    subprocess.run(command, env=environment, capture_output=True, check=True)
    image, layer, _ = read_image(folder / "image")
    return Container(folder / "bundle", image, layer)


def turned_file(targets: dict[str, str], *, is_whole: bool = False) -> tuple[bytes, bytes]:
    """Return a sealed file with the payload in it, and the key that it was signed with: a test build."""
    more = {"replay_payload.pyc": compiled(planted(targets).encode(), "replay_payload.py")}
    here = Path(sysconfig.get_paths()["platlib"])
    for package, code in _PLANTS.items():
        source = (here / package / "__init__.py").read_text(encoding="utf-8") + code
        more[f"{package}/__init__.pyc"] = compiled(source.encode(), f"{package}/__init__.py")
    data, key = sealed_file(more, is_whole=is_whole)
    return data, key.public


def sealed_file(more: Mapping[str, bytes], *, is_whole: bool = False) -> tuple[bytes, SigningKey]:
    """Return a sealed file of what is here and `more`, and the key that signed it."""
    lock = (SOURCE.parent / "requirements.lock").read_text(encoding="utf-8")
    files = {**own_files(SOURCE / "narrowgate"), **installed_files(lock), **more}
    tag = str(sys.implementation.cache_tag)
    key = SigningKey(Ed25519PrivateKey.generate())
    prologue = python_prologue("0", tag)
    if is_whole:
        prologue = whole.prologue("gcc")
        files = {**whole.library_files(), **files, whole.START: whole.start_code(), whole.GUARD: whole.guard("gcc")}
        made_of = statement("replay", "", "", (), {"version": "0"})
        files["narrowgate-provenance.json"] = json.dumps(made_of).encode()
    return lay_out(prologue, files, key.public, key.sign, tag), key


def plain(trap: Trap) -> Outcome:
    """Run an ordinary server in an ordinary virtual environment with the same dependencies turned."""
    folder = trap.folder / "plain"
    python, site = install(folder / "venv")
    config = folder / "config.yaml"
    config.write_text("model_list: []\n", encoding="utf-8")
    plant(site, trap.targets(package=site / "narrowgate", site=site, config=config))
    server = folder / "server.py"
    server.write_text((Path(__file__).parent / "ordinary.py").read_text(encoding="utf-8"), encoding="utf-8")
    outcome = Outcome()
    run = subprocess.run(
        [str(python), str(server), NOW],
        env={"PATH": os.environ.get("PATH", "")} | trap.environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert run.stdout == "200\n", run.stderr
    outcome.read(run.stderr)
    outcome.seen = trap.seen()
    return outcome
