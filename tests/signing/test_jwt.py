import json
import os
from base64 import urlsafe_b64decode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from narrowgate.signing.jwt import base64url, ps256, rs256
from narrowgate.signing.rsa import read_key

KEY = rsa.generate_private_key(65_537, 2_048)
OWN = read_key(
    KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
)
CLAIMS: dict[str, str | int] = {"iss": "é", "exp": 1}


def parts(token: str) -> tuple[dict[str, object], dict[str, object], bytes]:
    header, claims, proof = (urlsafe_b64decode(part + "==") for part in token.split("."))
    return json.loads(header), json.loads(claims), proof


def test_claims_are_signed_as_the_header_says() -> None:
    token = rs256(CLAIMS, OWN, os.urandom, {"kid": "k"})
    header, claims, proof = parts(token)
    assert (header, claims) == ({"alg": "RS256", "typ": "JWT", "kid": "k"}, CLAIMS)
    KEY.public_key().verify(proof, token.rpartition(".")[0].encode(), padding.PKCS1v15(), hashes.SHA256())
    token = ps256(CLAIMS, OWN, os.urandom, {})
    header, claims, proof = parts(token)
    assert (header, claims) == ({"alg": "PS256", "typ": "JWT"}, CLAIMS)
    salted = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    KEY.public_key().verify(proof, token.rpartition(".")[0].encode(), salted, hashes.SHA256())


def test_base64_for_urls_has_no_padding() -> None:
    assert base64url(b"\xfb\xff") == "-_8"
    assert base64url(b"") == ""
