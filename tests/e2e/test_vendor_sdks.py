"""The vendors' own SDKs, unmodified, against the gateway: whatever they speak, any model answers."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import anthropic
import boto3
import botocore.exceptions
import cohere
import pytest
from google import genai
from google.genai import errors, types

from tests.e2e.gateway import KEY, Gateway

pytestmark = pytest.mark.slow

NODE = Path(__file__).parent / "node"
WEATHER = {
    "name": "weather",
    "description": "tells the weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}

HELLO_DICT = {"role": "user", "content": "Hello"}
HELLO = cohere.UserChatMessageV2(content="Hello")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder: Path = tmp_path_factory.mktemp("vendors")
    running = Gateway(folder, "demo: true\nlisten: {aws_signatures: true}\n").start()
    yield running
    running.stop()


@pytest.fixture
def claude(demo: Gateway) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=demo.url, api_key=KEY, max_retries=0)


def test_anthropics_sdk_chats(claude: anthropic.Anthropic) -> None:
    message = claude.messages.create(
        model="demo/chat", max_tokens=100, system="be brief", messages=[{"role": "user", "content": "Hello"}]
    )
    assert message.content[0].type == "text"
    assert message.content[0].text
    assert message.stop_reason == "end_turn"
    assert message.usage.input_tokens > 0


def test_anthropics_sdk_streams(claude: anthropic.Anthropic) -> None:
    with claude.messages.stream(
        model="demo/chat", max_tokens=100, messages=[{"role": "user", "content": "Hello"}]
    ) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert text
    assert message.content[0].type == "text"
    assert message.content[0].text == text
    assert message.usage.output_tokens > 0


def test_anthropics_sdk_calls_tools_and_takes_their_results(claude: anthropic.Anthropic) -> None:
    asked: list[anthropic.types.MessageParam] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = claude.messages.create(
        model="demo/tools",
        max_tokens=100,
        messages=asked,
        tools=[WEATHER],  # type: ignore[list-item] # a plain dictionary is what people write
    )
    call = next(block for block in first.content if block.type == "tool_use")
    assert first.stop_reason == "tool_use"
    assert call.name == "weather"
    second = claude.messages.create(
        model="demo/tools",
        max_tokens=100,
        messages=[
            *asked,
            {"role": "assistant", "content": [{"type": "tool_use", "id": call.id, "name": "weather", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}]},
        ],
        tools=[WEATHER],  # type: ignore[list-item] # as above
    )
    assert second.stop_reason == "end_turn"


def test_anthropics_sdk_lists_models_and_counts_tokens(claude: anthropic.Anthropic) -> None:
    assert "demo/chat" in [model.id for model in claude.models.list()]
    counted = claude.messages.count_tokens(model="demo/chat", messages=[{"role": "user", "content": "Hello"}])
    assert counted.input_tokens > 0


def test_anthropics_sdk_gets_errors_of_its_own_kind(demo: Gateway, claude: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError):
        claude.messages.create(model="nobody/x", max_tokens=1, messages=[{"role": "user", "content": "x"}])
    stranger = anthropic.Anthropic(base_url=demo.url, api_key="sk-wrong", max_retries=0)
    with pytest.raises(anthropic.AuthenticationError):
        stranger.messages.create(model="demo/chat", max_tokens=1, messages=[{"role": "user", "content": "x"}])
    with pytest.raises(anthropic.BadRequestError):
        claude.messages.create(model="demo/chat", max_tokens=1, messages=[{"role": "user", "content": 1}])  # type: ignore[list-item, misc] # on purpose


def test_coheres_sdk_chats_and_streams(demo: Gateway) -> None:
    client = cohere.ClientV2(api_key=KEY, base_url=demo.url)
    answer = client.chat(model="demo/chat", messages=[HELLO])
    assert answer.message.content
    assert answer.finish_reason == "COMPLETE"
    vectors = client.embed(
        model="demo/embed", texts=["a", "b"], input_type="search_document", embedding_types=["float"]
    )
    assert vectors.embeddings.float_
    assert len(vectors.embeddings.float_) == 2
    events = list(client.chat_stream(model="demo/chat", messages=[HELLO]))
    assert events[0].type == "message-start"
    assert events[-1].type == "message-end"


def bedrock(demo: Gateway, key_id: str, secret: str) -> boto3.session.Session.client:
    return boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=demo.url,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
    )


def test_awss_sdk_signs_chats_streams_and_reads_errors(demo: Gateway) -> None:
    made = json.loads(demo.command("keys", "create", "--json", "--name", "aws").stdout)
    client = bedrock(demo, made["id"], made["aws_secret_access_key"])
    asked = [{"role": "user", "content": [{"text": "Hello"}]}]
    answer = client.converse(modelId="demo/chat", messages=asked, inferenceConfig={"maxTokens": 100})
    assert answer["output"]["message"]["content"][0]["text"]
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"]["inputTokens"] > 0
    events = list(client.converse_stream(modelId="demo/chat", messages=asked)["stream"])
    assert next(iter(events[0])) == "messageStart"
    assert next(iter(events[-1])) == "metadata"
    assert "".join(event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event)
    body = json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 50, "messages": [HELLO_DICT]})
    invoked = json.loads(client.invoke_model(modelId="demo/chat", body=body)["body"].read())
    assert invoked["content"][0]["text"]
    streamed = client.invoke_model_with_response_stream(modelId="demo/chat", body=body)["body"]
    kinds = [json.loads(event["chunk"]["bytes"])["type"] for event in streamed]
    assert (kinds[0], kinds[-1]) == ("message_start", "message_stop")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.converse(modelId="nobody/x", messages=asked)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    forged = bedrock(demo, made["id"], "not the secret")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        forged.converse(modelId="demo/chat", messages=asked)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in {401, 403}


def test_googles_sdk_chats_streams_and_calls_tools(demo: Gateway) -> None:
    client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=demo.url))
    answer = client.models.generate_content(model="demo/chat", contents="Hello")
    assert answer.text
    assert answer.usage_metadata is not None
    assert answer.usage_metadata.prompt_token_count
    chunks = list(client.models.generate_content_stream(model="demo/chat", contents="Hello"))
    assert "".join(chunk.text or "" for chunk in chunks)
    assert client.models.embed_content(model="demo/embed", contents="Hello").embeddings
    counted = client.models.count_tokens(model="demo/chat", contents="Hello")
    assert counted.total_tokens
    weather = types.FunctionDeclaration(name="weather", parameters_json_schema=WEATHER["input_schema"])
    config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[weather])])
    called = client.models.generate_content(model="demo/tools", contents="What is the weather in Paris?", config=config)
    assert called.function_calls
    assert called.function_calls[0].name == "weather"
    with pytest.raises(errors.ClientError) as caught:
        client.models.generate_content(model="nobody/x", contents="Hello")
    assert caught.value.code == 404


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.skipif(not (NODE / "node_modules" / "ai").is_dir(), reason="the npm packages are not installed")
def test_the_sdks_of_anthropic_and_vercel_for_node(demo: Gateway) -> None:
    command = ["node", "vendors.mjs", demo.url, KEY]
    done = subprocess.run(command, cwd=NODE, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("all calls are as expected")
