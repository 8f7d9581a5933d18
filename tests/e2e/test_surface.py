"""Forms, keys, pages, the admin API: the rest of the surface, through the front door."""

import json
from pathlib import Path

import pytest

from tests.e2e.gateway import ADMIN, KEY, PROVIDER_KEY, Gateway
from tests.e2e.provider import Provider

pytestmark = pytest.mark.slow

BODY = {"model": "openai/m-1", "messages": [{"role": "user", "content": "hi"}]}


# -- forms ----------------------------------------------------------------------------------------------


def _form(model: str, audio: bytes) -> tuple[bytes, str]:
    lines = [
        b"--XX",
        b'Content-Disposition: form-data; name="model"',
        b"",
        model.encode(),
        b"--XX",
        b'Content-Disposition: form-data; name="file"; filename="a.wav"',
        b"Content-Type: audio/wav",
        b"",
        audio,
        b"--XX--",
        b"",
    ]
    return b"\r\n".join(lines), "multipart/form-data; boundary=XX"


def test_a_form_is_streamed_through_with_its_model_renamed(gateway: Gateway, provider: Provider) -> None:
    body, kind = _form("openai/whisper-1", b"\x00\x01" * 500_000)
    provider.reset(lambda link, _request: link.json({"text": "hello"}))
    status, _, answer = gateway.call(body, "/v1/audio/transcriptions", content_type=kind)
    assert (status, json.loads(answer)) == (200, {"text": "hello"})
    assert provider.last.body == body.replace(b"openai/whisper-1", b"whisper-1")


def test_a_form_without_a_model_is_refused(gateway: Gateway, provider: Provider) -> None:
    body = b'--XX\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--XX--\r\n'
    status, _, answer = gateway.call(body, "/v1/audio/transcriptions", content_type="multipart/form-data; boundary=XX")
    assert status == 400
    assert json.loads(answer)["error"]["param"] == "model"
    assert not provider.requests


def test_binary_answers_pass(gateway: Gateway, provider: Provider) -> None:
    sound = bytes(range(256)) * 5_000
    provider.reset(lambda link, _request: link.raw(sound, headers=b"content-type: audio/mpeg\r\n"))
    body = gateway.call({"model": "openai/tts-1", "input": "hi", "voice": "x"}, "/v1/audio/speech")[2]
    assert body == sound


# -- keys, pages, admin -----------------------------------------------------------------------------------


def test_without_a_key_nothing_is_served(gateway: Gateway, provider: Provider) -> None:
    assert gateway.call(BODY, key="sk-wrong")[0] == 401
    assert gateway.request("POST", "/v1/chat/completions", b"{}", {})[0] == 401
    assert gateway.get("/v1/models")[0] == 401
    assert not provider.requests


def test_admin_calls_need_the_admin_token(gateway: Gateway) -> None:
    assert gateway.get("/admin/keys", KEY)[0] == 401
    assert gateway.get("/admin/nothing", KEY)[0] == 401
    assert gateway.get("/admin/keys", ADMIN)[0] == 200
    assert gateway.get("/admin/nothing", ADMIN)[0] == 404


def test_a_key_made_by_the_api_works_at_once_and_ends_at_once(gateway: Gateway) -> None:
    headers = {"authorization": f"Bearer {ADMIN}"}
    wish = json.dumps({"name": "t", "models": ["openai/*"], "rpm": 2}).encode()
    status, _, body = gateway.request("POST", "/admin/keys", wish, headers)
    made = json.loads(body)
    assert status == 201
    assert gateway.call(BODY, key=made["key"])[0] == 200
    assert gateway.call({**BODY, "model": "demo/chat"}, key=made["key"])[0] == 403
    assert gateway.call(BODY, key=made["key"])[0] == 200
    status, answer, _ = gateway.call(BODY, key=made["key"])
    assert status == 429
    assert int(answer["retry-after"]) >= 1
    assert gateway.request("DELETE", f"/admin/keys/{made['id']}", None, headers)[0] == 200
    assert gateway.call(BODY, key=made["key"])[0] == 401


def test_a_key_made_by_the_command_works_at_once(gateway: Gateway) -> None:
    made = json.loads(gateway.command("keys", "create", "--json", "--name", "cli").stdout)
    assert gateway.call(BODY, key=made["key"])[0] == 200
    gateway.command("keys", "revoke", made["id"])
    assert gateway.call(BODY, key=made["key"])[0] == 401


def test_a_budget_is_not_passed_and_an_unknown_price_is_refused(gateway: Gateway) -> None:
    words = ("keys", "create", "--json", "--budget-usd", "0.0001")
    made = json.loads(gateway.command(*words).stdout)
    cheap = {**BODY, "max_tokens": 5}
    statuses = [gateway.call(cheap, key=made["key"])[0] for _ in range(8)]
    assert statuses.count(200) <= 5  # 20_000e-9 USD each
    assert statuses[-1] == 429
    assert gateway.call({**BODY, "model": "openai/unpriced"}, key=made["key"])[0] == 403


def test_pages_say_what_they_should(gateway: Gateway) -> None:
    assert gateway.request("HEAD", "/", None, {})[::2] == (200, b"")
    assert gateway.get("/health/live")[0] == 200
    names = [entry["id"] for entry in json.loads(gateway.get("/v1/models", KEY)[2])["data"]]
    assert {"house", "openai/m-1", "demo/chat"} <= set(names)
    assert gateway.get("/v1/models/house", KEY)[0] == 200
    assert gateway.get("/v1/models/nothing", KEY)[0] == 404
    assert gateway.get("/nothing")[0] == 404
    assert gateway.get("/v1/chat/completions", KEY)[0] == 405


def test_no_secret_is_ever_written_down(gateway: Gateway, provider: Provider) -> None:
    provider.reset(lambda link, _request: link.json({"error": {"message": PROVIDER_KEY}}, 500))
    gateway.call(BODY)
    said = gateway.text().encode() + gateway.get("/metrics")[2] + (gateway.data / "narrowgate.db").read_bytes()
    assert PROVIDER_KEY.encode() not in said
    assert KEY.encode() not in said
    assert ADMIN.encode() not in said
    for pid in gateway.children().values():
        seen = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
        assert PROVIDER_KEY.encode() not in seen


def test_capabilities_are_told(gateway: Gateway) -> None:
    status, _, body = gateway.get("/v1/capabilities", KEY)
    told = json.loads(body)
    assert status == 200
    assert told["providers"]["openai"]["forms"] == ["openai_chat", "openai_responses"]
    assert "embeddings" in told["providers"]["openai"]["operations"]
    assert "anthropic_messages" in told["dialects"]
    assert gateway.get("/v1/capabilities")[0] == 401


def test_ollamas_clients_are_shown_a_model(gateway: Gateway) -> None:
    headers = {"authorization": f"Bearer {KEY}"}
    status, _, body = gateway.request("POST", "/api/show", b'{"model":"openai/m-1"}', headers)
    assert status == 200
    assert "completion" in json.loads(body)["capabilities"]
    for junk in (b'{"model":"no-such/x"}', b"[", b""):
        assert gateway.request("POST", "/api/show", junk, headers)[0] == 404
    assert gateway.request("POST", "/api/show", b"{}", {})[0] == 401
