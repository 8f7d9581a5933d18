import json
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from narrowgate.adapters.upstream.tokens.google import obtain
from narrowgate.signing.identities import GoogleFederated, GoogleKey, GoogleMetadata, GoogleUser
from narrowgate.wire.errors import WireError
from tests.adapters.upstream.tokens.fakes import NOW_S, Asked, answer, chance, got, never, reason

URL = "https://oauth2.googleapis.com/token"
TOKEN = {"access_token": "t", "expires_in": 3_599}
STS = "https://sts.googleapis.com/v1/token"


def federated(file: str = "", url: str = "", field: str = "", then: str = "") -> GoogleFederated:
    return GoogleFederated("aud", "jwt", STS, "scope", file, url, (("x-a", "b"),), field, then)


def test_a_service_account_signs_claims() -> None:
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = rsa.generate_private_key(65_537, 2_048).private_bytes(serialization.Encoding.PEM, form, plain).decode()
    ask = Asked(TOKEN)
    held = got(obtain(GoogleKey("s@p", "kid-1", pem, URL, "scope"), ask, NOW_S, chance))
    assert (held.value, held.expires_s) == ("t", NOW_S + 3_599)
    assert ask.fields()["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    parts = ask.fields()["assertion"].split(".")[:2]
    header, claims = (json.loads(urlsafe_b64decode(part + "==")) for part in parts)
    assert header == {"alg": "RS256", "typ": "JWT", "kid": "kid-1"}
    now_s = int(NOW_S)
    assert claims == {"iss": "s@p", "scope": "scope", "aud": URL, "iat": now_s, "exp": now_s + 3_600}


def test_a_key_that_is_none_is_a_fault_of_its_own() -> None:
    with pytest.raises(WireError):
        got(obtain(GoogleKey("s@p", "", "junk", URL, "scope"), Asked(TOKEN), NOW_S, chance))


def test_a_user_has_a_refresh_token() -> None:
    ask = Asked(TOKEN)
    got(obtain(GoogleUser("c", "s", "r", URL), ask, NOW_S, chance))
    assert ask.fields() == {
        "grant_type": "refresh_token",
        "refresh_token": "r",
        "client_id": "c",
        "client_secret": "s",
    }


def test_the_metadata_server_wants_its_header() -> None:
    ask = Asked(TOKEN)
    got(obtain(GoogleMetadata("http://169.254.169.254/x"), ask, NOW_S, chance))
    assert (ask.urls, ask.headers) == (["GET http://169.254.169.254/x"], [{"metadata-flavor": "Google"}])


def test_anothers_token_is_exchanged_and_then_for_an_accounts(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text('{"id": "subject"}')
    ask = Asked(TOKEN, {"accessToken": "of-account", "expireTime": "2027-01-31T12:00:00.5Z"})
    held = got(obtain(federated(str(file), field="id", then="https://iam/x"), ask, NOW_S, chance))
    assert held.value == "of-account"
    assert held.expires_s == 1_801_396_800
    assert ask.fields() == {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": "aud",
        "scope": "scope",
        "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token_type": "jwt",
        "subject_token": "subject",
    }
    assert ask.headers[1]["authorization"] == "Bearer t"
    assert json.loads(ask.bodies[1]) == {"scope": ["scope"], "lifetime": "3600s"}


def test_anothers_token_can_be_what_an_address_answers() -> None:
    ask = Asked("subject\n", TOKEN)
    got(obtain(federated(url="https://issuer/t"), ask, NOW_S, chance))
    assert (ask.urls[0], ask.headers[0]) == ("GET https://issuer/t", {"x-a": "b"})
    assert ask.fields(1)["subject_token"] == "subject"
    reason(obtain(federated(url="https://issuer/t"), Asked("no", status=500), NOW_S, chance), "subject token", "500")


def test_refusals_are_told_by_their_word() -> None:
    user = GoogleUser("c", "s3cret", "r", URL)
    refusal = {"error": "invalid_grant", "error_description": "s3cret"}
    error = reason(obtain(user, Asked(refusal, status=400), NOW_S, chance), "answered 400 (invalid_grant)")
    assert error.is_final
    never(["s3cret"], error)
    denied = answer({"error": {"status": "PERMISSION_DENIED", "message": "x"}}, 403)
    asking = obtain(federated(url="https://i", then="https://iam"), Asked("s", TOKEN, denied), NOW_S, chance)
    reason(asking, "Google's IAM answered 403 (PERMISSION_DENIED)")
    asking = obtain(
        federated(url="https://i", then="https://iam"), Asked("s", TOKEN, {"accessToken": "a"}), NOW_S, chance
    )
    reason(asking, "without expireTime")
