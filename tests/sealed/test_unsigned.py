"""A file made without its key does not start, and takes that key's signature and no other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from narrowgate.sealed.contents import CannotSeal
from narrowgate.sealed.keys import SigningKey
from narrowgate.sealed.unsigned import NO_SIGNATURE, PublicKey, manifest_of, read_public_key, with_signature
from tests.sealed.making import new_key, small_file, written


def public_half(key: SigningKey) -> PublicKey:
    return PublicKey(key.public_pem.decode(), key.public)


def unsigned_file(key: SigningKey) -> bytes:
    """What `small_file` lays out, as far as it was not signed."""
    signed = small_file(key)
    _, stop = manifest_of(signed)
    return signed[:stop] + NO_SIGNATURE + signed[stop + 64 :]


def test_a_signature_made_elsewhere_gives_the_file_that_the_key_would_have(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    unsigned = unsigned_file(key)
    start, stop = manifest_of(unsigned)
    assert with_signature(unsigned, key.sign(unsigned[start:stop]), public_half(key)) == small_file(key)


def test_openssl_can_sign(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    unsigned = unsigned_file(key)
    start, stop = manifest_of(unsigned)
    manifest = written(tmp_path, unsigned[start:stop], "manifest")
    signature = tmp_path / "signature"
    command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(tmp_path / "key.pem"), "-in", str(manifest)]
    subprocess.run([*command, "-out", str(signature)], check=True)
    assert with_signature(unsigned, signature.read_bytes(), public_half(key)) == small_file(key)


def test_without_a_signature_it_does_not_start(tmp_path: Path) -> None:
    path = written(tmp_path, unsigned_file(new_key(tmp_path)))
    command = [os.path.realpath(sys.executable), "-I", "-S", "-E", "-P", "-B", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert "signature" in done.stderr


@pytest.mark.parametrize("spoilt", ["other key", "other manifest", "short", "empty"])
def test_another_signature_is_refused(tmp_path: Path, spoilt: str) -> None:
    key = new_key(tmp_path)
    unsigned = unsigned_file(key)
    start, stop = manifest_of(unsigned)
    manifest = unsigned[start:stop]
    signature = {
        "other key": new_key(tmp_path, "other.pem").sign(manifest),
        "other manifest": key.sign(manifest + b"\n"),
        "short": key.sign(manifest)[:-1],
        "empty": b"",
    }[spoilt]
    with pytest.raises(CannotSeal, match="the signature is not one of key SHA256:"):
        with_signature(unsigned, signature, public_half(key))


def test_only_a_file_without_a_signature_takes_one(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    signed = small_file(key)
    start, stop = manifest_of(signed)
    with pytest.raises(CannotSeal, match="signed already"):
        with_signature(signed, key.sign(signed[start:stop]), public_half(key))
    for other in (b"", b"#!/bin/sh\n", signed[:-1], signed[-60:]):
        with pytest.raises(CannotSeal, match="not a file that"):
            with_signature(other, bytes(64), public_half(key))


def test_a_public_key_is_read_or_refused(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    path = written(tmp_path, key.public_pem, "key.pub")
    assert read_public_key(path).fingerprint == key.fingerprint
    with pytest.raises(CannotSeal, match="no Ed25519 public key"):
        read_public_key(tmp_path / "key.pem")
    with pytest.raises(CannotSeal, match="cannot be read"):
        read_public_key(tmp_path / "none.pub")
    with pytest.raises(CannotSeal, match="no Ed25519 public key"):
        read_public_key(written(tmp_path, b"\xff\xfe", "junk.pub"))
