"""Stored responses through the front door: streamed, gone on from, asked for, after a restart, by their key alone."""

import json
from pathlib import Path

import pytest

from tests.e2e.gateway import ADMIN, KEY, Gateway
from tests.e2e.provider import Link, Provider, Request

pytestmark = pytest.mark.slow

RAW = "resp_0123456789abcdef"
RESPONSE = {"id": RAW, "object": "response", "created_at": 1, "model": "m", "status": "completed", "output": []}


def serve(link: Link, request: Request) -> None:
    if b'"stream": true' not in request.body:
        link.json(RESPONSE)
        return
    link.begin_stream()
    for kind, status in (("created", "in_progress"), ("completed", "completed")):
        event = {"type": f"response.{kind}", "response": RESPONSE | {"status": status}}
        link.chunk(f"event: response.{kind}\ndata: {json.dumps(event)}\n\n".encode())
    link.end_stream()


def ask(gateway: Gateway, key: str = KEY, **members: object) -> tuple[int, bytes]:
    status, _, body = gateway.call({"model": "openai/m", "input": "hi", **members}, "/v1/responses", key)
    return status, body


def test_a_stored_response_is_found_again_by_its_key_alone(tmp_path: Path, provider: Provider) -> None:
    config = f"""
providers:
  openai: {{base_url: "http://127.0.0.1:{provider.port}/v1", api_key: env://PROVIDER_KEY}}
  groq: {{base_url: "http://127.0.0.1:{provider.port}/groq", api_key: env://PROVIDER_KEY}}
"""
    gateway = Gateway(tmp_path, config, edges=2).start()
    provider.reset(serve)
    try:
        status, body = ask(gateway, stream=True)
        assert status == 200
        events = [json.loads(line[6:]) for line in body.decode().splitlines() if line.startswith("data: ")]
        (name,) = {event["response"]["id"] for event in events}
        assert RAW not in body.decode().replace(name, "")
        made = gateway.request("POST", "/admin/keys", b"{}", {"authorization": f"Bearer {ADMIN}"})
        assert made[0] == 201, made
        other = json.loads(made[2])["key"]
    finally:
        gateway.stop()
    gateway.start()
    try:
        for _ in range(4):  # whichever edge it comes to
            status, body = ask(gateway, previous_response_id=name)
            assert (status, json.loads(provider.last.body)["previous_response_id"]) == (200, RAW)
        headers = {"authorization": f"Bearer {KEY}"}
        status, _, body = gateway.request("GET", f"/v1/responses/{name}", None, headers)
        assert (status, json.loads(body)["id"]) == (200, name)
        assert provider.last.line == f"GET /v1/responses/{RAW} HTTP/1.1".encode()
        status, _, _ = gateway.request("POST", f"/v1/responses/{name}/cancel", b"", headers)
        assert (status, provider.last.line) == (200, f"POST /v1/responses/{RAW}/cancel HTTP/1.1".encode())
        status, _, _ = gateway.request("DELETE", f"/v1/responses/{name}", None, headers)
        assert (status, provider.last.line) == (200, f"DELETE /v1/responses/{RAW} HTTP/1.1".encode())
        count = len(provider.requests)
        assert gateway.request("GET", f"/v1/responses/{name}", None, {"authorization": f"Bearer {other}"})[0] == 404
        assert ask(gateway, other, previous_response_id=name)[0] == 400
        assert ask(gateway, previous_response_id=RAW)[0] == 400
        assert b"keeps no responses" in ask(gateway, previous_response_id=name, model="groq/m")[1]
        assert len(provider.requests) == count
        assert gateway.metric("narrowgate_internal_errors_total") == 0, gateway.text()
    finally:
        gateway.stop()
