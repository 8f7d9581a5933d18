"""What an attacker sets around a start: code that Python, or the loader, runs by itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.e2e.container import why_not
from tests.e2e.gateway import KEY, SOURCE, Gateway, wait_until
from tests.e2e.sealing import CAN_BE_WHOLE
from tests.replay.forms import CONFIG, NOW, imaged, install, serving
from tests.replay.releases import honest_file
from tests.replay.trap import Trap

ROOT = SOURCE.parent
_VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
# Compiled where there is a compiler: says in which program it was loaded.
_LIBRARY = r"""
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void mark(void) {
    char line[256];
    int from = open("/proc/self/cmdline", O_RDONLY), to = open(MARK, O_WRONLY | O_CREAT | O_APPEND, 0600);
    ssize_t size = read(from, line, sizeof line);
    if (size > 0) { if (write(to, line, size)) {} if (write(to, "\n", 1)) {} }
    close(from); close(to);
}
int bind_engine(void *e, const char *id) { return 0; }
unsigned long v_check(unsigned long v) { return v; }
"""
_OPENSSL = """
openssl_conf = begin
[begin]
engines = engines
[engines]
replay = replay
[replay]
dynamic_path = {library}
init = 1
"""
TRICKS = (
    "a .pth file in site-packages",
    "a .pth file of the user's",
    "sitecustomize",
    "usercustomize",
    "PYTHONPATH",
    "a module in the working folder",
    "pyvenv.cfg of another Python",
    "LD_PRELOAD",
    "OPENSSL_CONF with a library",
)


class Tricks:
    """All of them set at once around one installation; each leaves its own mark when it runs."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.marks = folder / "tricks"
        self.marks.mkdir(parents=True)
        self.work = folder / "work"
        self.work.mkdir()
        self._home = home
        self.environment = {"HOME": str(home)}
        self.tried: set[str] = set()
        self._user = home / ".local" / "lib" / _VERSION / "site-packages"
        self._user.mkdir(parents=True, exist_ok=True)
        self._path = folder / "path"
        self._path.mkdir()
        self._write(self._user / "a.pth", TRICKS[1], "import os; ")
        self._write(self._user / "usercustomize.py", TRICKS[3])
        self._write(self._path / "selectors.py", TRICKS[4], after=_again("selectors"))
        self._write(self.work / "ssl.py", TRICKS[5], after=_again("ssl"))
        self.environment["PYTHONPATH"] = str(self._path)
        self._libraries(folder)

    def into(self, venv: Path) -> None:
        """Set those that lie in a virtual environment."""
        site = venv / "lib" / _VERSION / "site-packages"
        self._write(site / "a.pth", TRICKS[0], "import os; ")
        self._write(site / "sitecustomize.py", TRICKS[2])
        evil = self.marks.parent / "evil"
        library = Path(os.__file__).parent
        (evil / "lib" / _VERSION).mkdir(parents=True)
        (evil / "bin").mkdir()
        for path in library.iterdir():
            if path.name not in {"__pycache__", "ssl.py"}:
                (evil / "lib" / _VERSION / path.name).symlink_to(path)
        self._write(evil / "lib" / _VERSION / "ssl.py", TRICKS[6], after=(library / "ssl.py").read_text())
        (evil / "bin" / _VERSION).symlink_to(os.path.realpath(sys.executable))
        (venv / "pyvenv.cfg").write_text(f"home = {evil / 'bin'}\ninclude-system-site-packages = true\n")

    def ran(self) -> dict[str, str]:
        """Return each trick and where it ran; nothing when it did not."""
        found = {}
        for name in TRICKS:
            if name in self.tried:
                mark = self.marks / str(TRICKS.index(name))
                found[name] = mark.read_bytes().decode("utf-8", "replace") if mark.exists() else ""
        return found

    def _write(self, path: Path, name: str, before: str = "", *, after: str = "") -> None:
        mark = self.marks / str(TRICKS.index(name))
        code = f"open({str(mark)!r}, 'a').write('ran ')"
        path.write_text(f"{before}{code}\n{after}", encoding="utf-8")
        self.tried.add(name)

    def _libraries(self, folder: Path) -> None:
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            return
        source = folder / "library.c"
        source.write_text(_LIBRARY)
        for name in TRICKS[7:9]:
            mark = self.marks / str(TRICKS.index(name))
            out = folder / f"library{TRICKS.index(name)}.so"
            command = [compiler, "-shared", "-fPIC", f'-DMARK="{mark}"', "-o", str(out), str(source)]
            subprocess.run(command, check=True, capture_output=True)
            self.tried.add(name)
            if name == "LD_PRELOAD":
                self.environment["LD_PRELOAD"] = str(out)
            else:
                config = folder / "openssl.cnf"
                config.write_text(_OPENSSL.format(library=out))
                self.environment["OPENSSL_CONF"] = str(config)


