import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.providers.services.hearing import Heard, Word, answer_of, lines_of, losses_of
from narrowgate.wire.errors import WireError
from narrowgate.wire.form_body import FormBody, Part

WORDS = (Word("Hello.", 0, 0.5), Word("How", 0.6, 0.9), Word("are", 1, 1.2), Word("you?", 3_661.5, 3_661.75))
HEARD = Heard("Hello. How are you?", WORDS, "en", 3_662.0)


def form(**fields: str) -> FormBody:
    return FormBody(b"XX", tuple(Part(name, value.encode()) for name, value in fields.items()))


def test_json_is_the_text_and_how_long_it_took_to_say() -> None:
    answered = answer_of(HEARD, form())
    assert json.loads(answered.body) == {
        "text": "Hello. How are you?",
        "usage": {"type": "duration", "seconds": 3662.0},
    }
    assert answer_of(Heard("x"), form()).body == b'{"text":"x"}'
    assert answer_of(HEARD, form(response_format="text")).body == b"Hello. How are you?\n"


def test_the_verbose_answer_has_what_was_asked_for() -> None:
    told = json.loads(answer_of(HEARD, form(response_format="verbose_json")).body)
    assert (told["language"], told["duration"], "words" in told) == ("en", 3662.0, False)
    assert [line["text"] for line in told["segments"]] == ["Hello.", "How are", "you?"]
    asked = FormBody(b"XX", (Part("response_format", b"verbose_json"), Part("timestamp_granularities[]", b"word")))
    told = json.loads(answer_of(HEARD, asked).body)
    assert told["words"][1] == {"word": "How", "start": 0.6, "end": 0.9}
    assert "segments" not in told


def test_subtitles() -> None:
    answered = answer_of(HEARD, form(response_format="srt"))
    assert answered.content_type.startswith(b"text/plain")
    assert answered.body.decode().split("\n\n")[2] == "3\n01:01:01,500 --> 01:01:01,750\nyou?\n"
    assert answer_of(HEARD, form(response_format="vtt")).body.startswith(
        b"WEBVTT\n\n00:00:00.000 --> 00:00:00.500\nHello.\n\n"
    )
    with pytest.raises(WireError):
        answer_of(Heard("no times"), form(response_format="srt"))


def test_what_has_no_place_is_named() -> None:
    asked = form(prompt="x", stream="true", include="logprobs", response_format="diarized_json", seed="1")
    lost = losses_of(asked, frozenset({"seed"}))
    assert [(one.what, one.is_hint) for one in lost] == [
        ("prompt", True),
        ("stream", False),
        ("include", False),
        ("response_format", False),
    ]
    assert losses_of(form(stream="false", language="de"), frozenset()) == ()


@given(st.lists(st.tuples(st.text("ab.", min_size=1, max_size=50), st.floats(0, 9), st.floats(0, 9))))
def test_every_word_is_in_one_line_and_none_is_empty(found: list[tuple[str, float, float]]) -> None:
    words, now = [], 0.0
    for text, pause, length in found:
        words.append(Word(text, now + pause, now + pause + length))
        now += pause + length
    lines = lines_of(words)
    assert [word for line in lines for word in line] == words
    assert all(lines)
