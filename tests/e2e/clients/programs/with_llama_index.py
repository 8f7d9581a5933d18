"""LlamaIndex's models of OpenAI, both forms: with_llama_index.py BASE_URL KEY MODEL."""

import base64
import sys

import pydantic
from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI, OpenAIResponses

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Recipe(pydantic.BaseModel):
    """How something is cooked."""

    name: str
    minutes: int


def weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


def main(url: str, key: str, model: str) -> None:
    # It asks its own list of names how much a model takes: one that OpenAI does not have must be an alias.
    converse(OpenAI(model=model, api_base=f"{url}/v1", api_key=key, max_retries=0))
    converse(
        OpenAIResponses(
            model=model, api_base=f"{url}/v1", api_key=key, max_retries=0, include=["reasoning.encrypted_content"]
        )
    )


def converse(model) -> None:
    hello = [ChatMessage(role="user", content="Hello")]
    assert model.chat(hello).message.content == "Hello there"
    assert list(model.stream_chat(hello))[-1].message.content == "Hello there"
    tool = FunctionTool.from_defaults(weather)
    answer = model.predict_and_call([tool], "What is the weather in Paris?")
    assert "sunny in Paris" in str(answer), answer
    turn = [ChatMessage(role="user", content="What is the weather in Paris?")]
    first = model.chat_with_tools([tool], chat_history=turn)
    (call,) = model.get_tool_calls_from_response(first)
    result = ChatMessage(role="tool", content="sunny", additional_kwargs={"tool_call_id": call.tool_id})
    second = model.chat_with_tools([tool], chat_history=[*turn, first.message, result])
    assert "sunny" in second.message.content, second
    made = model.as_structured_llm(Recipe).chat([ChatMessage(role="user", content="soup")])
    assert made.raw == Recipe(name="soup", minutes=5), made
    picture = ImageBlock(image=base64.b64decode(PNG), image_mimetype="image/png")
    seen = model.chat([ChatMessage(role="user", blocks=[TextBlock(text="Look"), picture])])
    assert seen.message.content == "I see image/png of 70 bytes", seen
    print(type(model).__name__, "is as expected")


if __name__ == "__main__":
    main(*sys.argv[1:])
    print("all calls are as expected")
