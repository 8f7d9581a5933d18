import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.providers.demo_answer import Refused
from narrowgate.providers.demo_tools import ToolCall, argument_pieces, call_for


def tool(name: str, description: str = "", **parameters: object) -> dict[str, object]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


TOOLS = [tool("get_weather", "Tells the weather"), tool("sendEmail", "Sends a letter"), tool("rm", "Removes files")]


def called(question: str, choice: object = "auto", *, calls_always: bool = False) -> str | None:
    call = call_for({"tools": TOOLS, "tool_choice": choice}, question, calls_always=calls_always)
    return None if call is None else call.name


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("How is the WEATHER?", "get_weather"),
        ("write an email", "sendEmail"),
        ("is there a letter?", "sendEmail"),
        ("call a function", "get_weather"),
        ("use a tool to remove files", "rm"),
        ("What is the time for you?", None),
        ("", None),
    ],
)
def test_the_tool_that_shares_most_words_with_the_question_is_called(question: str, name: str | None) -> None:
    assert called(question) == name


def test_a_choice_goes_before_the_question() -> None:
    assert called("weather", "none") is None
    assert called("hello", "required") == "get_weather"
    assert called("weather", {"type": "function", "function": {"name": "rm"}}) == "rm"
    assert called("weather", {"type": "function", "name": "rm"}) == "rm"
    assert called("hello", calls_always=True) == "get_weather"


def test_a_choice_of_no_tool_is_refused() -> None:
    with pytest.raises(Refused, match="there is no tool 'fly' in tools"):
        called("weather", {"type": "function", "function": {"name": "fly"}})


def test_tools_may_be_written_as_responses_write_them() -> None:
    flat = {"type": "function", "name": "add", "parameters": {"type": "object", "properties": {"a": {"const": 1}}}}
    assert call_for({"tools": [{"type": "web_search"}, flat]}, "", calls_always=True) == ToolCall("add", '{"a":1}')


@pytest.mark.parametrize("tools", [None, [], "x", [1], [{"type": "function"}], [{"type": "custom", "name": "x"}]])
def test_without_a_tool_there_is_no_call(tools: object) -> None:
    assert call_for({"tools": tools, "tool_choice": "required"}, "use a tool", calls_always=True) is None


def test_arguments_are_an_object_whatever_the_parameters_are() -> None:
    odd_parameters: tuple[object, ...] = (None, True, [], {"type": "string"})
    for parameters in odd_parameters:
        odd = {"type": "function", "function": {"name": "x", "parameters": parameters}}
        call = call_for({"tools": [odd]}, "", calls_always=True)
        assert call is not None
        assert json.loads(call.arguments) == {}


@given(st.text())
def test_pieces_of_arguments_joined_are_the_arguments(arguments: str) -> None:
    assert "".join(argument_pieces(arguments)) == arguments
