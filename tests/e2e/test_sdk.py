"""The official OpenAI SDKs, unmodified, against the demo provider."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openai
import pydantic
import pytest

from tests.e2e.gateway import KEY, Gateway

pytestmark = pytest.mark.slow

HELLO: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": "Hello there"}]
NODE = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path_factory.mktemp("demo"), "demo: true\n").start()
    yield gateway
    assert gateway.metric("narrowgate_internal_errors_total") == 0
    assert gateway.stop() == 0


@pytest.fixture
def client(demo: Gateway) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{demo.url}/v1", api_key=KEY, max_retries=0) as client:
        yield client


def test_chat(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="demo/echo", messages=HELLO)
    assert answer.choices[0].message.content == "Hello there"
    assert answer.usage is not None


def test_streams(client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="demo/echo", messages=HELLO, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hello there"
    assert all(chunk.usage is None for chunk in chunks)


def test_streams_with_usage(client: openai.OpenAI) -> None:
    options: openai.types.chat.ChatCompletionStreamOptionsParam = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(model="demo/echo", messages=HELLO, stream=True, stream_options=options)
    )
    assert chunks[-1].usage is not None
    assert chunks[-1].choices == []


def test_tools(client: openai.OpenAI) -> None:
    parameters: dict[str, object] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    answer = client.chat.completions.create(
        model="demo/tools",
        messages=HELLO,
        tools=[{"type": "function", "function": {"name": "weather", "parameters": parameters}}],
    )
    calls = answer.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].type == "function"
    assert (calls[0].function.name, calls[0].function.arguments) == ("weather", '{"city":"demo"}')


class Recipe(pydantic.BaseModel):  # type: ignore[explicit-any] # by the class it inherits from
    name: str
    minutes: int


def test_structured_output(client: openai.OpenAI) -> None:
    answer = client.chat.completions.parse(model="demo/chat", messages=HELLO, response_format=Recipe)
    assert answer.choices[0].message.parsed == Recipe(name="demo", minutes=1)


def test_embeddings(client: openai.OpenAI) -> None:
    packed = client.embeddings.create(model="demo/embed", input=["a", "b"], dimensions=8)
    plain = client.embeddings.create(model="demo/embed", input=["a", "b"], dimensions=8, encoding_format="float")
    assert [len(item.embedding) for item in packed.data] == [8, 8]
    for first, second in zip(packed.data, plain.data, strict=True):
        assert first.embedding == pytest.approx(second.embedding, abs=1e-6)


def test_models(client: openai.OpenAI) -> None:
    assert "demo/chat" in {model.id for model in client.models.list()}
    assert client.models.retrieve("demo/chat").id == "demo/chat"


def test_responses(client: openai.OpenAI) -> None:
    assert client.responses.create(model="demo/echo", input="Hello there").output_text == "Hello there"
    with client.responses.stream(model="demo/echo", input="Hello there") as stream:
        for _ in stream:
            continue
        assert stream.get_final_response().output_text == "Hello there"


def test_speech_and_transcription(client: openai.OpenAI) -> None:
    sound = client.audio.speech.create(model="demo/speech", voice="alloy", input="Hello").content
    assert sound.startswith(b"RIFF")
    heard = client.audio.transcriptions.create(model="demo/hear", file=("a.wav", sound))
    assert heard.text


def test_images_and_moderations(client: openai.OpenAI) -> None:
    image = client.images.generate(model="demo/image", prompt="a dot")
    assert image.data is not None
    assert image.data[0].b64_json
    assert not client.moderations.create(model="demo/moderate", input="hi").results[0].flagged


def test_the_azure_client(demo: Gateway) -> None:
    with openai.AzureOpenAI(azure_endpoint=demo.url, api_key=KEY, api_version="2024-10-21") as client:
        answer = client.chat.completions.create(model="demo/echo", messages=HELLO)
    assert answer.choices[0].message.content == "Hello there"


def test_errors_are_the_sdks_own(demo: Gateway, client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="is not known"):
        client.chat.completions.create(model="nothing/here", messages=HELLO)
    with pytest.raises(openai.AuthenticationError), openai.OpenAI(base_url=f"{demo.url}/v1", api_key="sk-x") as wrong:
        wrong.chat.completions.create(model="demo/echo", messages=HELLO)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.skipif(not (NODE / "node_modules").is_dir(), reason="the npm package is not installed")
def test_the_node_sdk(demo: Gateway) -> None:
    command = ["node", "calls.mjs", f"{demo.url}/v1", KEY]
    done = subprocess.run(command, cwd=NODE, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == "all calls are as expected"
