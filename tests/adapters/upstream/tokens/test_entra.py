import json
from base64 import urlsafe_b64decode
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from narrowgate.adapters.upstream.tokens.entra import obtain
from narrowgate.signing.identities import EntraApp, EntraManaged
from tests.adapters.upstream.tokens.fakes import NOW_S, Asked, chance, got, never, reason

URL = "https://login.microsoftonline.com/t/oauth2/v2.0/token"
TOKEN = {"access_token": "t", "expires_in": 3_599}


def test_an_application_is_proved_by_its_secret() -> None:
    ask = Asked(TOKEN)
    held = got(obtain(EntraApp(URL, "c", "scope/.default", client_secret="s3cret"), ask, NOW_S, chance))
    assert (held.value, held.expires_s) == ("t", NOW_S + 3_599)
    sent = {"grant_type": "client_credentials", "client_id": "c", "scope": "scope/.default", "client_secret": "s3cret"}
    assert (ask.urls, ask.fields()) == ([f"POST {URL}"], sent)


def test_or_by_a_token_that_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "token"
    app = EntraApp(URL, "c", "s", token_file=str(file))
    for token in ("one", "two"):
        file.write_text(token)
        ask = Asked(TOKEN)
        got(obtain(app, ask, NOW_S, chance))
        assert ask.fields()["client_assertion"] == token
        assert ask.fields()["client_assertion_type"].endswith("jwt-bearer")
    file.unlink()
    reason(obtain(app, Asked(TOKEN), NOW_S, chance), "cannot be read")


def test_or_by_claims_signed_with_its_certificates_key() -> None:
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key = rsa.generate_private_key(65_537, 2_048)
    pem = key.private_bytes(serialization.Encoding.PEM, form, plain).decode()
    ask = Asked(TOKEN)
    got(obtain(EntraApp(URL, "c", "s", private_key=pem, thumbprint="print"), ask, NOW_S, chance))
    header, claims = (
        json.loads(urlsafe_b64decode(part + "==")) for part in ask.fields()["client_assertion"].split(".")[:2]
    )
    assert header == {"alg": "PS256", "typ": "JWT", "x5t#S256": "print"}
    assert (claims["aud"], claims["iss"], claims["sub"]) == (URL, "c", "c")
    assert claims["exp"] - claims["nbf"] == 600
    assert claims["jti"]


def test_a_managed_identity_is_asked_for_at_the_machine_or_the_service() -> None:
    ask = Asked(TOKEN)
    got(obtain(EntraManaged("http://169.254.169.254/x", "https://r"), ask, NOW_S, chance))
    assert ask.urls == ["GET http://169.254.169.254/x?api-version=2018-02-01&resource=https%3A%2F%2Fr"]
    assert ask.headers == [{"metadata": "true"}]
    ask = Asked({"access_token": "t", "expires_on": str(int(NOW_S) + 9)})
    held = got(obtain(EntraManaged("http://localhost:1/y", "r", "mine", "header"), ask, NOW_S, chance))
    assert held.expires_s == NOW_S + 9
    assert ask.urls == ["GET http://localhost:1/y?api-version=2019-08-01&resource=r&client_id=mine"]
    assert ask.headers == [{"x-identity-header": "header"}]


def test_a_refusal_is_told_without_its_description() -> None:
    refusal = {"error": "invalid_client", "error_description": "AADSTS7000215: s3cret"}
    app = EntraApp(URL, "c", "s", client_secret="s3cret")
    error = reason(obtain(app, Asked(refusal, status=401), NOW_S, chance), "Entra ID answered 401 (invalid_client)")
    never(["s3cret"], error)
