from narrowgate.adapters.upstream.aws import AwsSigner
from narrowgate.signing.sigv4 import Credentials, SignableRequest, parse_authorization, verify

LINE = b"POST /model/a.b-v1%3A0/converse?x=1 HTTP/1.1\r\n"


def signed(credentials: Credentials) -> dict[str, str]:
    lines = AwsSigner(credentials, "us-east-1", "h.example", lambda: 1_790_000_000.5).lines(LINE, b"{}")
    return dict(line.split(": ", 1) for line in lines.decode().split("\r\n") if line)


def test_what_is_added_proves_the_whole_request() -> None:
    headers = signed(Credentials("AKIA", "secret"))
    request = SignableRequest(
        "POST", "/model/a.b-v1%3A0/converse", "x=1", (("host", "h.example"), *headers.items()), b"{}"
    )
    said = parse_authorization(headers["authorization"])
    assert (said.access_key_id, said.region, said.service) == ("AKIA", "us-east-1", "bedrock")
    assert verify(request, said, "secret", 1_790_000_000) is None
    assert verify(request._replace(body=b"{ }"), said, "secret", 1_790_000_000) is not None


def test_a_session_token_goes_along() -> None:
    assert signed(Credentials("ASIA", "secret", "tok"))["x-amz-security-token"] == "tok"
