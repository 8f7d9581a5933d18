"""Whether this program runs from a sealed file, and how its children then start from the same memory."""

import sys
from typing import NamedTuple, Protocol, cast

from narrowgate.sealed.boot import CHILD


class Place(Protocol):
    """What the boot code tells: the memory the file is in, and where its boot code is there."""

    fd: int
    is_whole: bool
    boot: tuple[int, int]
    digest: str


class Start(NamedTuple):
    """The beginning of a command line, and the descriptors that it needs."""

    words: tuple[str, ...]
    fds: tuple[int, ...]


def place() -> Place | None:
    """Return where this program runs from, None when it is not sealed."""
    return cast("Place | None", sys.modules.get("narrowgate_sealed"))


def child_start(module: str, sealed: Place | None) -> Start:
    """Return how a child begins: with the module `module`, or from the sealed memory."""
    if sealed is None:
        return Start((sys.executable, "-P", "-s", "-m", module), ())
    if sealed.is_whole:
        return Start((f"/proc/self/fd/{sealed.fd}", CHILD, str(sealed.fd)), (sealed.fd,))
    offset, size = sealed.boot
    code = f"import marshal,os;exec(marshal.loads(os.pread({sealed.fd},{size},{offset})),{{'__name__':'__main__'}})"
    options = ("-I", "-S", "-E", "-P", "-B")
    return Start((sys.executable, *options, "-c", code, CHILD, str(sealed.fd)), (sealed.fd,))


def describe(sealed: Place | None) -> dict[str, object]:
    """Return how this program was started, for people and programs that ask."""
    if sealed is None:
        return {"sealed": False}
    return {"sealed": True, "manifest_sha256": sealed.digest, "has_own_python": sealed.is_whole}
