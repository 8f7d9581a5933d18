"""LangChain's models of OpenAI (both forms) and Anthropic: with_langchain.py BASE_URL KEY MODEL."""

import sys

import pydantic
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Recipe(pydantic.BaseModel):
    """How something is cooked."""

    name: str
    minutes: int


@tool
def weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


def main(url: str, key: str, model: str) -> None:
    thinking = {"type": "enabled", "budget_tokens": 1500}
    converse(ChatOpenAI(model=model, base_url=f"{url}/v1", api_key=key))
    responses = ChatOpenAI(
        model=model,
        base_url=f"{url}/v1",
        api_key=key,
        use_responses_api=True,
        include=["reasoning.encrypted_content"],
        reasoning={"effort": "low"},
        store=False,
    )
    converse(responses)
    converse(ChatAnthropic(model=model, base_url=url, api_key=key, max_tokens=4000))
    converse(ChatAnthropic(model=model, base_url=url, api_key=key, max_tokens=4000, thinking=thinking), forces=False)


def converse(model, *, forces: bool = True) -> None:
    answer = model.invoke("Hello")
    assert answer.text == "Hello there", answer
    assert answer.usage_metadata["input_tokens"], answer
    assert "".join(chunk.text for chunk in model.stream("Hello")) == "Hello there"

    turn = [HumanMessage("What is the weather in Paris?")]
    able = model.bind_tools([weather])
    first = able.invoke(turn)
    (call,) = first.tool_calls
    result = ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"])
    second = able.invoke([*turn, first, result])
    assert "sunny in Paris" in second.text, second
    third = able.invoke([*turn, first, result, second, HumanMessage("Thanks")])
    assert third.text, third
    whole = None
    for chunk in able.stream(turn):
        whole = chunk if whole is None else whole + chunk
    assert whole.tool_calls[0]["args"] == {"city": "Paris"}, whole
    again = able.invoke([*turn, whole, ToolMessage("sunny", tool_call_id=whole.tool_calls[0]["id"])])
    assert "sunny" in again.text, again

    for method in ("json_schema", "function_calling") if forces else ("json_schema",):
        made = model.with_structured_output(Recipe, method=method).invoke("soup")
        assert made == Recipe(name="soup", minutes=5), (method, made)

    picture = {"type": "image", "base64": PNG, "mime_type": "image/png"}
    seen = model.invoke([HumanMessage([{"type": "text", "text": "Look"}, picture])])
    assert seen.text == "I see image/png of 70 bytes", seen
    print(type(model).__name__, "is as expected")


if __name__ == "__main__":
    main(*sys.argv[1:])
    print("all calls are as expected")
