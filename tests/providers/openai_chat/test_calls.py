"""Calls are put together however they are cut."""

import pytest

from narrowgate.model.conversation import Form, Seal, ToolCall
from narrowgate.model.reply import Finish, PartBegan, PartEnded
from narrowgate.providers.openai_chat.calls import CallIds
from tests.providers.openai_chat.told import DONE, answered, chunk, events_of, folded

Json = dict[str, object]


def piece(arguments: object = None, **more: object) -> Json:
    """Return a piece of a call; `name` goes into its function."""
    function: Json = {} if arguments is None else {"arguments": arguments}
    if "name" in more:
        function["name"] = more.pop("name")
    return {"function": function, **more}


@pytest.mark.parametrize(
    "deltas",
    [
        [[piece("", index=0, id="a", type="function", name="f")], [piece("{", index=0)], [piece("}", index=0)]],
        [[piece("{", index=0, id="a", name="f")], [piece("}", index=0, id="a", name="f")]],
        [[piece("{}", id="a", name="f")]],
        [[piece("{", id="a", name="f")], [piece("}")]],
        [[piece("{", id="a", name="f")], [piece("}", id="a")]],
        [[piece(index=0.0, id="a")], [piece("{", index=0)], [piece("}", index=0, name="f")]],
        [[piece({}, index=0, id="a", name="f")]],
    ],
)
def test_one_call_comes_out_of_its_pieces(deltas: list[list[Json]]) -> None:
    reply = folded(*(chunk({"tool_calls": calls}) for calls in deltas), chunk({}, "tool_calls"))
    assert reply.choices[0].parts == (ToolCall("a", "f", "{}"),)


@pytest.mark.parametrize(
    "deltas",
    [
        [[piece("1", index=0, id="a", name="f"), piece("2", index=1, id="b", name="g")]],
        [[piece("1", index=0, id="a", name="f")], [piece("2", index=0, id="b", name="g")]],
        [[piece("1", id="a", name="f")], [piece("2", id="b", name="g")]],
        [[piece("1", id="a", name="f"), piece("2", id="b", name="g")]],
        [[piece("", index=5, id="a", name="f")], [piece("2", index=7, id="b", name="g")], [piece("1", index=5)]],
    ],
)
def test_parallel_calls_stay_apart_and_in_order(deltas: list[list[Json]]) -> None:
    reply = folded(*(chunk({"tool_calls": calls}) for calls in deltas), DONE)
    assert reply.choices[0].parts == (ToolCall("a", "f", "1"), ToolCall("b", "g", "2"))


def test_ids_are_made_where_they_are_missing_or_given_twice() -> None:
    calls = [
        piece("{}", name="f"),
        piece("{}", name="g", id=""),
        piece("{}", name="h", id=0),
        piece("{}", name="i", id="0", index=3),
    ]
    ids = [
        part.id for part in answered({"tool_calls": calls}, "tool_calls").choices[0].parts if isinstance(part, ToolCall)
    ]
    assert ids == ["call_0", "call_1", "0", "call_2"]


def test_an_id_made_is_never_one_given() -> None:
    ids = CallIds()
    assert [ids.unique("call_0"), ids.unique(""), ids.unique("call_0")] == ["call_0", "call_1", "call_2"]


def test_googles_signature_is_the_calls_seal() -> None:
    seal = Seal(Form.GEMINI_GENERATE, "sig")
    extra = {"google": {"thought_signature": "sig"}}
    first = chunk({"tool_calls": [piece("{}", index=0, id="a", extra_content=extra)]})
    named = chunk({"tool_calls": [piece(index=0, name="f")]}, "tool_calls")
    assert folded(first, named).choices[0].parts == (ToolCall("a", "f", "{}", seal=seal),)
    whole = answered({"tool_calls": [piece("{}", id="a", name="f", extra_content=extra)]}, "tool_calls")
    assert whole.choices[0].parts == (ToolCall("a", "f", "{}", seal=seal),)


def test_a_custom_call_has_free_text() -> None:
    deltas: list[Json] = [
        {"index": 0, "id": "a", "type": "custom", "custom": {"name": "f", "input": "se"}},
        {"index": 0, "custom": {"input": "lect"}},
    ]
    reply = folded(*(chunk({"tool_calls": [delta]}) for delta in deltas), chunk({}, "tool_calls"))
    assert reply.choices[0].parts == (ToolCall("a", "f", "select", is_custom=True),)


def test_the_old_way_to_call_is_read_too() -> None:
    pieces = [
        chunk({"function_call": {"name": "f", "arguments": "{"}}),
        chunk({"function_call": {"arguments": "}"}}),
        chunk({}, "function_call"),
    ]
    (choice,) = folded(*pieces).choices
    assert choice.parts == (ToolCall("call_0", "f", "{}"),)
    assert choice.finish is Finish.TOOL_CALLS


def test_a_call_without_a_name_is_told_when_it_ends() -> None:
    events = events_of(chunk({"tool_calls": [piece("{}", index=0)]}, "tool_calls"))
    assert PartBegan(0, 0, ToolCall("call_0", "", "")) in events
    assert PartEnded(0, 0) in events
