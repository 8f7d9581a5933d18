"""Which files a process reads to resolve names and check certificates. Standard library only."""

import os
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path

DNS_PORT = 53

# What the C library's resolver reads, on each call or when it changes.
_RESOLVER = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/ld.so.cache",
    # How many threads look names up.
    "/sys/devices/system/cpu/online",
)


def resolver_files(maps: Path = Path("/proc/self/maps")) -> tuple[str, ...]:
    """Return the resolver's files, the folder a linked one is replaced in, and where its libraries are."""
    return tuple(dict.fromkeys((*_RESOLVER, *_replaced_in(_RESOLVER), *library_folders(maps))))


def authority_files(ca_files: Iterable[str]) -> tuple[str, ...]:
    """Return where certificate authorities are: `ca_files`, and OpenSSL's usual places."""
    usual = ssl.get_default_verify_paths()
    places = (*ca_files, usual.cafile, usual.capath, usual.openssl_cafile, usual.openssl_capath)
    return tuple(dict.fromkeys(str(Path(place).resolve()) for place in places if place))


def _replaced_in(files: Iterable[str]) -> Iterator[str]:
    """Yield the folders of files that are links to elsewhere (systemd-resolved writes a new one each time)."""
    for file in files:
        folder = os.path.dirname(os.path.realpath(file))  # noqa: PTH120 - of a path that need not exist
        if Path(file).is_symlink() and folder.startswith("/run/"):
            yield folder


def library_folders(maps: Path = Path("/proc/self/maps")) -> Iterator[str]:
    """Yield the folders of the C library that is loaded: what nsswitch.conf names lies beside it."""
    try:
        lines = maps.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        path = line.split(maxsplit=5)[5:]
        if path and Path(path[0]).name.startswith(("libc.so", "libc-", "ld-musl", "libc.musl")):
            yield str(Path(path[0]).parent)
