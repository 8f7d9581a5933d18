"""Runs an image as a container: its layout read and unpacked here, started by runc, or else in a bare chroot."""

import json
import os
import platform
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

RUNC = shutil.which("runc")


def why_not() -> str | None:
    """Return why no container can be run here, None when one can."""
    if os.geteuid() != 0:
        return "it takes root to unpack an image and to start a container"
    if RUNC is None:
        return "there is no runc; on Debian: apt install runc"
    return None


def read_image(layout: Path) -> tuple[dict[str, dict[str, object]], bytes, str]:
    """Return an image's configuration, its one layer unpacked from whatever compresses it, and its digest."""
    index = json.loads((layout / "index.json").read_text())
    (named,) = index["manifests"]
    manifest = json.loads(blob(layout, named))
    return json.loads(blob(layout, manifest["config"])), blob(layout, manifest["layers"][0]), named["digest"]


def blob(layout: Path, descriptor: Mapping[str, object]) -> bytes:
    """Return what a descriptor names."""
    data = (layout / "blobs" / str(descriptor["digest"]).replace(":", "/")).read_bytes()
    assert len(data) == descriptor["size"]
    return data


def unpacked(layer: bytes, root: Path) -> None:
    """Unpack a layer with its owners, as a runtime would."""
    root.mkdir(parents=True)
    file = root.parent / f"{root.name}.tar"
    file.write_bytes(layer)
    with tarfile.open(file) as archive:
        archive.extraction_filter = lambda member, _path: member  # as it is; an argument for that is new in 3.11.4
        archive.extractall(root, numeric_owner=True)
    file.unlink()


class Container:
    """An image's root in a bundle for runc: read-only, without rights, run as the image says."""

    def __init__(self, bundle: Path, config: Mapping[str, Mapping[str, object]], layer: bytes) -> None:
        self.bundle = bundle
        self.root = bundle / "rootfs"
        unpacked(layer, self.root)
        self._config = config["config"]
        self.mounts: list[dict[str, object]] = [
            _mounted("proc", "/proc", "proc"),
            _mounted("tmpfs", "/dev", "tmpfs", "nosuid", "mode=755", "size=65536k"),
            _mounted("shm", "/dev/shm", "tmpfs", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
        ]
        self.bind(bundle / "data", "/data")

    def bind(self, source: Path, place: str, *options: str) -> None:
        """Mount a folder or file of this machine's; a folder that is not there is made, for the image's user."""
        if not source.exists():
            source.mkdir(mode=0o700)
            os.chown(source, *self.user)
        self.mounts.append(_mounted(str(source), place, "bind", "bind", *options))

    @property
    def user(self) -> tuple[int, int]:
        """User and group, as the image names them."""
        user, _, group = str(self._config["User"]).partition(":")
        return int(user), int(group)

    def command(self, name: str, words: Iterable[str] = (), environment: Mapping[str, str] | None = None) -> list[str]:
        """Write the bundle; return the command that runs it. `words` take the place of the image's own."""
        assert RUNC is not None
        entrypoint, usual, variables = (self._config[key] for key in ("Entrypoint", "Cmd", "Env"))
        assert isinstance(entrypoint, list)
        assert isinstance(usual, list)
        assert isinstance(variables, list)
        user, group = self.user
        process = {
            "terminal": False,
            "user": {"uid": user, "gid": group},
            "args": [*entrypoint, *(list(words) or usual)],
            "env": [*variables, *(f"{key}={value}" for key, value in (environment or {}).items())],
            "cwd": self._config["WorkingDir"],
            "capabilities": {kind: [] for kind in ("bounding", "effective", "permitted", "ambient", "inheritable")},
            "noNewPrivileges": True,
        }
        # The network is this machine's, so that tests reach it.
        kinds = ("pid", "ipc", "uts", "mount")
        document = {
            "ociVersion": "1.0.2",
            "process": process,
            "root": {"path": "rootfs", "readonly": True},
            "hostname": "container",
            "mounts": self.mounts,
            "linux": {
                "namespaces": [{"type": kind} for kind in kinds],
                "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
                "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
                **_seccomp(),
            },
        }
        (self.bundle / "config.json").write_text(json.dumps(document))
        return [RUNC, "--root", str(self.bundle / "state"), "run", "--bundle", str(self.bundle), name]


def run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command in a container and wait for its end."""
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)


def _mounted(source: str, place: str, kind: str, *options: str) -> dict[str, object]:
    return {"destination": place, "type": kind, "source": source, "options": list(options)}


def _seccomp() -> dict[str, object]:
    """Return the filter that container engines use by default, where it is installed: allowed calls of no condition."""
    file = Path("/usr/share/containers/seccomp.json")
    if not file.is_file():
        return {}
    profile = json.loads(file.read_text())
    here = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    rules = [
        {key: rule[key] for key in ("names", "action", "args", "errnoRet") if rule.get(key)}
        for rule in profile["syscalls"]
        if not rule.get("includes", {}).get("caps") and here in rule.get("includes", {}).get("arches", [here])
    ]
    return {
        "seccomp": {
            "defaultAction": profile["defaultAction"],
            "defaultErrnoRet": profile.get("defaultErrnoRet", 1),
            "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
            "syscalls": rules,
        }
    }
