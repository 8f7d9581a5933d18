"""The forms of the gateway with the payload in a dependency, each run in a trap; what every process could do."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from narrowgate.sealed import whole
from narrowgate.sealed.archive import lay_out, python_prologue
from narrowgate.sealed.code import compiled
from narrowgate.sealed.contents import CannotSeal, installed_files, own_files
from narrowgate.sealed.keys import SigningKey
from tests.e2e.gateway import ADMIN, KEY, SOURCE, Gateway, wait_until
from tests.replay.payload import MARK, planted
from tests.replay.trap import Trap

NOW = "replay-now"
_NOBODY = (65_532, 65_532)
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


def drive(
    gateway: Gateway, command: list[str], environment: dict[str, str], turned: Sequence[str] = ROLES, at: str = ""
) -> Outcome:
    """Start a gateway, make its turned dependencies be called in every process, stop it; return what came of it.

    `at` is the folder in which it has its configuration and data, where that is not what we call it.
    """
    outcome = Outcome()
    config, data = (at + one.name if at else str(one) for one in (gateway.config, gateway.data))
    options = ["--config", config, "--port", str(gateway.port), "--data", data]
    variables = {"NARROWGATE_KEY": KEY, "NARROWGATE_ADMIN_TOKEN": ADMIN, "PATH": os.environ.get("PATH", "")}
    with gateway.log.open("ab") as output:
        gateway.process = subprocess.Popen(
            [*command, "serve", *options, "--edges", "1"],
            env=variables | environment,
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
    outcome = drive(gateway, [str(python), "-m", "narrowgate"], trap.environment())
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
    outcome = drive(gateway, [str(python), "-m", "narrowgate"], trap.environment(), turned=("egress",))
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
    file.write_bytes(turned_file(targets))
    python = os.path.realpath(sys.executable)
    outcome = drive(gateway, [python, "-I", "-S", "-E", "-P", "-B", str(file)], trap.environment())
    outcome.seen = trap.seen()
    return outcome


def container(trap: Trap) -> Outcome | None:
    """Run a file with its own Python in a root that holds it, the libraries it names, and a place for data.

    As an ordinary user without rights, as an image would; the canaries lie in that root. None where that cannot be
    done: it takes root, a compiler, and a Python with its static library.
    """
    tools = [shutil.which(name) for name in ("unshare", "chroot", "mount", "gcc", "ldd")]
    if os.geteuid() != 0 or None in tools:
        return None
    root = trap.folder / "root"
    for name in ("proc", "data", "dev", "tmp", "marks"):
        (root / name).mkdir(parents=True)
    for name, minor in (("null", 3), ("urandom", 9)):
        os.mknod(root / "dev" / name, stat.S_IFCHR, os.makedev(1, minor))
        (root / "dev" / name).chmod(0o666)
    gateway = Gateway(root, CONFIG)
    targets = trap.targets(package=root / "narrowgate", site=root / "data", config=gateway.config)
    targets |= {"package": "/narrowgate", "site": "/site", "config": "/narrowgate.yaml"}
    moved = ("home", "token", "docker", "marks")
    targets |= {name: f"/{Path(targets[name]).relative_to(trap.folder)}" for name in moved}
    targets |= {"library": "/dropped.so", "shm": "/tmp"}
    try:
        (root / "gateway").write_bytes(turned_file(targets, is_whole=True))
    except CannotSeal:
        return None
    (root / "gateway").chmod(0o755)
    libraries = [Path(sysconfig.get_paths()["stdlib"], "lib-dynload")]
    libraries += [Path(sysconfig.get_paths()["platlib"], name) for name in PACKAGES]
    inside = [str(path) for folder in libraries for path in folder.rglob("*.so")]
    needed = subprocess.run(["ldd", str(root / "gateway"), *inside], capture_output=True, text=True, check=True).stdout
    for word in set(needed.split()):
        if word.startswith("/") and not word.endswith(":"):
            (root / word[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.path.realpath(word), root / word[1:])
    shutil.copytree(trap.home, root / "home", copy_function=_copied)
    shutil.copy(trap.folder / "dropped.so", root / "dropped.so")
    for path in (root, *root.rglob("*")):
        if not path.is_char_device():
            os.chown(path, *_NOBODY, follow_symlinks=False)
    before = trap.files_in(root)
    start = 'mount -t proc proc "$0/proc" && exec chroot --userspec=65532:65532 "$0" /gateway "$@"'
    outcome = drive(
        gateway, ["unshare", "--mount", "sh", "-c", start, str(root)], trap.environment() | {"HOME": "/home"}, at="/"
    )
    outcome.seen = [*trap.seen(), *(f"a changed file: {name}" for name in sorted(trap.files_in(root) ^ before))]
    return outcome


def _copied(source: str, target: str) -> None:
    if Path(source).is_file():
        shutil.copy(source, target)


def turned_file(targets: dict[str, str], *, is_whole: bool = False) -> bytes:
    """Return a sealed file with the payload in it: a test build, by a key of its own."""
    lock = (SOURCE.parent / "requirements.lock").read_text(encoding="utf-8")
    files = {**own_files(SOURCE / "narrowgate"), **installed_files(lock)}
    files["replay_payload.pyc"] = compiled(planted(targets).encode(), "replay_payload.py")
    here = Path(sysconfig.get_paths()["platlib"])
    for package, code in _PLANTS.items():
        source = (here / package / "__init__.py").read_text(encoding="utf-8") + code
        files[f"{package}/__init__.pyc"] = compiled(source.encode(), f"{package}/__init__.py")
    tag = str(sys.implementation.cache_tag)
    key = SigningKey(Ed25519PrivateKey.generate())
    prologue = python_prologue("0", tag)
    if is_whole:
        prologue = whole.prologue("gcc")
        files = {**whole.library_files(), **files, whole.START: whole.start_code()}
    return lay_out(prologue, files, key.public, key.sign, tag)


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
