"""Mistral's own SDK: with_mistralai.py BASE_URL KEY MODEL."""

import json
import sys

from mistralai.client import Mistral

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def main(url: str, key: str, model: str) -> None:
    client = Mistral(api_key=key, server_url=url)
    hello = [{"role": "user", "content": "Hello"}]

    answer = client.chat.complete(model=model, messages=hello)
    assert answer.choices[0].message.content == "Hello there", answer
    assert answer.usage.prompt_tokens, answer

    words = [event.data.choices[0].delta.content for event in client.chat.stream(model=model, messages=hello)]
    assert "".join(word for word in words if word) == "Hello there", words

    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tools = [{"type": "function", "function": {"name": "weather", "description": "tells it", "parameters": schema}}]
    turn = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = client.chat.complete(model=model, messages=turn, tools=tools)
    call = first.choices[0].message.tool_calls[0]
    assert json.loads(call.function.arguments) == {"city": "Paris"}, call
    result = {"role": "tool", "tool_call_id": call.id, "name": "weather", "content": "sunny"}
    second = client.chat.complete(model=model, messages=[*turn, first.choices[0].message, result], tools=tools)
    assert second.choices[0].message.content.startswith("It says: sunny"), second

    recipe = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "recipe", "schema": recipe, "strict": True}}
    made = client.chat.complete(model=model, messages=hello, response_format=wanted)
    assert made.choices[0].message.content.replace(" ", "") == '{"name":"soup"}', made

    picture = {"type": "image_url", "image_url": f"data:image/png;base64,{PNG}"}
    seen = client.chat.complete(
        model=model, messages=[{"role": "user", "content": [{"type": "text", "text": "Look"}, picture]}]
    )
    assert seen.choices[0].message.content == "I see image/png of 70 bytes", seen

    assert "gpt-4.1" in [one.id for one in client.models.list().data]


if __name__ == "__main__":
    main(*sys.argv[1:])
    print("all calls are as expected")
