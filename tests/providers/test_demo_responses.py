import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.responses import Response, ResponseFunctionToolCall, ResponseStreamEvent
from pydantic import TypeAdapter

from narrowgate.model.operation import Operation
from narrowgate.model.usage import Usage
from narrowgate.providers.demo import DemoAnswer, answer
from narrowgate.providers.profile import ReasoningCount
from narrowgate.providers.usage import usage_of_body, usage_of_event

NOW_S = 1_800_000_000
EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
ADD = {
    "type": "function",
    "name": "add",
    "description": "Adds numbers",
    "parameters": {"type": "object", "properties": {"numbers": {"type": "array", "items": {"type": "integer"}}}},
    "strict": True,
}


def ask(**request: object) -> DemoAnswer:
    made = answer(Operation.RESPONSES, json.dumps({"model": "chat", **request}).encode(), 3, NOW_S)
    assert made.status == 200, made.frames
    return made


def response(**request: object) -> Response:
    return Response.model_validate_json(ask(**request).frames[0])


def events(made: DemoAnswer) -> list[ResponseStreamEvent]:
    """Read a stream as the SDK does, and see that names and numbers are right."""
    found = []
    for number, frame in enumerate(made.frames):
        name, data, nothing = frame.split(b"\n", 2)
        assert nothing == b"\n"
        event = EVENT.validate_json(data.removeprefix(b"data: "))
        assert f"event: {event.type}".encode() == name
        assert event.sequence_number == number
        found.append(event)
    return found


def test_a_response_says_what_a_chat_says() -> None:
    found = response(input="What is a gate?")
    assert found.status == "completed"
    assert "What is a gate?" in found.output_text
    assert found.id == "resp_demo3"


def test_the_events_follow_the_grammar() -> None:
    names = [event.type for event in events(ask(input="hi there", model="echo", stream=True))]
    assert names == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]


@settings(max_examples=30)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.none() | st.integers(1, 20))
def test_a_stream_adds_up_to_the_whole_response(text: str, limit: int | None) -> None:
    request = {"input": [{"role": "user", "content": text}], "max_output_tokens": limit, "model": "echo"}
    whole = response(**request)
    found = events(ask(**request, stream=True))
    end = found[-1]
    assert end.type in {"response.completed", "response.incomplete"}
    assert end.type == f"response.{whole.status}"
    assert "".join(event.delta for event in found if event.type == "response.output_text.delta") == whole.output_text
    assert end.type != "response.completed" or end.response == whole


def test_a_response_is_cut_at_its_limit_and_says_so() -> None:
    found = response(input="12345678", model="echo", max_output_tokens=1)
    assert found.output_text == "1234"
    assert found.status == "incomplete"
    assert found.incomplete_details is not None
    assert found.incomplete_details.reason == "max_output_tokens"


def test_the_gateway_can_count_a_response() -> None:
    usage = Usage(input_text=2, output_text=2)
    whole = ask(input="12345678", model="echo")
    assert usage_of_body(Operation.RESPONSES, whole.frames[0], ReasoningCount.INSIDE) == usage
    last = ask(input="12345678", model="echo", stream=True).frames[-1]
    assert usage_of_event(Operation.RESPONSES, last.split(b"data: ")[1], ReasoningCount.INSIDE) == usage


def test_a_tool_is_called_by_events_that_add_up() -> None:
    (call,) = response(input="add two numbers", tools=[ADD]).output
    assert isinstance(call, ResponseFunctionToolCall)
    assert json.loads(call.arguments) == {"numbers": [1]}
    found = events(ask(input="add two numbers", tools=[ADD], stream=True))
    names = [event.type for event in found]
    assert names[:3] == ["response.created", "response.in_progress", "response.output_item.added"]
    assert names[-3:] == ["response.function_call_arguments.done", "response.output_item.done", "response.completed"]
    pieces = [event.delta for event in found if event.type == "response.function_call_arguments.delta"]
    assert "".join(pieces) == call.arguments


def test_the_answer_after_a_tool_is_about_what_it_said() -> None:
    given_items = [
        {"role": "user", "content": "add two numbers"},
        {"type": "function_call", "call_id": "c", "name": "add", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "forty-two"},
    ]
    assert "forty-two" in response(input=given_items, tools=[ADD]).output_text


def test_a_schema_is_answered_with_a_value_of_it() -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    found = response(input="x", text={"format": {"type": "json_schema", "name": "x", "schema": schema}})
    assert json.loads(found.output_text) == {"ok": True}


def test_what_was_asked_for_is_repeated() -> None:
    found = response(input="x", instructions="Be brief", metadata={"a": "b"}, tools=[ADD], temperature=0.5)
    assert found.instructions == "Be brief"
    assert found.metadata == {"a": "b"}
    assert len(found.tools) == 1
    assert found.temperature == 0.5


@pytest.mark.parametrize(
    ("fields", "param"),
    [({"input": []}, "input"), ({"input": ["x"]}, "input[0]"), ({"max_output_tokens": 0}, "max_output_tokens")],
)
def test_what_cannot_be_answered_is_refused_with_its_place(fields: dict[str, object], param: str) -> None:
    request = {"model": "chat", "input": "x", **fields}
    made = answer(Operation.RESPONSES, json.dumps(request).encode(), 1, NOW_S)
    assert made.status == 400
    assert json.loads(made.frames[0])["error"]["param"] == param
