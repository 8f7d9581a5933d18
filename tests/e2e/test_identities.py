"""Short-lived credentials through the front door: obtained, renewed, waited for, and shown nowhere."""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from narrowgate.signing.sigv4 import SignableRequest, parse_authorization, verify
from tests.e2e.gateway import Gateway, wait_until
from tests.e2e.provider import CHAT, Link, Provider, Request

pytestmark = pytest.mark.slow

SECRET = "entra-client-secret-0123456789"
BODY = {"model": "azure/m", "messages": [{"role": "user", "content": "hi"}]}


class Issuer:
    """A token endpoint, and the provider that takes its tokens, on one port."""

    def __init__(self) -> None:
        self.life_s = 3_600
        self.status = 200
        self.delay_s = 0.0
        self.asked: list[dict[str, str]] = []
        self.used: list[str] = []

    def __call__(self, link: Link, request: Request) -> None:
        if b"/oauth2/v2.0/token" in request.line:
            self.asked.append({name: one[0] for name, one in parse_qs(request.body.decode()).items()})
            time.sleep(self.delay_s)
            if self.status != 200:
                link.json({"error": "invalid_client", "error_description": "no " + SECRET}, self.status)
            else:
                link.json({"access_token": f"token-canary-{len(self.asked)}", "expires_in": self.life_s})
        else:
            self.used.append(request.headers[b"authorization"].decode())
            link.json(CHAT)


@pytest.fixture
def issuer(provider: Provider) -> Issuer:
    made = Issuer()
    provider.reset(made)
    return made


