"""RSA signatures of our own, since what holds the keys loads no third-party code. A few an hour, not more.

Private operations are blinded, done by the Chinese remainder theorem, and checked before they are
given away: see docs/adr/0013-own-rsa-signatures.md. Chance comes in as a parameter.
Source: RFC 8017 sections 5.2, 8.1, 8.2 and 9; RFC 5958; RFC 7518 sections 3.3 and 3.5 (read 2026-11).
"""

from collections.abc import Callable
from hashlib import sha256
from math import gcd
from typing import NamedTuple

from narrowgate.signing.der import OBJECT, OCTETS, SEQUENCE, DerReader, pem_blocks
from narrowgate.wire.errors import WireError

Chance = Callable[[int], bytes]

_RSA = bytes.fromhex("2a864886f70d010101")
# DigestInfo of SHA-256 up to the hash itself (RFC 8017 section 9.2, note 1).
_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
_FEWEST_BITS, _MOST_BITS = 2_048, 8_192
_SALT_BYTES = 32


class RsaKey(NamedTuple):
    """A private key of two primes `p` and `q`; `dp`, `dq` and `inverse` (of q modulo p) serve the CRT."""

    n: int
    e: int
    p: int
    q: int
    dp: int
    dq: int
    inverse: int

    def __repr__(self) -> str:
        return f"<rsa key of {self.n.bit_length()} bits>"


def read_key(text: str) -> RsaKey:
    """Return the private key in PEM `text`: PKCS #8 or PKCS #1, not encrypted.

    Raises:
        WireError: there is none that can be used. Nothing of it is told.
    """
    for label, der in pem_blocks(text):
        if label == "PRIVATE KEY":
            return _from_pkcs8(der)
        if label == "RSA PRIVATE KEY":
            return _from_pkcs1(der)
        if label == "ENCRYPTED PRIVATE KEY":
            raise WireError("the private key is encrypted; store it without a passphrase")
    raise WireError("there is no RSA private key in PEM")


def sign_rs256(key: RsaKey, message: bytes, chance: Chance) -> bytes:
    """Return the signature RSASSA-PKCS1-v1_5 with SHA-256; `chance(n)` gives n unpredictable bytes."""
    size = _size(key)
    info = _SHA256_INFO + sha256(message).digest()
    padding = b"\xff" * (size - len(info) - 3)
    return _raise(key, b"\0\1" + padding + b"\0" + info, chance)


def sign_ps256(key: RsaKey, message: bytes, chance: Chance) -> bytes:
    """Return the signature RSASSA-PSS with SHA-256 and a salt as long as the hash."""
    bits = key.n.bit_length() - 1
    size = (bits + 7) // 8
    salt = chance(_SALT_BYTES)
    hashed = sha256(bytes(8) + sha256(message).digest() + salt).digest()
    block = bytes(size - len(salt) - len(hashed) - 2) + b"\1" + salt
    mask = _mask(hashed, len(block))
    masked = bytes(a ^ b for a, b in zip(block, mask, strict=True))
    first = masked[0] & (0xFF >> (8 * size - bits))
    encoded = bytes((first,)) + masked[1:] + hashed + b"\xbc"
    return _raise(key, encoded, chance)


def _raise(key: RsaKey, encoded: bytes, chance: Chance) -> bytes:
    """Return `encoded` to the power of the private exponent.

    `pow` takes a time that depends on its numbers; blinded, they are none that anybody else knows.
    """
    number = int.from_bytes(encoded, "big")
    while True:
        blind = int.from_bytes(chance(_size(key)), "big") % key.n
        if blind > 1 and gcd(blind, key.n) == 1:
            break
    blinded = number * pow(blind, key.e, key.n) % key.n
    by_p, by_q = pow(blinded % key.p, key.dp, key.p), pow(blinded % key.q, key.dq, key.q)
    root = by_q + key.q * (key.inverse * (by_p - by_q) % key.p)
    signature = root * pow(blind, -1, key.n) % key.n
    # A wrong bit in one half would give the primes away (Boneh, DeMillo, Lipton 1997).
    if pow(signature, key.e, key.n) != number:
        raise WireError("the private key does not fit its own public half")
    return signature.to_bytes(_size(key), "big")


def _size(key: RsaKey) -> int:
    return (key.n.bit_length() + 7) // 8


def _mask(seed: bytes, length: int) -> bytes:
    """MGF1 with SHA-256."""
    blocks = range((length + 31) // 32)
    return b"".join(sha256(seed + block.to_bytes(4, "big")).digest() for block in blocks)[:length]


def _from_pkcs8(der: bytes) -> RsaKey:
    reader = DerReader(der).sequence()
    reader.integer()
    if DerReader(reader.take(SEQUENCE)).take(OBJECT) != _RSA:
        raise WireError("the private key is not an RSA key")
    return _from_pkcs1(reader.take(OCTETS))


def _from_pkcs1(der: bytes) -> RsaKey:
    reader = DerReader(der).sequence()
    version, n, e, _, p, q, dp, dq, inverse = (reader.integer() for _ in range(9))
    if version != 0 or p * q != n or e < 3 or not e & 1:
        raise WireError("the private key is not one of two primes")
    if not _FEWEST_BITS <= n.bit_length() <= _MOST_BITS:
        raise WireError(f"the private key has not {_FEWEST_BITS:_} to {_MOST_BITS:_} bits")
    if inverse * q % p != 1 or e * dp % (p - 1) != 1 or e * dq % (q - 1) != 1:
        raise WireError("the private key contradicts itself")
    return RsaKey(n, e, p, q, dp, dq, inverse)
