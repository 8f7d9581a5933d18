"""Whether this program runs from a sealed file, and how its children then start from the same memory."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, cast

from narrowgate.sealed.boot import CHILD
from narrowgate.sealed.public_keys import fingerprint

# Our package by its place alone: neither the folder it lies in nor anything else there can be imported, but for the
# folders that are named. `-I -S`: no .pth file, no sitecustomize, no PYTHON* variable, no working folder.
_ISOLATED = ("-I", "-S", "-B")
_START = (
    "import sys\n"
    "from importlib.util import module_from_spec as m, spec_from_file_location as s\n"
    "root, more = sys.argv[1:3]\n"
    "sys.path += more.split(':') if more else []\n"
    "spec = s('narrowgate', root + '/__init__.py', submodule_search_locations=[root])\n"
    "package = sys.modules['narrowgate'] = m(spec)\n"
    "spec.loader.exec_module(package)\n"
    "sys.argv[:] = ['narrowgate', *sys.argv[3:]]\n"
    "module = __import__(sys.argv[1], fromlist=['main'])\n"
    "sys.exit(module.main())"
)


class Place(Protocol):
    """What the boot code tells: the memory the file is in, where its boot code is there, the key that signed it."""

    fd: int
    is_whole: bool
    boot: tuple[int, int]
    digest: str
    key: bytes
    names: tuple[str, ...]

    def read(self, name: str) -> bytes:
        """Return one of the files inside."""


class Start(NamedTuple):
    """The beginning of a command line, and the descriptors that it needs."""

    words: tuple[str, ...]
    fds: tuple[int, ...]


def place() -> Place | None:
    """Return where this program runs from, None when it is not sealed."""
    return cast("Place | None", sys.modules.get("narrowgate_sealed"))


def child_start(module: str, sealed: Place | None, folders: Sequence[str] = ()) -> Start:
    """Return how a child begins: with `main` of the module `module`, or from the sealed memory.

    Of what is not ours it can import what lies in `folders`.
    """
    if sealed is None:
        root = str(Path(__file__).resolve().parents[1])
        return Start((interpreter(), *_ISOLATED, "-c", _START, root, ":".join(folders), module), ())
    if sealed.is_whole:
        return Start((f"/proc/self/fd/{sealed.fd}", CHILD, str(sealed.fd), module), (sealed.fd,))
    offset, size = sealed.boot
    code = f"import marshal,os;exec(marshal.loads(os.pread({sealed.fd},{size},{offset})),{{'__name__':'__main__'}})"
    options = ("-I", "-S", "-E", "-P", "-B")
    return Start((sys.executable, *options, "-c", code, CHILD, str(sealed.fd), module), (sealed.fd,))


def interpreter() -> str:
    """Return this Python itself, not a virtual environment's name for it: `pyvenv.cfg` is not read."""
    return str(getattr(sys, "_base_executable", "") or sys.executable)


def describe(sealed: Place | None) -> dict[str, object]:
    """Return how this program was started, for people and programs that ask."""
    if sealed is None:
        return {"sealed": False}
    told = {"manifest_sha256": sealed.digest, "signer": fingerprint(sealed.key), "has_own_python": sealed.is_whole}
    return {"sealed": True, **told}
