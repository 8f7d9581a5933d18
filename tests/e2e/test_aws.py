"""AWS Bedrock with an access key: requests leave signed, and the secret leaves nowhere."""

import json
import time
from pathlib import Path

import pytest

from narrowgate.signing.sigv4 import SignableRequest, parse_authorization, verify
from tests.e2e.gateway import KEY, Gateway
from tests.e2e.provider import Provider

pytestmark = pytest.mark.slow

SECRET = "wJalrXUtnFEMI-the-secret-of-aws"
ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"text": "hello"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
    "metrics": {"latencyMs": 1},
}


@pytest.mark.parametrize("custody", ["split", "merged"])
def test_a_call_to_bedrock_is_signed_where_the_key_is(tmp_path: Path, provider: Provider, custody: str) -> None:
    config = f"""
providers:
  bedrock:
    base_url: http://127.0.0.1:{provider.port}
    aws: {{region: eu-west-1, access_key_id: env://AWS_ID, secret_access_key: env://AWS_SECRET}}
"""
    gateway = Gateway(tmp_path, config, custody=custody)
    gateway.environment |= {"AWS_ID": "AKIDEXAMPLE", "AWS_SECRET": SECRET}
    gateway.start()
    provider.reset(lambda link, _request: link.json(ANSWER))
    try:
        body = {"model": "bedrock/anthropic.claude-v1:0", "messages": [{"role": "user", "content": "hi"}]}
        status, _, answer = gateway.call(body, key=KEY)
        assert status == 200
        assert json.loads(answer)["choices"][0]["message"]["content"] == "hello"
    finally:
        gateway.stop()
    asked = provider.last
    headers = tuple((name.decode(), value.decode()) for name, value in asked.headers.items())
    path = asked.line.split(b" ")[1].decode()
    assert path == "/model/anthropic.claude-v1%3A0/converse"
    request = SignableRequest("POST", path, "", headers, asked.body)
    said = parse_authorization(asked.headers[b"authorization"].decode())
    assert (said.access_key_id, said.region) == ("AKIDEXAMPLE", "eu-west-1")
    assert verify(request, said, SECRET, int(time.time())) is None
    assert SECRET not in gateway.text()
