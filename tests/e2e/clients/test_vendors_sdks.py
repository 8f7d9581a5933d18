"""The SDKs of OpenAI, Anthropic, Google, AWS and Cohere, each doing all it can with the models of all."""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack

import anthropic
import boto3
import cohere
import httpx
import openai
import pytest
from google import genai
from google.genai import types

from tests.e2e.clients.scene import HELLO, THOUGHT
from tests.e2e.gateway import KEY, Gateway

pytestmark = pytest.mark.slow

MODELS = ["openai/gpt-5", "anthropic/claude-sonnet-4-5", "gemini/gemini-3-pro", "chatty/llama"]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SEEN = f"I see image/png of {len(PNG)} bytes"
PICTURE = base64.b64encode(PNG).decode()
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
RECIPE = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "minutes": {"type": "integer"}},
    "required": ["name", "minutes"],
    "additionalProperties": False,
}
MADE = {"name": "soup", "minutes": 5}
QUESTION = "What is the weather in Paris?"


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_openais_sdk_in_chat(stage: Gateway, closing: ExitStack, name: str) -> None:
    client = closing.enter_context(openai.OpenAI(base_url=f"{stage.url}/v1", api_key=KEY, max_retries=0))
    create = client.chat.completions.create
    asked = [{"role": "user", "content": QUESTION}]
    tools = [{"type": "function", "function": {"name": "weather", "parameters": CITY}}]
    for effort in ("low", None):
        more = {"reasoning_effort": effort} if effort else {}
        first = create(model=name, messages=asked, tools=tools, **more).choices[0].message
        (call,) = first.tool_calls
        assert json.loads(call.function.arguments) == {"city": "Paris"}
        result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
        second = create(model=name, messages=[*asked, first, result], tools=tools, **more)
        assert second.choices[0].message.content == "It says: sunny"
    chunks = list(create(model=name, messages=asked, tools=tools, stream=True))
    pieces = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert json.loads("".join(piece.function.arguments or "" for piece in pieces)) == {"city": "Paris"}
    shape = {"type": "json_schema", "json_schema": {"name": "recipe", "strict": True, "schema": RECIPE}}
    made = create(model=name, messages=[{"role": "user", "content": "soup"}], response_format=shape)
    assert json.loads(made.choices[0].message.content) == MADE
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}
    seen = create(model=name, messages=[{"role": "user", "content": [picture]}])
    assert seen.choices[0].message.content == SEEN


def test_openais_sdk_in_responses(stage: Gateway, closing: ExitStack, name: str) -> None:
    client = closing.enter_context(openai.OpenAI(base_url=f"{stage.url}/v1", api_key=KEY, max_retries=0))
    talk: list[object] = [{"role": "user", "content": QUESTION}]
    more = {
        "model": name,
        "store": False,
        "reasoning": {"effort": "low"},
        "include": ["reasoning.encrypted_content"],
        "tools": [{"type": "function", "name": "weather", "parameters": CITY, "strict": True}],
    }
    first = client.responses.create(input=talk, **more)
    call = next(item for item in first.output if item.type == "function_call")
    assert json.loads(call.arguments) == {"city": "Paris"}
    talk += [*first.output, {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}]
    assert client.responses.create(input=talk, **more).output_text == "It says: sunny"
    with client.responses.stream(input=talk, **more) as stream:
        assert stream.until_done().get_final_response().output_text == "It says: sunny"
    shape = {"format": {"type": "json_schema", "name": "recipe", "strict": True, "schema": RECIPE}}
    made = client.responses.create(model=name, input="soup", text=shape)
    assert json.loads(made.output_text) == MADE
    picture = {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}", "detail": "auto"}
    seen = client.responses.create(model=name, input=[{"role": "user", "content": [picture]}])
    assert seen.output_text == SEEN


def test_anthropics_sdk(stage: Gateway, closing: ExitStack, name: str) -> None:
    client = closing.enter_context(anthropic.Anthropic(base_url=stage.url, api_key=KEY, max_retries=0))
    talk: list[object] = [{"role": "user", "content": QUESTION}]
    more = {
        "model": name,
        "max_tokens": 4000,
        "thinking": {"type": "enabled", "budget_tokens": 1500},
        "tools": [{"name": "weather", "input_schema": CITY}],
    }
    first = client.messages.create(messages=talk, **more)
    assert (first.model, first.stop_reason) == (name, "tool_use")
    with client.messages.stream(messages=talk, **more) as stream:
        streamed = stream.get_final_message()
    assert streamed.model == name
    assert [block.type for block in streamed.content] == [block.type for block in first.content]
    for answer in (first, streamed):
        call = answer.content[-1]
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}
        turn = [*talk, {"role": "assistant", "content": answer.content}, {"role": "user", "content": [result]}]
        second = client.messages.create(messages=turn, **more)
        assert second.content[-1].text == "It says: sunny"
    shape = {"format": {"type": "json_schema", "schema": RECIPE}}
    soup = [{"role": "user", "content": "soup"}]
    made = client.messages.create(model=name, max_tokens=100, messages=soup, output_config=shape)
    assert json.loads(made.content[-1].text) == MADE
    source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
    look = [{"role": "user", "content": [{"type": "image", "source": source}]}]
    seen = client.messages.create(model=name, max_tokens=100, messages=look)
    assert seen.content[-1].text == SEEN