def _again(name: str) -> str:
    """Return code that puts the real module in the place of the one that it is in."""
    return (
        f"import sys, os, importlib\nsys.path[:] = [p for p in sys.path if p != os.path.dirname({'__file__'})]\n"
        f"del sys.modules[{name!r}]\nimportlib.import_module({name!r})\n"
    )


def started(gateway: Gateway, command: list[str], tricks: Tricks, **environment: str) -> dict[str, str]:
    """Start a gateway among the tricks, call it, stop it; return where each trick ran.

    `environment` takes the place of the variables that are among them.
    """
    with gateway.log.open("ab") as output:
        gateway.process = subprocess.Popen(
            command,
            env=environment or _variables(tricks),
            cwd=tricks.work,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        assert wait_until(gateway.is_ready, 30), gateway.text()
        assert gateway.call({"model": "demo/chat", "messages": [{"role": "user", "content": "hi"}]})[0] == 200
        assert wait_until(lambda: len(gateway.children()) == 4)
    finally:
        gateway.stop()
    return tricks.ran()


def _variables(tricks: Tricks) -> dict[str, str]:
    path = f"{Path(os.path.realpath(sys.executable)).parent}:/usr/bin:/bin"
    return {"PATH": path, "NARROWGATE_KEY": KEY, "PROVIDER_KEY": "sk-0123456789"} | tricks.environment


def around_pip(trap: Trap) -> dict[str, str]:
    """Set the tricks around a virtual environment, started by the command that is installed."""
    folder = trap.folder / "around-pip"
    _, site = install(folder / "venv")
    shutil.copy(ROOT / "bin" / "narrowgate", folder / "venv" / "bin" / "narrowgate")
    tricks = Tricks(folder, trap.home)
    tricks.into(site.parents[2])
    gateway = Gateway(folder, CONFIG)
    return started(gateway, [str(folder / "venv" / "bin" / "narrowgate"), *serving(gateway)], tricks)


def around_sealed(trap: Trap) -> dict[str, str]:
    """Set the tricks around a sealed file, started as a program."""
    folder = trap.folder / "around-sealed"
    folder.mkdir()
    tricks = Tricks(folder, trap.home)
    file = folder / "gateway"
    file.write_bytes(honest_file()[0])
    file.chmod(0o755)
    gateway = Gateway(folder, CONFIG)
    return started(gateway, [str(file), *serving(gateway)], tricks)


def around_container(trap: Trap) -> dict[str, str] | None:
    """Set the tricks around a container of the image: variables, and folders that somebody mounts into it."""
    if why_not() is not None or not CAN_BE_WHOLE:
        return None
    folder = trap.folder / "around-container"
    folder.mkdir()
    tricks = Tricks(folder, trap.home)
    data, key = honest_file(is_whole=True)
    gateway = Gateway(folder, CONFIG)
    shutil.copy(gateway.config, tricks.work)
    running = imaged(folder / "made", data, key.public)
    for at in (folder, trap.home):
        running.bind(at, str(at))
    running.bind(tricks.work, "/etc/narrowgate")
    for path in (folder, trap.home, *trap.home.rglob("*"), *tricks.marks.parent.rglob("*")):
        if folder / "made" not in path.parents:
            os.chown(path, *running.user, follow_symlinks=False)
    words = ["serve", "--host", "127.0.0.1", "--port", str(gateway.port), "--edges", "1"]
    command = running.command(f"around-{gateway.port}", words, _variables(tricks))
    return started(gateway, command, tricks, PATH=os.environ["PATH"])


def around_plain(trap: Trap) -> dict[str, str]:
    """Set the tricks around an ordinary server."""
    folder = trap.folder / "around-plain"
    python, site = install(folder / "venv")
    tricks = Tricks(folder, trap.home)
    tricks.into(site.parents[2])
    shutil.copy(Path(__file__).parent / "ordinary.py", tricks.work / "server.py")
    environment = {"PATH": os.environ["PATH"], "PROVIDER_KEY": "sk-0123456789"} | tricks.environment
    command = [str(python), str(tricks.work / "server.py"), NOW]
    subprocess.run(command, env=environment, cwd=tricks.work, capture_output=True, check=True, timeout=60)
    return tricks.ran()
