import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import Completion
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from narrowgate.model.operation import Operation
from narrowgate.model.usage import Usage
from narrowgate.providers.demo import DemoAnswer, answer
from narrowgate.providers.profile import ReasoningCount
from narrowgate.providers.usage import usage_of_body, usage_of_event

NOW_S = 1_800_000_000
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather of a place",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
            "required": ["city"],
        },
    },
}
texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


def ask(**request: object) -> DemoAnswer:
    operation = Operation.COMPLETIONS if "prompt" in request else Operation.CHAT
    made = answer(operation, json.dumps({"model": "chat", **request}).encode(), 7, NOW_S)
    assert made.status == 200, made.frames
    return made


def chat(text: str, **request: object) -> ChatCompletion:
    made = ask(messages=[{"role": "user", "content": text}], **request)
    return ChatCompletion.model_validate_json(made.frames[0])


def chunks(made: DemoAnswer) -> list[ChatCompletionChunk]:
    """Read a stream as the SDK does, and see that it is one event a frame with the end at its end."""
    assert made.content_type.startswith("text/event-stream")
    assert all(frame.startswith(b"data: ") and frame.endswith(b"\n\n") for frame in made.frames)
    *events, last = (frame[6:-2] for frame in made.frames)
    assert last == b"[DONE]"
    return [ChatCompletionChunk.model_validate_json(event) for event in events]


def said(found: list[ChatCompletionChunk]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in found if chunk.choices)


def test_the_answer_says_who_it_is_what_was_asked_and_how_to_go_on() -> None:
    found = chat("What is a gate?")
    text = found.choices[0].message.content or ""
    assert "demo provider" in text
    assert "What is a gate?" in text
    assert "OPENAI_API_KEY" in text
    assert found.choices[0].finish_reason == "stop"
    assert (found.id, found.created, found.model) == ("chatcmpl-demo7", NOW_S, "chat")


def test_echo_repeats_the_last_message_of_the_user() -> None:
    messages = [
        {"role": "user", "content": "one"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "two"}, {"type": "image_url", "image_url": {"url": "x"}}],
        },
        {"role": "assistant", "content": "three"},
    ]
    found = ChatCompletion.model_validate_json(ask(model="echo", messages=messages).frames[0])
    assert found.choices[0].message.content == "two"


@given(texts, st.none() | st.integers(1, 40))
def test_a_stream_says_what_a_whole_answer_says(text: str, limit: int | None) -> None:
    messages = [{"role": "user", "content": text}]
    for model in ("chat", "echo"):
        whole = ChatCompletion.model_validate_json(
            ask(model=model, messages=messages, max_completion_tokens=limit).frames[0]
        )
        found = chunks(ask(model=model, messages=messages, max_completion_tokens=limit, stream=True))
        assert said(found) == whole.choices[0].message.content
        assert found[-1].choices[0].finish_reason == whole.choices[0].finish_reason
        assert {chunk.id for chunk in found} == {whole.id}


def test_a_stream_tells_its_usage_only_to_those_who_ask() -> None:
    messages = [{"role": "user", "content": "hello"}]
    silent = chunks(ask(messages=messages, stream=True))
    assert all(chunk.choices and chunk.usage is None for chunk in silent)
    asked = chunks(ask(messages=messages, stream=True, stream_options={"include_usage": True}))
    assert asked[-1].choices == []
    whole = ChatCompletion.model_validate_json(ask(messages=messages).frames[0])
    assert asked[-1].usage == whole.usage
    assert said(asked) == said(silent)


def test_the_gateway_can_count_what_the_demo_says() -> None:
    made = ask(messages=[{"role": "user", "content": "12345678"}], model="echo")
    usage = usage_of_body(Operation.CHAT, made.frames[0], ReasoningCount.INSIDE)
    assert usage == Usage(input_text=2, output_text=2)
    streamed = ask(
        messages=[{"role": "user", "content": "12345678"}],
        model="echo",
        stream=True,
        stream_options={"include_usage": True},
    )
    assert usage_of_event(Operation.CHAT, streamed.frames[-2][6:], ReasoningCount.INSIDE) == usage


