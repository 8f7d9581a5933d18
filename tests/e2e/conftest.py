"""One provider and one gateway in each custody for many tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.gateway import Gateway
from tests.e2e.provider import Provider
from tests.e2e.sealing import CAN_BE_WHOLE, Files

CONFIG = """
providers:
  openai:
    base_url: http://127.0.0.1:{port}/v1
    api_key: env://PROVIDER_KEY
    models: [m-1, whisper-1, tts-1]
  impatient:
    kind: openai
    base_url: http://127.0.0.1:{port}/v1
    api_key: env://PROVIDER_KEY
    timeouts: {{connect_s: 1, headers_s: 0.5, first_token_s: 0.5, idle_s: 0.5, total_s: 3}}
  nobody:
    kind: openai
    base_url: http://127.0.0.1:1/v1
    api_key: env://PROVIDER_KEY
demo: true
aliases:
  house: openai/m-1
  "cheap-*": "openai/*"
streams: {{ping_s: 0.3}}
listen:
  max_body_bytes: 20000000
  head_timeout_s: 1
  body_idle_timeout_s: 1
  trusted_proxies: [127.0.0.0/8]
money:
  prices:
    openai/m-1: {{input: "1", output: "2"}}
"""


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    running = Provider().start()
    yield running
    running.stop()


def _gateway(folder: Path, provider: Provider, custody: str) -> Iterator[Gateway]:
    gateway = Gateway(folder, CONFIG.format(port=provider.port), custody=custody).start()
    yield gateway
    assert gateway.metric("narrowgate_internal_errors_total") == 0, gateway.text()
    assert gateway.stop() == 0


@pytest.fixture(scope="session")
def split(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Gateway]:
    yield from _gateway(tmp_path_factory.mktemp("split"), provider, "split")


@pytest.fixture(scope="session")
def merged(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Gateway]:
    yield from _gateway(tmp_path_factory.mktemp("merged"), provider, "merged")


@pytest.fixture(params=["split", "merged"])
def gateway(request: pytest.FixtureRequest, provider: Provider) -> Gateway:
    provider.reset()
    running = request.getfixturevalue(request.param)
    assert isinstance(running, Gateway)
    return running


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A sealed file with its own Python."""
    if not CAN_BE_WHOLE:
        pytest.skip("this Python comes without its static library, or there is no gcc")
    return Files(tmp_path_factory.mktemp("whole"), "--whole")
