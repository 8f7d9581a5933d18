import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.providers.demo_text import after_tool, cut, pieces, prompt_tokens, reply, text_of, tokens


@given(st.text())
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


@given(st.text(), st.integers(1, 50))
def test_a_cut_text_has_as_many_tokens_as_it_may(text: str, most: int) -> None:
    short, is_cut = cut(text, most)
    assert text.startswith(short)
    assert tokens(short) == min(tokens(text), most)
    assert is_cut == (short != text)


def test_four_letters_begun_are_a_token() -> None:
    assert [tokens(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]
    assert prompt_tokens([""]) == 1
    assert prompt_tokens(["abcde", "a"]) == 3


def test_the_text_of_parts_is_that_of_all_texts() -> None:
    assert text_of("a") == "a"
    assert text_of([{"type": "text", "text": "a"}, {"type": "image"}, "x", {"text": "b"}]) == "a b"
    assert text_of(None) == ""


def test_a_long_question_is_repeated_in_part() -> None:
    assert "x" * 400 + "…" in reply("chat", "x" * 500, None)
    assert "…" in after_tool("x" * 500)
    assert reply("echo", "x" * 500, None) == "x" * 500


def test_an_empty_question_gets_an_answer() -> None:
    assert "You said nothing" in reply("chat", " ", None)


@pytest.mark.parametrize("form", [None, {"type": "text"}, "json", {}])
def test_text_is_answered_unless_json_is_wanted(form: object) -> None:
    assert reply("chat", "x", form).startswith("Hello")


def test_both_dialects_ways_to_give_a_schema_are_read() -> None:
    schema = {"type": "object", "properties": {"n": {"const": 5}}}
    for form in (
        {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
        {"type": "json_schema", "name": "x", "schema": schema},
    ):
        assert json.loads(reply("chat", "x", form)) == {"n": 5}
