"""Make a sealed file from what is here: own sources, locked dependencies, an Ed25519 key."""

import base64
import hashlib
import json
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

import narrowgate
from narrowgate import __version__
from narrowgate.sealed import archive, contents, whole
from narrowgate.sealed.contents import BUILD_ONLY, CannotSeal
from narrowgate.sealed.keys import SigningKey
from narrowgate.sealed.provenance import statement, tree_digest
from narrowgate.sealed.unsigned import NO_SIGNATURE, SUFFIX, PublicKey, manifest_of, with_signature
from narrowgate.supply.distribution import normal_name
from narrowgate.supply.lock import read_lock
from narrowgate.supply.places.inventory import CannotLookError, take_inventory
from narrowgate.supply.report.sbom import sbom

Said = Callable[[str], None]
_DSSE = "application/vnd.in-toto+json"


class Wanted(msgspec.Struct, frozen=True):
    """What to make. `wheels` None takes the dependencies as installed; `lock` says which they must be."""

    lock: Path
    folder: Path
    wheels: Path | None = None
    is_whole: bool = False
    compiler: str = "gcc"


def make(wanted: Wanted, key: SigningKey | PublicKey, said: Said) -> list[Path]:
    """Write the sealed file, its manifest with signature, bill of materials and provenance; return their paths.

    With the public half of a key the file comes without a signature, and what is signed beside it is left out.

    Raises:
        CannotSeal: something is missing or is not what is locked.
    """
    tag = sys.implementation.cache_tag or "unknown"
    try:
        lock = wanted.lock.read_text(encoding="utf-8")
    except OSError as error:
        raise CannotSeal(f"'{wanted.lock}' cannot be read: {error.strerror}") from None
    root = Path(narrowgate.__file__).parent
    said("collecting files")
    own = contents.own_files(root)
    others = contents.installed_files(lock) if wanted.wheels is None else contents.wheel_files(wanted.wheels, lock)
    files = {**own, **others}
    prologue = archive.python_prologue(__version__, tag)
    if wanted.is_whole:
        said("compiling the standard library, linking the interpreter")
        prologue = whole.prologue(wanted.compiler)
        files = {**whole.library_files(), **files, whole.START: whole.start_code()}
        files[whole.GUARD] = whole.guard(wanted.compiler)
    name = f"narrowgate-{__version__}-linux-{platform.machine()}" + ("" if wanted.is_whole else f"-{_short(tag)}")
    locked = [entry for entry in read_lock(lock) if normal_name(entry.requirement.name) not in BUILD_ONLY]
    sources = tree_digest({p.relative_to(root).as_posix(): p.read_bytes() for p in _sources(root)})
    parameters = {"version": __version__, "python": platform.python_version() if wanted.is_whole else tag}
    parameters["variant"] = "whole" if wanted.is_whole else "python"
    said("describing them")
    bill = _encoded(_bill(wanted))
    inside = statement("files", tree_digest(files), sources, locked, parameters)
    files |= {"narrowgate-sbom.cdx.json": bill, "narrowgate-provenance.json": _encoded(inside)}
    said("sealing")
    sign = key.sign if isinstance(key, SigningKey) else _unsigned
    made = archive.lay_out(prologue, files, key.public, sign, tag)
    start, stop = manifest_of(made)
    beside = {f"{name}.sbom.cdx.json": bill, "narrowgate.pub": key.public_pem}
    manifest = {f"{name}.manifest": made[start:stop]}
    if not isinstance(key, SigningKey):
        return _write(wanted.folder, name + SUFFIX, made, {**manifest, **beside})
    outside = _encoded(statement(name, hashlib.sha256(made).hexdigest(), sources, locked, parameters))
    signature = {f"{name}.manifest.sig": made[stop : stop + len(NO_SIGNATURE)]}
    beside[f"{name}.intoto.json"] = _envelope(outside, key)
    return _write(wanted.folder, name, made, {**manifest, **signature, **beside})


def attach(unsigned: Path, signature: Path, key: PublicKey) -> list[Path]:
    """Put a signature into a file that was made without, beside it; return the paths of what was written.

    Raises:
        CannotSeal: one of the two is not what it should be.
    """
    if not unsigned.name.endswith(SUFFIX):
        raise CannotSeal(f"'{unsigned}' does not end in {SUFFIX}")
    made = with_signature(unsigned.read_bytes(), signature.read_bytes(), key)
    return _write(unsigned.parent, unsigned.name.removesuffix(SUFFIX), made, {})


def _write(folder: Path, name: str, made: bytes, beside: Mapping[str, bytes]) -> list[Path]:
    """Write the file itself, executable, its checksum, and what comes beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    checksum = f"{hashlib.sha256(made).hexdigest()}  {name}\n".encode()
    written = {name: made, **beside, f"{name}.sha256": checksum}
    for one, data in written.items():
        path = folder / one
        path.write_bytes(data)
        path.chmod(0o755 if one == name else 0o644)
    return [folder / one for one in written]


def _unsigned(_manifest: bytes) -> bytes:
    return NO_SIGNATURE


def _short(tag: str) -> str:
    return "cp" + tag.rpartition("-")[2]


def _sources(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]


def _bill(wanted: Wanted) -> dict[str, object]:
    try:
        found = take_inventory(str(wanted.lock), str(wanted.wheels) if wanted.wheels else None, _unsaid)
    except CannotLookError as error:
        raise CannotSeal(str(error)) from None
    kept = tuple(one for one in found.distributions if normal_name(one.name) not in BUILD_ONLY)
    return sbom(msgspec.structs.replace(found, place=f"narrowgate {__version__}", distributions=kept), __version__)


def _unsaid(_done: int, _total: int, _name: str) -> None:
    """Say nothing."""


def _encoded(document: dict[str, object]) -> bytes:
    return json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"


def _envelope(payload: bytes, key: SigningKey) -> bytes:
    """Return a DSSE envelope (https://github.com/secure-systems-lab/dsse, read 2026-11)."""
    signed = b"DSSEv1 %d %b %d %b" % (len(_DSSE), _DSSE.encode(), len(payload), payload)
    signature = {"keyid": key.fingerprint, "sig": base64.b64encode(key.sign(signed)).decode()}
    document = {"payloadType": _DSSE, "payload": base64.b64encode(payload).decode(), "signatures": [signature]}
    return json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"