def test_an_answer_is_cut_at_its_limit_and_says_so() -> None:
    found = chat("hello", max_tokens=3)
    assert found.choices[0].message.content == "Hello from N"
    assert found.choices[0].finish_reason == "length"
    assert found.usage is not None
    assert found.usage.completion_tokens == 3


def test_a_tool_is_called_when_the_question_is_about_it() -> None:
    found = chat("How is the weather in Paris?", tools=[WEATHER])
    choice = found.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    assert choice.message.tool_calls is not None
    (call,) = choice.message.tool_calls
    assert call.type == "function"
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "demo", "unit": "celsius"}


def test_a_question_about_something_else_gets_text() -> None:
    assert chat("Hello!", tools=[WEATHER]).choices[0].message.tool_calls is None
    assert chat("How is the weather?", tools=[WEATHER], tool_choice="none").choices[0].message.tool_calls is None


def test_the_model_tools_always_calls() -> None:
    assert chat("Hello!", model="tools", tools=[WEATHER]).choices[0].message.tool_calls


def test_a_streamed_call_adds_up_to_the_whole_one() -> None:
    messages = [{"role": "user", "content": "weather"}]
    message = ChatCompletion.model_validate_json(ask(messages=messages, tools=[WEATHER]).frames[0]).choices[0].message
    assert message.tool_calls
    whole = message.tool_calls[0]
    assert whole.type == "function"
    found = chunks(ask(messages=messages, tools=[WEATHER], stream=True))
    deltas = [delta for chunk in found for delta in chunk.choices[0].delta.tool_calls or []]
    assert [delta.id for delta in deltas if delta.id] == [whole.id]
    assert "".join(delta.function.name or "" for delta in deltas if delta.function) == whole.function.name
    assert "".join(delta.function.arguments or "" for delta in deltas if delta.function) == whole.function.arguments
    assert len(deltas) > 2
    assert found[-1].choices[0].finish_reason == "tool_calls"


def test_the_answer_after_a_tool_is_about_what_it_said() -> None:
    messages = [
        {"role": "user", "content": "weather"},
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "tool_call_id": "call_demo7", "content": "22 degrees"},
    ]
    found = ChatCompletion.model_validate_json(ask(messages=messages, tools=[WEATHER]).frames[0])
    assert "22 degrees" in (found.choices[0].message.content or "")


@pytest.mark.parametrize(
    "form",
    [
        {"type": "json_object"},
        {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object", "properties": {}}}},
    ],
)
def test_json_is_answered_where_json_is_wanted(form: dict[str, object]) -> None:
    assert isinstance(json.loads(chat("hello", response_format=form).choices[0].message.content or ""), dict)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": "hello"}, "messages"),
        ({"messages": ["hello"]}, "messages[0]"),
        ({"stream": 1}, "stream"),
        ({"n": 2}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "other"}}}, "tool_choice"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_place(fields: dict[str, object], param: str) -> None:
    request = {"model": "chat", "messages": [{"role": "user", "content": "hello"}], **fields}
    made = answer(Operation.CHAT, json.dumps(request).encode(), 1, NOW_S)
    assert made.status == 400
    assert json.loads(made.frames[0])["error"]["param"] == param


@pytest.mark.parametrize("prompt", ["a b", ["a b", "c"], [1, 2], [[1, 2], [3]]])
def test_completions_stream_what_they_say_whole(prompt: object) -> None:
    whole = Completion.model_validate_json(ask(prompt=prompt).frames[0])
    made = ask(prompt=prompt, stream=True, stream_options={"include_usage": True})
    *events, last = (frame[6:-2] for frame in made.frames)
    assert last == b"[DONE]"
    found = [json.loads(event) for event in events]
    for choice in whole.choices:
        mine = [one for chunk in found for one in chunk["choices"] if one["index"] == choice.index]
        assert "".join(one["text"] for one in mine) == choice.text
        assert [one["finish_reason"] for one in mine] == [*[None] * (len(mine) - 1), choice.finish_reason]
    assert whole.usage is not None
    assert found[-1]["usage"]["total_tokens"] == whole.usage.total_tokens
