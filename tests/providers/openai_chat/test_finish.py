"""Finish reasons mean the same in whoever's words."""

import pytest

from narrowgate.model.reply import Finish
from narrowgate.providers.openai_chat.finish import finish_of


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("stop", Finish.STOP),
        ("eos", Finish.STOP),
        ("eos_token", Finish.STOP),
        ("end_turn", Finish.STOP),
        ("COMPLETE", Finish.STOP),
        ("stop_sequence", Finish.STOP_SEQUENCE),
        ("max_tokens", Finish.LENGTH),
        ("model_length", Finish.LENGTH),
        ("function_call", Finish.TOOL_CALLS),
        ("content_filter", Finish.CONTENT_FILTER),
        ("refusal", Finish.REFUSAL),
        ("whatever", Finish.OTHER),
    ],
)
def test_words_are_understood(word: str, finish: Finish) -> None:
    assert finish_of(word, has_calls=False)[0] is finish


def test_a_call_is_the_reason_whatever_is_said() -> None:
    assert finish_of("stop", has_calls=True) == (Finish.TOOL_CALLS, "stop")
    assert finish_of(None, has_calls=True) == (Finish.TOOL_CALLS, None)
    assert finish_of("length", has_calls=True) == (Finish.LENGTH, None)


def test_a_word_is_kept_where_the_meaning_does_not_give_it_back() -> None:
    assert finish_of("eos", has_calls=False) == (Finish.STOP, "eos")
    assert finish_of("stop", has_calls=False) == (Finish.STOP, None)
    assert finish_of("", has_calls=False) == (None, None)
