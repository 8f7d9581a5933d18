import asyncio

from narrowgate.adapters.upstream.aws import AwsSigner
from narrowgate.adapters.upstream.tokens.credential import Credential, Unobtainable
from narrowgate.adapters.upstream.tokens.source import Source
from narrowgate.signing.sigv4 import Credentials, SignableRequest, parse_authorization, verify

LINE = b"POST /model/a.b-v1%3A0/converse?x=1 HTTP/1.1\r\n"


def lines_with(held: Credential | None) -> bytes | None:
    async def run() -> bytes | None:
        async def obtain() -> Credential:
            if held is None:
                raise Unobtainable("no")
            return held

        source = Source(obtain, lambda _sentence, _fields, *, is_good: None)
        source.start()
        await asyncio.sleep(0.01)
        source.close()
        return AwsSigner(source, "us-east-1", "h.example", lambda: 1_790_000_000.5).lines(LINE, b"{}")

    return asyncio.run(run())


def signed(credentials: Credentials) -> dict[str, str]:
    lines = lines_with(Credential(credentials, None))
    assert lines is not None
    found: dict[str, str] = {}
    for line in lines.decode().split("\r\n"):
        name, _, value = line.partition(": ")
        found[name] = value
    return {name: value for name, value in found.items() if name}


def test_nothing_is_signed_without_credentials() -> None:
    assert lines_with(None) is None


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
