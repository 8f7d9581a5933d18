"""Our own signatures are those that cryptography makes and takes."""

import os

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from narrowgate.signing.rsa import read_key, sign_ps256, sign_rs256
from narrowgate.wire.errors import WireError

KEYS = [rsa.generate_private_key(65_537, bits) for bits in (2_048, 2_049, 3_072)]
PKCS8, PKCS1 = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
PLAIN = serialization.NoEncryption()


def pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    form: serialization.PrivateFormat = PKCS8,
    how: serialization.KeySerializationEncryption = PLAIN,
) -> str:
    return key.private_bytes(serialization.Encoding.PEM, form, how).decode()


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("form", [PKCS8, PKCS1])
def test_signatures_are_those_of_cryptography(key: rsa.RSAPrivateKey, form: serialization.PrivateFormat) -> None:
    own = read_key(pem(key, form))
    for message in (b"", b"claims", os.urandom(1_000)):
        signature = sign_rs256(own, message, os.urandom)
        assert signature == key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        key.public_key().verify(sign_ps256(own, message, os.urandom), message, pss, hashes.SHA256())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no RSA private key"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "not an RSA key"),
        (pem(KEYS[0], PKCS8, serialization.BestAvailableEncryption(b"x")), "encrypted"),
        (pem(rsa.generate_private_key(65_537, 1_024)), "2_048"),
        ("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----", "DER"),
    ],
)
def test_what_cannot_be_used_is_refused(text: str, said: str) -> None:
    with pytest.raises(WireError, match=said):
        read_key(text)


def test_a_key_with_a_wrong_half_signs_nothing_and_shows_nothing() -> None:
    own = read_key(pem(KEYS[0]))
    with pytest.raises(WireError, match="public half"):
        sign_rs256(own._replace(dp=own.dp + 2), b"x", os.urandom)
    assert str(own.p) not in repr(own)
