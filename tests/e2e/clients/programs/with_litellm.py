"""The SDK of LiteLLM in three dialects: with_litellm.py BASE_URL KEY MODEL."""

import os
import sys

# Both are read when it is imported: no list of prices from the network.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_TELEMETRY"] = "False"

import litellm

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def main(url: str, key: str, model: str) -> None:
    litellm.suppress_debug_info = True
    ways = {"openai": f"{url}/v1", "anthropic": url, "gemini": url}
    for dialect, base in ways.items():
        converse(f"{dialect}/{model}", base, key)
        print(dialect, "is as expected")


def converse(model: str, base: str, key: str) -> None:
    def ask(messages, **more):
        return litellm.completion(model=model, api_base=base, api_key=key, messages=messages, max_tokens=5000, **more)

    hello = [{"role": "user", "content": "Hello"}]
    answer = ask(hello)
    assert answer.choices[0].message.content == "Hello there", answer
    assert answer.usage.prompt_tokens, answer
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in ask(hello, stream=True))
    assert streamed == "Hello there", streamed

    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tools = [{"type": "function", "function": {"name": "weather", "description": "tells it", "parameters": schema}}]
    turn = [{"role": "user", "content": "What is the weather in Paris?"}]
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1500}} if model.startswith("anthropic/") else {}
    thinking |= {"allowed_openai_params": list(thinking)}
    first = ask(turn, tools=tools, **thinking).choices[0].message
    assert first.tool_calls[0].function.name == "weather", first
    result = {"role": "tool", "tool_call_id": first.tool_calls[0].id, "name": "weather", "content": "sunny"}
    second = ask([*turn, first, result], tools=tools, **thinking)
    assert "sunny" in second.choices[0].message.content, second

    recipe = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    recipe["additionalProperties"] = False
    wanted = {"type": "json_schema", "json_schema": {"name": "recipe", "schema": recipe, "strict": True}}
    made = ask(hello, response_format=wanted).choices[0].message.content
    assert made.replace(" ", "") == '{"name":"soup"}', made

    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
    seen = ask([{"role": "user", "content": [{"type": "text", "text": "Look"}, picture]}])
    assert seen.choices[0].message.content == "I see image/png of 70 bytes", seen


if __name__ == "__main__":
    main(*sys.argv[1:])
    print("all calls are as expected")
