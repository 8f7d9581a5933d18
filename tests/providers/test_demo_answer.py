import json

import pytest

from narrowgate.providers.demo_answer import (
    Refused,
    data_event,
    limit_of,
    named_event,
    refuse_several,
    stream,
    texts_of,
    wants_stream,
    wants_usage,
    whole,
)


def test_a_whole_answer_is_one_piece_of_json() -> None:
    made = whole({"a": 1})
    assert (made.status, made.content_type, made.frames) == (200, "application/json", (b'{"a":1}',))


def test_a_stream_is_events_in_order() -> None:
    made = stream(data_event({"a": 1}), named_event("x.y", {"b": 2}))
    assert made.content_type.startswith("text/event-stream")
    assert made.frames == (b'data: {"a":1}\n\n', b'event: x.y\ndata: {"b":2}\n\n')


def test_a_refusal_says_what_and_where() -> None:
    error = json.loads(Refused("n: too many", "n").answer.frames[0])["error"]
    assert error == {"message": "n: too many", "type": "invalid_request_error", "param": "n", "code": None}


def test_streams_and_usage_are_for_those_who_ask() -> None:
    assert wants_stream({"stream": True})
    assert not wants_stream({"stream": None})
    assert wants_usage({"stream_options": {"include_usage": True}})
    assert not wants_usage({"stream_options": {"include_usage": False}})
    assert not wants_usage({})
    with pytest.raises(Refused, match="stream: expected true or false"):
        wants_stream({"stream": "yes"})


def test_the_first_limit_that_is_there_counts() -> None:
    assert limit_of({"b": 2, "a": 1}, "a", "b") == 1
    assert limit_of({"a": None, "b": 2}, "a", "b") == 2
    assert limit_of({}, "a") is None
    for wrong in (0, -1, True, "5", 1.5):
        with pytest.raises(Refused, match="a: expected a whole number of at least 1"):
            limit_of({"a": wrong}, "a")


def test_there_is_one_choice() -> None:
    refuse_several({"n": 1})
    refuse_several({"n": None})
    for wrong in (2, [1], "1"):
        with pytest.raises(Refused, match="one choice"):
            refuse_several({"n": wrong})


def test_texts_and_tokens_are_read_alike() -> None:
    assert texts_of("a", "input") == ["a"]
    assert texts_of(["a", "b"], "input") == ["a", "b"]
    assert texts_of([1, 2], "input") == ["1 2"]
    assert texts_of([[1, 2], "a"], "input") == ["1 2", "a"]
    wrong_inputs: tuple[object, ...] = (None, 1, [], ["a", None], [["a"]], {})
    for wrong in wrong_inputs:
        with pytest.raises(Refused, match="input: expected text"):
            texts_of(wrong, "input")
