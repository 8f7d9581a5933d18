"""Ed25519 keys in files: those that sign, and those that signatures are checked with."""

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from narrowgate.sealed.contents import CannotSeal
from narrowgate.sealed.public_keys import fingerprint


class SigningKey:
    """A private key; it is never shown."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self.sign: Callable[[bytes], bytes] = key.sign
        self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public_pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.fingerprint = fingerprint(self.public)

    def __repr__(self) -> str:
        return "<signing key>"


def read_signing_key(path: Path) -> SigningKey:
    """Return the private key in a PEM file.

    Raises:
        CannotSeal: there is none, or others may read it.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise CannotSeal(f"'{path}' can be read by others; chmod 600 it")
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        message = f"'{path}' cannot be read: {error.strerror}; make a key with: narrowgate seal --new-key FILE"
        raise CannotSeal(message) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise CannotSeal(
            f"'{path}' holds no Ed25519 key without a password; make one with: openssl genpkey -algorithm ed25519"
        )
    return SigningKey(key)


def write_new_key(path: Path) -> SigningKey:
    """Make a key and write it to a new file that only its owner can read.

    Raises:
        CannotSeal: the file is there already, or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CannotSeal(f"'{path}' cannot be made: {error.strerror}") from None
    with os.fdopen(fd, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return SigningKey(key)
