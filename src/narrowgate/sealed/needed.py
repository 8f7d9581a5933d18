"""What a sealed file with its own Python needs beside it: the loader, shared libraries, certificate authorities.

They are taken from a root file system as the loader would find them there; nothing is run.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from narrowgate.sealed.boot import Broken, Sealed
from narrowgate.sealed.contents import CannotSeal
from narrowgate.sealed.inside import in_memory
from narrowgate.sealed.whole import GUARD
from narrowgate.supply.elf import MAGIC, Elf, NotReadableError, read_elf

_PROVENANCE = "narrowgate-provenance.json"
# e_machine to the name in image configurations and the folder of Debian's libraries. Sources:
# https://gabi.xinuos.com/elf/a-emachine.html, https://wiki.debian.org/Multiarch/Tuples (read November 2026).
_MACHINES: Mapping[int, tuple[str, str]] = {62: ("amd64", "x86_64-linux-gnu"), 183: ("arm64", "aarch64-linux-gnu")}
_FOLDERS = ("lib/{}", "usr/lib/{}", "lib64", "usr/lib64", "lib", "usr/lib", "usr/local/lib/{}", "usr/local/lib")
# Until version 2.33 the C library's resolver was in libraries of its own, loaded by what nsswitch.conf names.
_RESOLVER = ("libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2")
_RESOLVES_ITSELF = (2, 34)
_GLIBC = re.compile(rb"GNU C Library [^\n]* version (\d+)\.(\d+)")
# Where OpenSSL looks for authorities when nobody says, compiled into its library.
_AUTHORITIES_FILE = re.compile(rb"\0(/[ -~]{1,200}/cert\.pem)\0")
AUTHORITIES = ("etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt", "etc/ssl/ca-bundle.pem")
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


class Program(msgspec.Struct, frozen=True):
    """A sealed file with its own Python, checked. `guard` is the program that starts it, `digest` its manifest's."""

    data: bytes
    version: str
    digest: str
    guard: bytes
    architecture: str
    loader: str
    needed: tuple[str, ...]


class Library(msgspec.Struct, frozen=True):
    """One file, and the absolute path at which the loader will look for it."""

    path: str
    data: bytes


class Authorities(msgspec.Struct, frozen=True):
    """Certificates that servers are checked with. `looked_at` is where OpenSSL looks when nobody says."""

    data: bytes
    looked_at: str

    @property
    def count(self) -> int:
        """How many there are."""
        return self.data.count(_CERTIFICATE)


def read_program(path: Path, key: bytes) -> Program:
    """Return a sealed file, every byte of it checked against the public key `key`.

    Raises:
        CannotSeal: it is not as signed, or not the variant with its own Python.
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    if not data.startswith(MAGIC):
        raise CannotSeal(f"'{path}' needs a Python where it runs; make one with its own: narrowgate seal --whole")
    fd = in_memory("narrowgate", data)
    try:
        sealed = Sealed(fd, key, is_any_python=True)
        sealed.check()
        libraries = [read_elf(sealed.read(name)) for name in sealed.entries if name.endswith(".so")]
        if GUARD not in sealed.entries:
            raise CannotSeal(f"'{path}' holds no {GUARD}; seal it anew with this version")
        guard, version = sealed.read(GUARD), _version(sealed.read(_PROVENANCE))
        own = read_elf(data)
    except (Broken, KeyError, NotReadableError, ValueError) as error:
        raise CannotSeal(f"'{path}' is not what was signed: {error}; get it anew") from None
    finally:
        os.close(fd)
    if own.machine not in _MACHINES or not own.interpreter.startswith("/"):
        raise CannotSeal(f"'{path}' is made for a processor or a loader that images are not made for")
    names = {name for elf in (own, *libraries) for name in elf.needed}
    digest = hashlib.sha256(sealed.manifest).hexdigest()
    return Program(data, version, digest, guard, _MACHINES[own.machine][0], own.interpreter, tuple(sorted(names)))


def libraries_of(program: Program, root: Path, folders: Sequence[Path] = ()) -> tuple[Library, ...]:
    """Return the loader and all libraries of a program, each once, in order of their paths.

    They are looked for in `folders`, then where loaders look in the file system below `root`. All but the loader get a
    place in the C library's folder: each loader looks there, and a list of other places would be one more file.

    Raises:
        CannotSeal: one is not there, or is for another processor.
    """
    machine, triplet = next((number, two[1]) for number, two in _MACHINES.items() if two[0] == program.architecture)
    usual = [root / folder.format(triplet) for folder in _FOLDERS]
    loader = root / program.loader.lstrip("/")
    found: dict[str, tuple[Path, bytes]] = {}
    waiting = [*program.needed, "libc.so.6"]
    while waiting:
        name = waiting.pop()
        if name in found or name == loader.name:
            continue
        # The C library belongs to the loader, which comes from there as well.
        path, data, elf = _found(name, usual if name == "libc.so.6" else [*folders, *usual], machine)
        found[name] = (path, data)
        waiting += elf.needed
        if name == "libc.so.6" and _glibc(data) < _RESOLVES_ITSELF:
            waiting += _RESOLVER
    folder = "/" + found["libc.so.6"][0].parent.relative_to(root).as_posix()
    libraries = [Library(f"{folder}/{name}", data) for name, (_, data) in found.items()]
    try:
        libraries.append(Library(program.loader, loader.read_bytes()))
    except OSError as error:
        raise CannotSeal(f"'{loader}' cannot be read: {error.strerror}") from None
    return tuple(sorted(libraries, key=lambda one: one.path))


def authorities_of(libraries: Iterable[Library], root: Path, file: Path | None = None) -> Authorities:
    """Return the certificate authorities in `file`, or those of the file system below `root`.

    Raises:
        CannotSeal: there are none, or no OpenSSL among the libraries says where it looks.
    """
    usual = (root / name for name in AUTHORITIES)
    path = file or next((one for one in usual if one.is_file()), root / AUTHORITIES[0])
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CannotSeal(f"'{path}' cannot be read: {error.strerror}; name another with --authorities") from None
    if _CERTIFICATE not in data:
        raise CannotSeal(f"'{path}' holds no certificate in PEM; name another with --authorities")
    for library in libraries:
        if library.path.rpartition("/")[2].startswith("libcrypto.so"):
            looked_at = _AUTHORITIES_FILE.search(library.data)
            if looked_at is not None:
                return Authorities(data, looked_at[1].decode())
    raise CannotSeal("no OpenSSL among the libraries says where it looks for certificate authorities")


def _found(name: str, places: Iterable[Path], machine: int) -> tuple[Path, bytes, Elf]:
    for path in _candidates(name, places):
        try:
            data = path.read_bytes()
            elf = read_elf(data)
        except NotReadableError:
            continue
        if elf.machine == machine:
            return path, data, elf
    raise CannotSeal(f"library '{name}' is not there for this processor; name its folder with --libraries")


def _candidates(name: str, places: Iterable[Path]) -> Iterator[Path]:
    yield from (place / name for place in places if "/" not in name and (place / name).is_file())


def _version(provenance: bytes) -> str:
    """Return the version in a statement of provenance."""
    document: object = msgspec.json.decode(provenance)
    for name in ("predicate", "buildDefinition", "externalParameters", "version"):
        if not isinstance(document, dict) or name not in document:
            raise ValueError(f"{_PROVENANCE} tells no version")
        document = document[name]
    return str(document)


def _glibc(data: bytes) -> tuple[int, int]:
    said = _GLIBC.search(data)
    return (int(said[1]), int(said[2])) if said else (0, 0)
