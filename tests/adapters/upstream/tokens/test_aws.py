from pathlib import Path

import pytest

from narrowgate.adapters.upstream.tokens.aws import obtain
from narrowgate.adapters.upstream.tokens.credential import Credential
from narrowgate.signing.identities import AwsContainer, AwsInstance, AwsKeys, AwsRole, AwsWebIdentity
from narrowgate.signing.sigv4 import Credentials, SignableRequest, parse_authorization, verify
from tests.adapters.upstream.tokens.fakes import NOW_S, Asked, answer, got, never, reason

STS = "https://sts.eu-west-1.amazonaws.com/"
DOCUMENT = {"AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t", "Expiration": "2027-01-31T12:00:00Z"}
XML = (
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>B</AccessKeyId><SecretAccessKey>s/+2</SecretAccessKey>"
    "<SessionToken>t2</SessionToken><Expiration>2027-01-31T12:00:00Z</Expiration></Credentials>"
    "</AssumeRoleResult></AssumeRoleResponse>"
)
KEYS = AwsKeys("A", "s3cret")


def obtained(held: Credential) -> tuple[str, str, str | None, float | None]:
    assert isinstance(held.value, Credentials)
    return held.value.access_key_id, held.value.secret_key, held.value.session_token, held.expires_s


def test_keys_are_what_they_are() -> None:
    assert obtained(got(obtain(KEYS, Asked(), NOW_S, "r"))) == ("A", "s3cret", None, None)
    assert obtained(got(obtain(AwsKeys("A", "s", "t"), Asked(), NOW_S, "r")))[2] == "t"


def test_a_container_shows_its_token(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("pod\n")
    for identity, headers in (
        (AwsContainer("http://169.254.170.2/x"), {}),
        (AwsContainer("http://169.254.170.2/x", "plain"), {"authorization": "plain"}),
        (AwsContainer("http://169.254.170.2/x", "plain", str(file)), {"authorization": "pod"}),
    ):
        ask = Asked(DOCUMENT)
        assert obtained(got(obtain(identity, ask, NOW_S, "r"))) == ("A", "s", "t", 1_801_396_800)
        assert (ask.urls, ask.headers) == (["GET http://169.254.170.2/x"], [headers])


def test_a_machine_is_asked_in_three_steps() -> None:
    ask = Asked("session", "my role\n", DOCUMENT)
    got(obtain(AwsInstance("http://169.254.169.254"), ask, NOW_S, "r"))
    folder = "http://169.254.169.254/latest/meta-data/iam/security-credentials/"
    first = "PUT http://169.254.169.254/latest/api/token"
    assert ask.urls == [first, f"GET {folder}", f"GET {folder}my%20role"]
    assert ask.headers[2] == {"x-aws-ec2-metadata-token": "session"}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([answer("", 403)], "the metadata service answered 403"),
        ([answer("s"), answer("", 404)], "asked for this machine's role, answered 404"),
        (
            [answer("s"), answer("role"), answer({"Code": "Failed"})],
            "no credentials for this role",
        ),
        ([answer("s"), answer("role"), answer({"Code": "Success"})], "without AccessKeyId"),
        ([answer("s"), answer("role"), answer(DOCUMENT | {"Expiration": "soon"})], "how long"),
    ],
)
def test_a_machine_without_a_role_says_so(answers: list[object], said: str) -> None:
    reason(obtain(AwsInstance("http://169.254.169.254"), Asked(*answers), NOW_S, "r"), said)


def test_a_web_identity_needs_no_signature(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("web")
    ask = Asked(XML)
    held = got(obtain(AwsWebIdentity(STS, "arn:r", "name", str(file)), ask, NOW_S, "r"))
    assert obtained(held) == ("B", "s/+2", "t2", 1_801_396_800)
    assert ask.fields() == {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "DurationSeconds": "3600",
        "RoleArn": "arn:r",
        "RoleSessionName": "name",
        "WebIdentityToken": "web",
    }
    assert "authorization" not in ask.headers[0]


def test_a_role_is_assumed_with_a_signature_for_the_services_own_region() -> None:
    ask = Asked(XML)
    got(obtain(AwsRole(STS, "arn:r", "name", "ext", KEYS), ask, NOW_S, "us-east-1"))
    assert (ask.fields()["Action"], ask.fields()["ExternalId"]) == ("AssumeRole", "ext")
    said = parse_authorization(ask.headers[0]["authorization"])
    assert said.region == "eu-west-1"
    headers = (("host", "sts.eu-west-1.amazonaws.com"), *ask.headers[0].items())
    assert verify(SignableRequest("POST", "/", "", headers, ask.bodies[0]), said, "s3cret", int(NOW_S)) is None


def test_a_refusal_is_told_by_its_code() -> None:
    refusal = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User s3cret</Message></Error></ErrorResponse>"
    role = AwsRole(STS, "arn:r", "name", "", KEYS)
    error = reason(obtain(role, Asked(refusal, status=403), NOW_S, "r"), "STS answered 403 (AccessDenied)")
    assert error.is_final
    never(["s3cret"], error)
    reason(obtain(role, Asked("<a/>"), NOW_S, "r"), "STS answered without credentials")
