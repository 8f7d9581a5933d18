"""Public Ed25519 keys as PEM: read and named with the standard library alone."""

import base64
import binascii
import hashlib

# SubjectPublicKeyInfo of an Ed25519 key up to the key itself.
# Source: https://www.rfc-editor.org/rfc/rfc8410 (read 2026-11).
_PREFIX = bytes.fromhex("302a300506032b6570032100")


def public_key_of(pem: str) -> bytes | None:
    """Return the 32 bytes of a public key in PEM, None when `pem` is none."""
    lines = [line.strip() for line in pem.strip().splitlines()]
    if lines[:1] != ["-----BEGIN PUBLIC KEY-----"] or lines[-1:] != ["-----END PUBLIC KEY-----"]:
        return None
    try:
        data = base64.b64decode("".join(lines[1:-1]), validate=True)
    except binascii.Error:
        return None
    return data[len(_PREFIX) :] if data.startswith(_PREFIX) and len(data) == len(_PREFIX) + 32 else None


def fingerprint(public_key: bytes) -> str:
    """Return a key's name for people: the SHA-256 of its 32 bytes, base64 without padding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public_key).digest()).decode().rstrip("=")
