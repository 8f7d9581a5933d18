"""Fake token endpoints of clouds and the provider that takes their tokens, on one port."""

import json
import time
from collections.abc import Callable
from urllib.parse import parse_qs

from narrowgate.signing.sigv4 import SignableRequest, parse_authorization, verify
from tests.e2e.provider import CHAT, Link, Request

# What no log may show; each token that is given out begins with it.
CANARY = "canary-token"
CONVERSE = {
    "output": {"message": {"role": "assistant", "content": [{"text": "hello"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
}
GENERATED = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP"}],
    "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5},
}
MESSAGE = {
    "id": "m",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "stop_reason": "end_turn",
    "content": [{"type": "text", "text": "hello"}],
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
STREAM: list[dict[str, object]] = [
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hello"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
    {"type": "message_stop"},
]
_ANSWERS = {"generateContent": GENERATED, "rawPredict": MESSAGE, "/converse": CONVERSE}

Answer = Callable[[Request], object]


class Cloud:
    """Answers `routes` (what a request line holds, to the answer's JSON); everything else is a call to the model."""

    def __init__(self, routes: dict[str, Answer]) -> None:
        self.routes = routes
        self.asked: list[Request] = []
        self.used: list[Request] = []

    def __call__(self, link: Link, request: Request) -> None:
        line = request.line.decode()
        for path, answer in self.routes.items():
            if path in line:
                self.asked.append(request)
                found = answer(request)
                link.raw(found.encode()) if isinstance(found, str) else link.json(found)
                return
        self.used.append(request)
        if "streamRawPredict" in line:
            link.begin_stream()
            for event in STREAM:
                data = json.dumps(event, separators=(",", ":"))
                link.chunk(f"event: {event['type']}\ndata: {data}\n\n".encode())
            link.end_stream()
            return
        link.json(next((found for path, found in _ANSWERS.items() if path in line), CHAT))

    def fields(self, at: int) -> dict[str, str]:
        """Return the form of what was asked as number `at`."""
        return {name: one[0] for name, one in parse_qs(self.asked[at].body.decode()).items()}

    @property
    def bearer(self) -> str:
        """The token that the last call to the model came with."""
        return self.used[-1].headers[b"authorization"].decode()


def token(request: Request) -> object:
    """Answer as an OAuth token endpoint."""
    del request
    return {"access_token": f"{CANARY}-1", "expires_in": 3_600, "token_type": "Bearer"}


def aws_keys(request: Request) -> object:
    """Answer as AWS's endpoints for machines and containers."""
    del request
    keys = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": f"{CANARY}-secret", "Token": f"{CANARY}-session"}
    return {"Code": "Success", **keys, "Expiration": "2099-01-01T00:00:00Z"}


def is_proved(request: Request, path: str, secret: str) -> bool:
    """Whether a request is signed for AWS with `secret`."""
    headers = tuple((name.decode(), value.decode()) for name, value in request.headers.items())
    asked = SignableRequest("POST", path, "", headers, request.body)
    said = parse_authorization(request.headers[b"authorization"].decode())
    return verify(asked, said, secret, int(time.time())) is None


def document(port: int, **more: object) -> str:
    """Return a document for workload identity federation whose addresses are on `port`."""
    here = f"http://127.0.0.1:{port}"
    found = {"type": "external_account", "audience": "//iam.example/pool", "token_url": f"{here}/sts/v1/token"}
    found |= {"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}
    return json.dumps({**found, **more})
