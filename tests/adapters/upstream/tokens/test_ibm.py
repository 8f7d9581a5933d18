from narrowgate.adapters.upstream.tokens.ibm import obtain
from narrowgate.signing.identities import IbmKey
from tests.adapters.upstream.tokens.fakes import NOW_S, Asked, got, never, reason

KEY = IbmKey("https://iam.cloud.ibm.com/identity/token", "api-key-1")


def test_a_key_is_changed_for_a_token() -> None:
    ask = Asked({"access_token": "t", "expires_in": 3_600, "expiration": 5})
    held = got(obtain(KEY, ask, NOW_S))
    assert (held.value, held.expires_s) == ("t", NOW_S + 3_600)
    assert ask.urls == ["POST https://iam.cloud.ibm.com/identity/token"]
    assert ask.fields() == {"grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": "api-key-1"}


def test_a_refusal_is_told_by_its_code_alone() -> None:
    refusal = {"errorCode": "BXNIM0415E", "errorMessage": "Provided API key api-key-1 could not be found."}
    error = reason(obtain(KEY, Asked(refusal, status=400), NOW_S), "IBM Cloud's IAM answered 400 (BXNIM0415E)")
    assert error.is_final
    never(["api-key-1"], error)
    assert not reason(obtain(KEY, Asked("oops", status=502), NOW_S), "answered 502").is_final
