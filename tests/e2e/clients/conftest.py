"""A scripted model behind one gateway, under the names of three providers and a fourth that knows chat alone."""

from collections.abc import Iterator

import pytest

from tests.e2e.clients.model import perform
from tests.e2e.gateway import Gateway
from tests.e2e.provider import Provider

# The aliases are for clients that ask their own lists of names what a model can do.
CONFIG = """
providers:
  openai: {{base_url: "http://127.0.0.1:{port}/v1", api_key: env://PROVIDER_KEY}}
  anthropic: {{base_url: "http://127.0.0.1:{port}", api_key: env://PROVIDER_KEY}}
  gemini: {{base_url: "http://127.0.0.1:{port}", api_key: env://PROVIDER_KEY}}
  chatty: {{kind: together, base_url: "http://127.0.0.1:{port}/v1", api_key: env://PROVIDER_KEY}}
aliases:
  gpt-4.1: openai/gpt-4.1
  gpt-4o: anthropic/claude-sonnet-4-5
  gpt-4.1-mini: gemini/gemini-3-pro
  gpt-4o-mini: chatty/llama
  gpt-6-sol: anthropic/claude-sonnet-4-5
  gpt-6-luna: openai/gpt-6-luna
listen: {{aws_signatures: true}}
"""


@pytest.fixture(scope="session")
def model() -> Iterator[Provider]:
    running = Provider(perform).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory, model: Provider) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path_factory.mktemp("clients"), CONFIG.format(port=model.port)).start()
    yield gateway
    assert gateway.metric("narrowgate_internal_errors_total") == 0, gateway.text()
    assert gateway.stop() == 0