@pytest.fixture(params=["split", "merged"])
def custody(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def running(tmp_path: Path, provider: Provider, custody: str, proof: str) -> Iterator[Gateway]:
    config = f"""
providers:
  azure:
    base_url: http://127.0.0.1:{provider.port}
    entra: {{tenant: t, client_id: c, {proof}, authority: "http://127.0.0.1:{provider.port}"}}
"""
    gateway = Gateway(tmp_path, config, custody=custody)
    gateway.environment["SECRET"] = SECRET
    gateway.start()
    yield gateway
    assert gateway.metric("narrowgate_internal_errors_total") == 0, gateway.text()
    assert gateway.stop() == 0
    assert "token-canary" not in gateway.text()
    assert SECRET not in gateway.text()


def answers(gateway: Gateway) -> bool:
    return gateway.call(BODY)[0] == 200


def test_tokens_are_renewed_under_load_and_no_call_fails(
    issuer: Issuer, provider: Provider, tmp_path: Path, custody: str
) -> None:
    issuer.life_s = 3
    statuses: set[int] = set()
    for gateway in running(tmp_path, provider, custody, "client_secret: env://SECRET"):
        end = time.monotonic() + 5
        with ThreadPoolExecutor(4) as pool:
            while time.monotonic() < end:
                statuses |= {status for status, _, _ in pool.map(gateway.call, [BODY] * 8)}
    assert statuses == {200}
    assert issuer.asked[0]["client_secret"] == SECRET
    assert 2 <= len(issuer.asked) <= 6
    assert set(issuer.used) <= {f"Bearer token-canary-{number + 1}" for number in range(len(issuer.asked))}


def test_a_refusal_is_told_and_mended_when_the_issuer_is(
    issuer: Issuer, provider: Provider, tmp_path: Path, custody: str
) -> None:
    issuer.status = 401
    for gateway in running(tmp_path, provider, custody, "client_secret: env://SECRET"):
        status, _, body = gateway.call(BODY)
        assert status == 503
        assert b"Entra ID answered 401 (invalid_client)" in body
        assert SECRET.encode() not in body
        issuer.status = 200
        assert wait_until(partial(answers, gateway), 30)


def test_an_old_token_serves_while_it_is_good_and_its_end_is_told_in_the_callers_words(
    issuer: Issuer, provider: Provider, tmp_path: Path, custody: str
) -> None:
    issuer.life_s = 6
    asked = BODY | {"max_tokens": 9}
    for gateway in running(tmp_path, provider, custody, "client_secret: env://SECRET"):
        assert answers(gateway)
        issuer.status = 503
        assert wait_until(lambda: "Entra ID answered 503" in gateway.text(), 10), gateway.text()
        assert answers(gateway)  # the first one is still good
        assert wait_until(lambda: not answers(gateway), 20)
        status, _, openai = gateway.call(BODY)
        assert (status, json.loads(openai)["error"]["code"]) == (503, "upstream_identity")
        assert b"Entra ID answered 503 (invalid_client)" in openai
        status, _, anthropic = gateway.call(asked, "/v1/messages")
        assert (status, json.loads(anthropic)["type"]) == (503, "error")
        issuer.status = 200
        assert wait_until(partial(answers, gateway), 20)
        assert wait_until(lambda: "after_failures=" in gateway.text())
        page = gateway.get("/metrics")[2].decode()
        assert 'narrowgate_credential_renewals_total{provider="azure",outcome="obtained"} 2' in page, page
        assert 'narrowgate_credential_renewals_total{provider="azure",outcome="failed"}' in page


def test_doctor_says_who_it_is_and_whether_a_token_can_be_had(
    issuer: Issuer, provider: Provider, tmp_path: Path
) -> None:
    for gateway in running(tmp_path, provider, "split", "client_secret: env://SECRET"):
        words = ("doctor", "--config", str(gateway.config))
        good = gateway.command(*words)
        assert "application c: a credential was given" in good.stdout
        issuer.status = 401
        bad = gateway.command(*words)
        assert "application c: Entra ID answered 401 (invalid_client)" in bad.stdout
        assert bad.returncode == 1
        assert not {SECRET, "token-canary"} & {word for word in (good.stdout + bad.stdout).split()}


def test_calls_wait_for_the_first_token(issuer: Issuer, provider: Provider, tmp_path: Path, custody: str) -> None:
    issuer.delay_s = 1.0
    for gateway in running(tmp_path, provider, custody, "client_secret: env://SECRET"):
        assert gateway.call(BODY)[0] == 200


def test_a_token_file_is_read_anew_through_the_links_of_kubernetes(
    issuer: Issuer, provider: Provider, tmp_path: Path, custody: str
) -> None:
    folder = tmp_path / "mounted" / "tokens"
    (folder / "..1").mkdir(parents=True)
    (folder / "..1" / "token").write_text("federated-1")
    (folder / "..data").symlink_to("..1")
    (folder / "token").symlink_to("..data/token")
    issuer.life_s = 3
    for gateway in running(tmp_path, provider, custody, f"federated_token_file: {folder / 'token'}"):
        assert gateway.call(BODY)[0] == 200
        assert issuer.asked[0]["client_assertion"] == "federated-1"
        (folder / "..2").mkdir()
        (folder / "..2" / "token").write_text("federated-2")
        (folder / "..new").symlink_to("..2")
        (folder / "..new").replace(folder / "..data")
        assert wait_until(lambda: issuer.asked[-1]["client_assertion"] == "federated-2", 10), gateway.text()
        assert gateway.call(BODY)[0] == 200, json.dumps(issuer.asked)


def test_a_service_account_signs_for_its_token_and_claude_on_vertex_answers(
    provider: Provider, tmp_path: Path, custody: str
) -> None:
    key = rsa.generate_private_key(65_537, 2_048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    token_url = f"http://127.0.0.1:{provider.port}/token"
    document = {"type": "service_account", "client_email": "s@p.example", "private_key": pem, "token_uri": token_url}
    file = tmp_path / "key.json"
    file.write_text(json.dumps(document))
    assertions: list[str] = []
    message: dict[str, object] = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "stop_reason": "end_turn",
    }
    message |= {"content": [{"type": "text", "text": "hello"}], "usage": {"input_tokens": 1, "output_tokens": 1}}

    def serve(link: Link, request: Request) -> None:
        if b" /token " in request.line:
            assertions.append(parse_qs(request.body.decode())["assertion"][0])
            link.json({"access_token": "token-canary", "expires_in": 3_600})
        else:
            link.json(message)

    provider.reset(serve)
    config = f"""
providers:
  vertex-anthropic:
    base_url: http://127.0.0.1:{provider.port}
    google: {{credentials: "file://{file}", project: p-1, location: europe-west1}}
"""
    gateway = Gateway(tmp_path, config, custody=custody).start()
    try:
        body = {"model": "vertex-anthropic/claude-x", "messages": [{"role": "user", "content": "hi"}]}
        status, _, answer = gateway.call(body)
        assert status == 200, answer
    finally:
        gateway.stop()
    asked = provider.last
    path = "/v1/projects/p-1/locations/europe-west1/publishers/anthropic/models/claude-x:rawPredict"
    assert asked.line == f"POST {path} HTTP/1.1".encode()
    assert asked.headers[b"authorization"] == b"Bearer token-canary"
    sent = json.loads(asked.body)
    assert (sent["anthropic_version"], "model" in sent) == ("vertex-2023-10-16", False)
    signed, _, proof = assertions[0].rpartition(".")
    signature = urlsafe_b64decode(proof + "==")
    key.public_key().verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    claims = json.loads(urlsafe_b64decode(signed.partition(".")[2] + "=="))
    assert (claims["iss"], claims["aud"]) == ("s@p.example", token_url)
    assert "token-canary" not in gateway.text()


def test_a_role_is_assumed_with_the_keys_of_a_web_identity(provider: Provider, tmp_path: Path, custody: str) -> None:
    file = tmp_path / "mounted" / "token"
    file.parent.mkdir()
    file.write_text("web-identity-token")
    asked: list[tuple[dict[str, str], Request]] = []
    answer = {"output": {"message": {"role": "assistant", "content": [{"text": "hello"}]}}, "stopReason": "end_turn"}
    answer |= {"usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}}

    def serve(link: Link, request: Request) -> None:
        if b" /sts " not in request.line:
            link.json(answer)
            return
        asked.append(({name: one[0] for name, one in parse_qs(request.body.decode()).items()}, request))
        number = len(asked)
        keys = f"<AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>aws-canary-{number}</SecretAccessKey>"
        keys += f"<SessionToken>session-canary-{number}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
        link.raw(f"<R><Credentials>{keys}</Credentials></R>".encode(), 200, b"content-type: text/xml\r\n")

    provider.reset(serve)
    config = f"""
providers:
  bedrock:
    base_url: http://127.0.0.1:{provider.port}
    aws:
      region: eu-west-1
      web_identity_token_file: {file}
      role_arn: arn:aws:iam::1:role/first
      assume: [{{role_arn: "arn:aws:iam::2:role/second", external_id: ext}}]
      sts_url: http://127.0.0.1:{provider.port}/sts
"""
    gateway = Gateway(tmp_path, config, custody=custody).start()
    try:
        body = {"model": "bedrock/m", "messages": [{"role": "user", "content": "hi"}]}
        status, _, said = gateway.call(body)
        assert status == 200, said
    finally:
        gateway.stop()
    (first, _), (second, request) = asked[:2]
    assert (first["WebIdentityToken"], first["RoleArn"]) == ("web-identity-token", "arn:aws:iam::1:role/first")
    assert (second["RoleArn"], second["ExternalId"]) == ("arn:aws:iam::2:role/second", "ext")
    is_proved(request, "/sts", "aws-canary-1")
    is_proved(provider.last, "/model/m/converse", "aws-canary-2")
    assert provider.last.headers[b"x-amz-security-token"] == b"session-canary-2"
    assert "canary" not in gateway.text()


def is_proved(request: Request, path: str, secret: str) -> None:
    headers = tuple((name.decode(), value.decode()) for name, value in request.headers.items())
    asked = SignableRequest("POST", path, "", headers, request.body)
    said = parse_authorization(request.headers[b"authorization"].decode())
    assert verify(asked, said, secret, int(time.time())) is None
