import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.signing.sigv4 import (
    Authorization,
    Credentials,
    Flaw,
    SignableRequest,
    parse_authorization,
    sign,
    verify,
)
from narrowgate.wire.errors import WireError

# AWS's own test suite: one key, one moment, one service.
_KEY = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
_NOW_S = 1_440_938_160
_HOST = ("Host", "example.amazonaws.com")
_FORM = ("Content-Type", "application/x-www-form-urlencoded")
_UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VANILLA = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
_POST_VANILLA = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"


def _signature(request: SignableRequest) -> str:
    return dict(sign(request, _KEY, "us-east-1", "service", _NOW_S))["authorization"].rpartition("=")[2]


def _signed(request: SignableRequest, key: Credentials = _KEY, region: str = "us-east-1") -> SignableRequest:
    return request._replace(headers=(*request.headers, *sign(request, key, region, "bedrock", _NOW_S)))


def _check(request: SignableRequest, secret: str = _KEY.secret_key, now_s: int = _NOW_S) -> Flaw | None:
    value = next(value for name, value in request.headers if name.lower() == "authorization")
    return verify(request, parse_authorization(value), secret, now_s)


_ASKED = SignableRequest(
    "POST",
    "/model/anthropic.claude%3A0/converse",
    "",
    (("Host", "bedrock-runtime.us-east-1.amazonaws.com"), ("Content-Type", "application/json"), ("User-Agent", "x/1")),
    b'{"messages":[]}',
)


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "signature"),
    [
        ("GET", "/", "", (), b"", _VANILLA),
        ("GET", "", "", (), b"", _VANILLA),
        ("GET", "//", "", (), b"", _VANILLA),
        ("GET", "/example/..", "", (), b"", _VANILLA),
        ("GET", "/example1/example2/../..", "", (), b"", _VANILLA),
        ("GET", "/./", "", (), b"", _VANILLA),
        ("GET", "/ሴ", "", (), b"", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        (
            "GET",
            f"/{_UNRESERVED}",
            "",
            (),
            b"",
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
        ),
        (
            "GET",
            "/",
            "Param2=value2&Param1=value1",
            (),
            b"",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "GET",
            "/",
            f"{_UNRESERVED}={_UNRESERVED}",
            (),
            b"",
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
        (
            "GET",
            "/",
            "",
            (("My-Header1", "  value1"), ("My-Header2", '  "a   b   c"')),
            b"",
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
        ("POST", "/", "", (), b"", _POST_VANILLA),
        (
            "POST",
            "/",
            "",
            (_FORM,),
            b"Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            "POST",
            "/",
            "",
            (("My-Header1", "value1"),),
            b"",
            "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
        ),
        (
            "POST",
            "/",
            "",
            (("My-Header1", "VALUE1"),),
            b"",
            "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
        ),
    ],
)
def test_the_signatures_are_those_of_aws_own_test_suite(
    method: str, path: str, query: str, headers: tuple[tuple[str, str], ...], body: bytes, signature: str
) -> None:
    assert _signature(SignableRequest(method, path, query, (_HOST, *headers), body)) == signature


def test_the_example_of_the_manual_comes_out() -> None:
    request = SignableRequest(
        "GET",
        "/",
        "Action=ListUsers&Version=2010-05-08",
        (("Host", "iam.amazonaws.com"), ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")),
        b"",
    )
    assert dict(sign(request, _KEY, "us-east-1", "iam", _NOW_S)) == {
        "x-amz-date": "20150830T123600Z",
        "authorization": (
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        ),
    }


def test_a_session_token_is_sent_and_signed() -> None:
    added = dict(sign(_ASKED, Credentials("A", "s", "token"), "us-east-1", "bedrock", _NOW_S))
    assert added["x-amz-security-token"] == "token"
    assert "x-amz-security-token" in parse_authorization(added["authorization"]).signed_headers


def test_what_the_way_changes_is_not_signed() -> None:
    headers = tuple((n, "proxy/2" if n == "User-Agent" else v) for n, v in _signed(_ASKED).headers)
    assert _check(_signed(_ASKED)._replace(headers=headers)) is None


@given(
    st.text(st.sampled_from("abc%3A/._~:"), max_size=30),
    st.text(st.sampled_from("ab=&%20"), max_size=20),
    st.binary(max_size=40),
)
def test_what_was_signed_counts(path: str, query: str, body: bytes) -> None:
    assert _check(_signed(SignableRequest("POST", f"/{path}", query, (_HOST,), body))) is None


@pytest.mark.parametrize(
    "changed",
    [
        _signed(_ASKED)._replace(method="GET"),
        _signed(_ASKED)._replace(path="/model/anthropic.claude:0/converse"),
        _signed(_ASKED)._replace(query="a=b"),
        _signed(_ASKED)._replace(body=b'{"messages":[1]}'),
        _signed(_ASKED)._replace(body=b""),
    ],
)
def test_a_changed_request_does_not_count(changed: SignableRequest) -> None:
    assert _check(changed) is Flaw.MISMATCH


def test_another_secret_does_not_count() -> None:
    assert _check(_signed(_ASKED), secret="other") is Flaw.MISMATCH


def test_a_changed_signed_header_does_not_count() -> None:
    headers = tuple((n, "text/plain" if n == "Content-Type" else v) for n, v in _signed(_ASKED).headers)
    assert _check(_signed(_ASKED)._replace(headers=headers)) is Flaw.MISMATCH


@pytest.mark.parametrize("late_s", [-301, 301, 86_400])
def test_an_old_or_early_signature_does_not_count(late_s: int) -> None:
    assert _check(_signed(_ASKED), now_s=_NOW_S + late_s) is Flaw.EXPIRED
    assert _check(_signed(_ASKED), now_s=_NOW_S + (300 if late_s > 0 else -300)) is None


def test_an_aws_header_that_was_not_signed_does_not_count() -> None:
    signed = _signed(_ASKED)
    smuggled = signed._replace(headers=(*signed.headers, ("X-Amz-Target", "other")))
    assert _check(smuggled) is Flaw.UNSIGNED_HEADER


def test_a_second_host_does_not_count() -> None:
    signed = _signed(_ASKED)
    assert _check(signed._replace(headers=(*signed.headers, ("host", "x")))) is Flaw.UNSIGNED_HEADER


def test_a_signed_header_that_is_missing_does_not_count() -> None:
    signed = _signed(_ASKED)
    assert _check(signed._replace(headers=signed.headers[:1] + signed.headers[2:])) is Flaw.UNSIGNED_HEADER


@pytest.mark.parametrize("stamp", ["20150231T000000Z", "now", "20150829T123600Z"])
def test_a_date_that_is_none_or_not_the_credentials_does_not_count(stamp: str) -> None:
    signed = _signed(_ASKED)
    headers = tuple((n, stamp if n == "x-amz-date" else v) for n, v in signed.headers)
    assert _check(signed._replace(headers=headers)) is Flaw.NO_DATE


def test_a_body_whose_hash_is_another_does_not_count() -> None:
    asked = _ASKED._replace(headers=(*_ASKED.headers, ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")))
    assert _check(_signed(asked)) is Flaw.WRONG_CONTENT


def test_the_region_and_the_service_are_signed() -> None:
    signed = _signed(_ASKED)
    value = parse_authorization(dict(signed.headers)["authorization"])
    assert (value.region, value.service, value.access_key_id) == ("us-east-1", "bedrock", "AKIDEXAMPLE")
    assert verify(signed, value._replace(region="eu-west-1"), _KEY.secret_key, _NOW_S) is Flaw.MISMATCH


def test_white_space_around_the_commas_does_not_matter() -> None:
    key = "Credential=a/b/20150830/r/s/aws4_request"
    value = f"AWS4-HMAC-SHA256 {key},SignedHeaders=host;x-amz-date,  Signature={'0' * 64}"
    assert parse_authorization(value) == Authorization("a/b", "20150830", "r", "s", ("host", "x-amz-date"), "0" * 64)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer x",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request, SignedHeaders=host",
        f"AWS4-HMAC-SHA256 Credential=a/20150830/r/aws4_request, SignedHeaders=host, Signature={'0' * 64}",
        f"AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request, SignedHeaders=host;host, Signature={'0' * 64}",
        "AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request, SignedHeaders=host, Signature=00",
        f"AWS4-HMAC-SHA256 Credential=a/2/r/s/aws4_request, Signature=1, SignedHeaders=host, Signature={'0' * 64}",
    ],
)
def test_what_is_no_signature_is_a_wire_error(value: str) -> None:
    with pytest.raises(WireError, match="authorization"):
        parse_authorization(value)


@given(st.text(max_size=60))
def test_junk_is_a_wire_error(junk: str) -> None:
    with pytest.raises(WireError):
        parse_authorization(f"AWS4-HMAC-SHA256 {junk}")


@given(st.integers(0, 253_402_300_799))
def test_every_moment_has_its_stamp(now_s: int) -> None:
    signed = sign(_ASKED, _KEY, "r", "s", now_s)
    request = _ASKED._replace(headers=(*_ASKED.headers, *signed))
    assert verify(request, parse_authorization(dict(signed)["authorization"]), _KEY.secret_key, now_s) is None


def test_a_secret_is_not_shown() -> None:
    assert "wJalr" not in repr(_KEY)
