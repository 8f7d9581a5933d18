"""Pydantic AI in four dialects: with_pydantic_ai.py BASE_URL KEY MODEL."""

import base64
import sys

import pydantic
from pydantic_ai import Agent, BinaryContent
from pydantic_ai.models.anthropic import AnthropicModel, AnthropicModelSettings
from pydantic_ai.models.google import GoogleModel, GoogleModelSettings
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel, OpenAIResponsesModelSettings
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Recipe(pydantic.BaseModel):
    name: str
    minutes: int


def main(url: str, key: str, model: str) -> None:
    openai = OpenAIProvider(base_url=f"{url}/v1", api_key=key)
    anthropic = AnthropicProvider(base_url=url, api_key=key)
    google = GoogleProvider(base_url=url, api_key=key)
    thinking = {"type": "enabled", "budget_tokens": 1500}
    converse(OpenAIChatModel(model, provider=openai), None)
    converse(
        OpenAIResponsesModel(model, provider=openai),
        OpenAIResponsesModelSettings(openai_reasoning_effort="low", openai_send_reasoning_ids=True),
    )
    converse(
        AnthropicModel(model, provider=anthropic), AnthropicModelSettings(anthropic_thinking=thinking, max_tokens=4000)
    )
    settings = GoogleModelSettings(google_thinking_config={"include_thoughts": True})
    converse(GoogleModel(model, provider=google), settings)


def converse(model, settings) -> None:
    plain = Agent(model)
    answer = plain.run_sync("Hello", model_settings=settings)
    assert answer.output == "Hello there", answer
    assert answer.usage.input_tokens, answer
    streamed = plain.run_stream_sync("Hello", model_settings=settings)
    assert list(streamed.stream_text())[-1] == "Hello there"

    agent = Agent(model)
    asked = []

    @agent.tool_plain
    def weather(city: str) -> str:
        """Tell the weather."""
        asked.append(city)
        return f"sunny in {city}"

    told = agent.run_sync("What is the weather in Paris?", model_settings=settings)
    assert asked == ["Paris"], asked
    assert "sunny in Paris" in told.output, told
    more = agent.run_sync("Thanks", message_history=told.all_messages(), model_settings=settings)
    assert more.output, more
    streamed = agent.run_stream_sync("What is the weather in Paris?", model_settings=settings)
    assert "sunny in Paris" in list(streamed.stream_text())[-1]

    made = Agent(model, output_type=Recipe).run_sync("soup")
    assert made.output == Recipe(name="soup", minutes=5), made
    seen = plain.run_sync(["Look", BinaryContent(base64.b64decode(PNG), media_type="image/png")])
    assert seen.output == "I see image/png of 70 bytes", seen
    print(type(model).__name__, "is as expected")


if __name__ == "__main__":
    main(*sys.argv[1:])
    print("all calls are as expected")