def test_googles_sdk(stage: Gateway, closing: ExitStack, name: str) -> None:
    client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=stage.url))
    closing.callback(client.close)
    weather = types.FunctionDeclaration(name="weather", parameters_json_schema=CITY)
    config = types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=[weather])],
        thinking_config=types.ThinkingConfig(include_thoughts=True),
        temperature=1,
        top_p=0.95,
        top_k=64,
    )
    chat = client.chats.create(model=name, config=config)
    first = chat.send_message(QUESTION)
    assert first.function_calls
    assert first.function_calls[0].args == {"city": "Paris"}
    answer = types.Part.from_function_response(name="weather", response={"result": "sunny"})
    assert chat.send_message(answer).text == "It says: sunny"
    chat = client.chats.create(model=name, config=config)
    assert [call for chunk in chat.send_message_stream(QUESTION) for call in chunk.function_calls or []]
    assert "".join(chunk.text or "" for chunk in chat.send_message_stream(answer)) == "It says: sunny"
    shape = types.GenerateContentConfig(response_mime_type="application/json", response_json_schema=RECIPE)
    made = client.models.generate_content(model=name, contents="soup", config=shape)
    assert json.loads(made.text or "") == MADE
    picture = types.Part.from_bytes(data=PNG, mime_type="image/png")
    assert client.models.generate_content(model=name, contents=[picture]).text == SEEN


def test_awss_sdk(stage: Gateway, closing: ExitStack, name: str) -> None:
    made = json.loads(stage.command("keys", "create", "--json", "--name", f"aws {name}").stdout)
    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=stage.url,
        aws_access_key_id=made["id"],
        aws_secret_access_key=made["aws_secret_access_key"],
    )
    closing.callback(client.close)
    talk = [{"role": "user", "content": [{"text": QUESTION}]}]
    tools = {"tools": [{"toolSpec": {"name": "weather", "inputSchema": {"json": CITY}}}]}
    first = client.converse(modelId=name, messages=talk, toolConfig=tools)
    assert first["stopReason"] == "tool_use"
    said = first["output"]["message"]
    call = said["content"][-1]["toolUse"]
    assert call["input"] == {"city": "Paris"}
    result = {"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": "sunny"}]}}
    turn = [*talk, said, {"role": "user", "content": [result]}]
    events = client.converse_stream(modelId=name, messages=turn, toolConfig=tools)["stream"]
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    assert "".join(delta.get("text", "") for delta in deltas) == "It says: sunny"
    picture = {"image": {"format": "png", "source": {"bytes": PNG}}}
    seen = client.converse(modelId=name, messages=[{"role": "user", "content": [picture]}])
    assert seen["output"]["message"]["content"][-1]["text"] == SEEN
    if name.startswith("anthropic/"):
        thinking = {"thinking": {"type": "enabled", "budget_tokens": 1500}}
        limit = {"maxTokens": 4000}
        thought = client.converse(
            modelId=name, messages=talk, inferenceConfig=limit, additionalModelRequestFields=thinking
        )["output"]["message"]["content"]
        assert thought[0]["reasoningContent"]["reasoningText"]["text"] == THOUGHT


def test_coheres_sdk(stage: Gateway, closing: ExitStack, name: str) -> None:
    session = closing.enter_context(httpx.Client())
    client = cohere.ClientV2(api_key=KEY, base_url=stage.url, httpx_client=session)
    tool = {"type": "function", "function": {"name": "weather", "description": "tells it", "parameters": CITY}}
    talk: list[object] = [{"role": "user", "content": QUESTION}]
    first = client.chat(model=name, messages=talk, tools=[tool])
    assert first.message.tool_calls
    call = first.message.tool_calls[0]
    assert call.function is not None
    assert json.loads(call.function.arguments or "") == {"city": "Paris"}
    talk += [
        {"role": "assistant", "tool_calls": first.message.tool_calls, "tool_plan": first.message.tool_plan},
        {"role": "tool", "tool_call_id": call.id, "content": "sunny"},
    ]
    second = client.chat(model=name, messages=talk, tools=[tool])
    assert second.message.content is not None
    assert second.message.content[-1].type == "text"
    assert second.message.content[-1].text in {"It says: sunny", "It says: sunny (unsigned)"}
    hello = cohere.UserChatMessageV2(content="Hello")
    events = list(client.chat_stream(model=name, messages=[hello]))
    assert events[-1].type == "message-end"
    shape = cohere.JsonObjectResponseFormatV2(json_schema=RECIPE)
    made = client.chat(model=name, messages=[hello], response_format=shape)
    assert made.message.content is not None
    assert made.message.content[-1].type == "text"
    assert json.loads(made.message.content[-1].text) == MADE
    plain = client.chat(model=name, messages=[hello])
    assert plain.message.content is not None
    assert plain.message.content[-1].type == "text"
    assert plain.message.content[-1].text == HELLO
