"""Short-lived credentials through the front door: obtained, renewed, waited for, and shown nowhere."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

import pytest

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


@contextlib.contextmanager
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
    try:
        yield gateway
        assert gateway.metric("narrowgate_internal_errors_total") == 0, gateway.text()
    finally:
        status = gateway.stop()
    assert status == 0
    assert "token-canary" not in gateway.text()
    assert SECRET not in gateway.text()


def answers(gateway: Gateway) -> bool:
    return gateway.call(BODY)[0] == 200


def test_tokens_are_renewed_under_load_and_no_call_fails(
    issuer: Issuer, provider: Provider, tmp_path: Path, custody: str
) -> None:
    issuer.life_s = 3
    statuses: set[int] = set()
    with running(tmp_path, provider, custody, "client_secret: env://SECRET") as gateway:
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
    with running(tmp_path, provider, custody, "client_secret: env://SECRET") as gateway:
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
    with running(tmp_path, provider, custody, "client_secret: env://SECRET") as gateway:
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
    with running(tmp_path, provider, "split", "client_secret: env://SECRET") as gateway:
        words = ("doctor", "--config", str(gateway.config))
        good = gateway.command(*words)
        assert "application c: a credential was given" in good.stdout
        issuer.status = 401
        bad = gateway.command(*words)
        assert "application c: Entra ID answered 401 (invalid_client)" in bad.stdout
        assert bad.returncode == 1
        assert not [word for word in (SECRET, "token-canary") if word in good.stdout + bad.stdout]


def test_an_egress_that_is_started_again_gets_its_own_and_a_reload_forgets_no_count(
    issuer: Issuer, provider: Provider, tmp_path: Path
) -> None:
    with running(tmp_path, provider, "split", "client_secret: env://SECRET") as gateway:
        assert answers(gateway)
        os.kill(gateway.children()["egress"], signal.SIGKILL)
        assert wait_until(lambda: len(issuer.asked) == 2)
        assert wait_until(partial(answers, gateway))
        assert issuer.used[-1] == "Bearer token-canary-2"
        gateway.config.write_text(gateway.config.read_text() + "drain_s: 5\n")
        assert wait_until(lambda: len(issuer.asked) == 3), gateway.text()
        assert wait_until(lambda: gateway.metric("narrowgate_credential_renewals_total") == 3)
        assert answers(gateway)


def test_calls_wait_for_the_first_token(issuer: Issuer, provider: Provider, tmp_path: Path, custody: str) -> None:
    issuer.delay_s = 1.0
    with running(tmp_path, provider, custody, "client_secret: env://SECRET") as gateway:
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
    with running(tmp_path, provider, custody, f"federated_token_file: {folder / 'token'}") as gateway:
        assert gateway.call(BODY)[0] == 200
        assert issuer.asked[0]["client_assertion"] == "federated-1"
        (folder / "..2").mkdir()
        (folder / "..2" / "token").write_text("federated-2")
        (folder / "..new").symlink_to("..2")
        (folder / "..new").replace(folder / "..data")
        assert wait_until(lambda: issuer.asked[-1]["client_assertion"] == "federated-2", 10), gateway.text()
        assert gateway.call(BODY)[0] == 200, json.dumps(issuer.asked)
