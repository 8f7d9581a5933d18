"""Pictures by URL, through the front door: fetched by the egress, and only from where it may."""

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.gateway import PROVIDER_KEY, Gateway
from tests.e2e.provider import Link, Provider, Request

pytestmark = pytest.mark.slow

PNG = b"\x89PNG\r\n\x1a\n and the rest"
ANSWER = {
    "model": "m",
    "message": {"role": "assistant", "content": "a cat"},
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 3,
    "eval_count": 2,
}


def serve(link: Link, request: Request) -> None:
    path = request.line.split(b" ")[1]
    if path == b"/moved":
        link.raw(b"", 302, b"location: /cat.png\r\n")
    elif path == b"/inside":
        link.raw(b"", 302, b"location: http://127.0.0.1:1/secret\r\n")
    elif path == b"/cat.png":
        link.raw(PNG, 200, b"content-type: image/png\r\n")
    elif path == b"/page":
        link.raw(b"<html>", 200, b"content-type: text/html\r\n")
    else:
        link.json(ANSWER)


@pytest.fixture(params=["split", "merged"])
def fetching(request: pytest.FixtureRequest, tmp_path: Path, provider: Provider) -> Iterator[Gateway]:
    config = f"""
providers:
  ollama-native:
    base_url: http://127.0.0.1:{provider.port}
    api_key: env://PROVIDER_KEY
fetch:
  enabled: true
  hosts: ["127.0.0.1:{provider.port}"]
  allow_http: true
  allow_private: true
  max_bytes: 1000
log: {{calls: all}}
"""
    gateway = Gateway(tmp_path, config, custody=request.param).start()
    provider.reset(serve)
    yield gateway
    assert gateway.metric("narrowgate_internal_errors_total") == 0, gateway.text()
    assert gateway.stop() == 0
    assert "sig=secret" not in gateway.text()


def ask(gateway: Gateway, url: str) -> tuple[int, dict[str, object]]:
    image = {"type": "image_url", "image_url": {"url": url}}
    content = [{"type": "text", "text": "what is it?"}, image]
    body = {"model": "ollama-native/m", "messages": [{"role": "user", "content": content}]}
    status, _, answer = gateway.call(body)
    return status, json.loads(answer)


def test_a_picture_is_fetched_and_sent_as_bytes(fetching: Gateway, provider: Provider) -> None:
    origin = f"http://127.0.0.1:{provider.port}"
    status, answer = ask(fetching, f"{origin}/moved?sig=secret")
    assert status == 400  # the path has a query, so it is answered as a call: no picture
    assert "messages[0].content[1]" in json.dumps(answer)
    status, answer = ask(fetching, f"{origin}/moved")
    assert status == 200, answer
    sent = json.loads(provider.last.body)
    assert sent["messages"][0]["images"] == [b64encode(PNG).decode()]
    fetches = [request for request in provider.requests if request.line.startswith(b"GET")]
    assert [request.line.split(b" ")[1] for request in fetches] == [b"/moved?sig=secret", b"/moved", b"/cat.png"]
    assert all(PROVIDER_KEY.encode() not in request.raw_head for request in fetches)
    assert fetching.metric("narrowgate_fetched_bytes_total") == len(PNG)
    assert fetching.metric("narrowgate_fetches_total") == 2
    assert "outcome=fetched" in fetching.text()


def test_what_may_not_be_fetched_is_refused_by_the_name_of_its_field(fetching: Gateway, provider: Provider) -> None:
    origin = f"http://127.0.0.1:{provider.port}"
    for url in (f"{origin}/inside", f"{origin}/page", "http://127.0.0.1:1/x", "https://169.254.169.254/", "ftp://x/y"):
        status, answer = ask(fetching, url)
        assert status == 400
        error = answer["error"]
        assert isinstance(error, dict)
        assert str(error["param"]).startswith("messages[0].content[1]")
    assert all(request.line.startswith(b"GET") for request in provider.requests)
