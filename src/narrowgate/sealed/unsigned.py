"""Files that are built where the signing key is not, and the signature that is put in afterwards.

Such a file has 64 zero bytes where its signature belongs, so it refuses to start. Its manifest is signed elsewhere,
by OpenSSL on a machine without a network for instance; whoever puts the signature in needs no secret.
"""

import re
from pathlib import Path

from narrowgate.sealed.boot import COMMENT_BYTES, FORMAT
from narrowgate.sealed.contents import CannotSeal
from narrowgate.sealed.ed25519 import verify
from narrowgate.sealed.public_keys import fingerprint, public_key_of

SUFFIX = ".unsigned"
NO_SIGNATURE = bytes(64)
_END = re.compile(f"{FORMAT} (\\d{{12}}) (\\d{{8}})".encode())


class PublicKey:
    """The public half of a signing key that is somewhere else."""

    def __init__(self, pem: str, raw: bytes) -> None:
        self.public = raw
        self.public_pem = pem.encode()
        self.fingerprint = fingerprint(raw)


def read_public_key(path: Path) -> PublicKey:
    """Return the public key in a PEM file.

    Raises:
        CannotSeal: there is none.
    """
    try:
        pem = path.read_text(encoding="ascii")
    except OSError as error:
        raise CannotSeal(f"'{path}' cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        pem = ""
    raw = public_key_of(pem)
    if raw is None:
        raise CannotSeal(f"'{path}' is no Ed25519 public key in PEM")
    return PublicKey(pem, raw)


def manifest_of(data: bytes) -> tuple[int, int]:
    """Return where the manifest of a sealed file begins and ends; its signature follows.

    Raises:
        CannotSeal: `data` is no such file.
    """
    end = _END.fullmatch(data[-COMMENT_BYTES:])
    start = int(end[1]) if end else 0
    stop = start + int(end[2]) if end else 0
    if not data[start:].startswith(FORMAT.encode()) or stop + len(NO_SIGNATURE) > len(data):
        raise CannotSeal("it is not a file that 'narrowgate seal' made")
    return start, stop


def with_signature(data: bytes, signature: bytes, key: PublicKey) -> bytes:
    """Return the sealed file `data` with `signature` in its place.

    Raises:
        CannotSeal: `data` is not without one, or the signature is not `key`'s for this manifest.
    """
    start, stop = manifest_of(data)
    if data[stop : stop + len(NO_SIGNATURE)] != NO_SIGNATURE:
        raise CannotSeal("it is signed already")
    if not verify(key.public, data[start:stop], signature):
        raise CannotSeal(f"the signature is not one of key {key.fingerprint} for this file's manifest")
    return data[:stop] + signature + data[stop + len(NO_SIGNATURE) :]
