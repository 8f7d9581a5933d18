"""Make the signed claims (JWT) that services and applications prove themselves with. Pure.

Source: RFC 7515 sections 3 and 7.1, RFC 7519, RFC 7518 section 3.1 (read 2026-11).
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from narrowgate.signing.rsa import Chance, RsaKey, sign_ps256, sign_rs256


def rs256(claims: Mapping[str, str | int], key: RsaKey, chance: Chance, header: Mapping[str, str]) -> str:
    """Return `claims` signed by RSASSA-PKCS1-v1_5 with SHA-256; `header` is added to the JWT's own."""
    text = _text({"alg": "RS256", "typ": "JWT", **header}, claims)
    return f"{text}.{base64url(sign_rs256(key, text.encode(), chance))}"


def ps256(claims: Mapping[str, str | int], key: RsaKey, chance: Chance, header: Mapping[str, str]) -> str:
    """Return `claims` signed by RSASSA-PSS with SHA-256; `header` is added to the JWT's own."""
    text = _text({"alg": "PS256", "typ": "JWT", **header}, claims)
    return f"{text}.{base64url(sign_ps256(key, text.encode(), chance))}"


def base64url(data: bytes) -> str:
    """Return `data` in the alphabet for URLs, without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _text(header: Mapping[str, str], claims: Mapping[str, str | int]) -> str:
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (header, claims))
    return ".".join(map(base64url, parts))
