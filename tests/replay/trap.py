"""A home full of canaries and listeners that nobody may reach: what a turned dependency goes for, and what it did."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.gateway import PROVIDER_KEY

CANARIES = (
    ".ssh/id_ed25519",
    ".aws/credentials",
    ".config/gcloud/application_default_credentials.json",
    ".bash_history",
    ".bashrc",
    ".env",
    ".git-credentials",
    "movable",
    "token",
)


class Trap:
    """Canaries below `home`, marks below `marks`; `seen` tells what happened to them."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="replay-"))
        self.home = self.folder / "home"
        self.marks = self.folder / "marks"
        self.marks.mkdir()
        self.shm = Path(tempfile.mkdtemp(prefix="replay-", dir="/dev/shm"))
        for name in CANARIES:
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"CANARY {name}\n", encoding="utf-8")
        self._streams = {
            "tcp": _listener(socket.AF_INET, ("127.0.0.1", 0)),
            "metadata": _listener(socket.AF_INET, ("127.0.0.1", 0)),
            "docker": _listener(socket.AF_UNIX, str(self.home / "docker.sock")),
            "abstract": _listener(socket.AF_UNIX, f"\0{self.folder.name}"),
        }
        with contextlib.suppress(OSError):
            self._streams["tcp6"] = _listener(socket.AF_INET6, ("::1", 0))
        self._datagrams = {
            "udp": _bound(socket.AF_INET, ("127.0.0.1", 0)),
            "datagrams": _bound(socket.AF_UNIX, str(self.home / "docker.sock.datagrams")),
        }
        canary = {"CANARY_OF_ANOTHER": PROVIDER_KEY}
        self._outsider = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], env=canary, stdin=-1)
        self._before = self._files()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._outsider.kill()
        self._outsider.communicate()
        for sock in (*self._streams.values(), *self._datagrams.values()):
            sock.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.shm, ignore_errors=True)

    def targets(self, *, package: Path, site: Path, config: Path) -> dict[str, str]:
        """Return what the payload goes for in an installation."""
        tcp6 = self._streams.get("tcp6")
        library = self.folder / "dropped.so"
        shutil.copyfile(_a_library(), library)
        library.chmod(0o755)
        return {
            "home": str(self.home),
            "token": str(self.home / "token"),
            "marks": str(self.marks),
            "shm": str(self.shm),
            "tcp": str(self._streams["tcp"].getsockname()[1]),
            "metadata": str(self._streams["metadata"].getsockname()[1]),
            "tcp6": str(tcp6.getsockname()[1] if tcp6 is not None else 1),
            "udp": str(self._datagrams["udp"].getsockname()[1]),
            "docker": str(self.home / "docker.sock"),
            "abstract": self.folder.name,
            "outsider": str(self._outsider.pid),
            "package": str(package),
            "site": str(site),
            "config": str(config),
            "library": str(library),
        }

    def environment(self) -> dict[str, str]:
        """Return what a user's environment may hold beside the provider's key."""
        return {
            "HOME": str(self.home),
            "AWS_SECRET_ACCESS_KEY": "CANARY",
            "KUBERNETES_TOKEN": "CANARY",
            "PROVIDER_KEY": PROVIDER_KEY,
        }

    def seen(self) -> list[str]:
        """Return what reached a listener or left a mark since the last time."""
        found = []
        for name, sock in self._streams.items():
            with contextlib.suppress(OSError):
                while True:
                    sock.accept()[0].close()
                    found.append(f"a connection to {name}")
        for name, sock in self._datagrams.items():
            with contextlib.suppress(OSError):
                while sock.recv(64):
                    found.append(f"a datagram to {name}")
        files = self._files()
        found += [f"a changed file: {path}" for path, stamp in files.items() if self._before.get(path) != stamp]
        self._before = files
        return sorted(set(found))

    def _files(self) -> dict[str, tuple[int, int, int]]:
        found = {}
        for top in (self.home, self.marks, self.shm):
            for path in top.rglob("*"):
                status = path.lstat()
                if path.is_file() or path.is_symlink():
                    found[str(path.relative_to(top))] = (status.st_size, status.st_mtime_ns, status.st_mode)
        return found


def _listener(family: int, address: tuple[str, int] | str) -> socket.socket:
    sock = socket.socket(family)
    sock.bind(address)
    sock.listen(4096)
    sock.settimeout(0)
    return sock


def _bound(family: int, address: tuple[str, int] | str) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.bind(address)
    sock.settimeout(0)
    return sock


def _a_library() -> str:
    """Return a small library of this system's."""
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        path = line.split(maxsplit=5)[-1]
        if ".so" in path and os.access(path, os.R_OK):
            return path
    raise AssertionError("no library is loaded")
