import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.providers.services.deepgram import HEARING, SPEECH
from narrowgate.wire.errors import WireError
from narrowgate.wire.form_body import FormBody, Part

FILE = Part("file", b"RIFF", "a.wav", b"audio/wav")
ASKED = FormBody(b"XX", (Part("model", b"nova-3"), FILE))
WORD = {"word": "hi", "start": 0.1, "end": 0.4, "confidence": 0.9, "punctuated_word": "Hi."}
CHANNEL = {"alternatives": [{"transcript": "Hi.", "confidence": 0.9, "words": [WORD]}], "detected_language": "en"}
TOLD = {"metadata": {"request_id": "r", "duration": 1.5, "channels": 1}, "results": {"channels": [CHANNEL]}}


@pytest.mark.parametrize(
    ("model", "voice", "said_by"),
    [
        ("aura-2", "thalia", "aura-2-thalia-en"),
        ("aura-2", "celeste-es", "aura-2-celeste-es"),
        ("aura-2", "aura-2-thalia-en", "aura-2-thalia-en"),
        ("aura-2-thalia-en", "thalia", "aura-2-thalia-en"),
        ("aura-2-thalia-en", "", "aura-2-thalia-en"),
    ],
)
def test_the_voice_is_part_of_the_model(model: str, voice: str, said_by: str) -> None:
    made = SPEECH.to_wire(json.dumps({"input": "hi", "voice": voice}).encode(), model)
    assert made.query == f"model={said_by}&encoding=mp3"
    assert made.body == b'{"text":"hi"}'
    assert made.inexpressible == ()


def test_another_voice_than_the_models_is_a_hint_and_none_at_all_an_error() -> None:
    made = SPEECH.to_wire(b'{"input":"hi","voice":"alloy","response_format":"midi","x":1}', "aura-2-thalia-en")
    assert [(one.what, one.is_hint) for one in made.inexpressible] == [
        ("response_format", False),
        ("voice", True),
        ("x", False),
    ]
    with pytest.raises(WireError, match="voice"):
        SPEECH.to_wire(b'{"input":"hi"}', "aura-2")


def test_formats_and_speed_are_in_the_query() -> None:
    made = SPEECH.to_wire(b'{"input":"hi","voice":"t","response_format":"pcm","speed":1.25}', "aura-2")
    assert made.query == "model=aura-2-t-en&encoding=linear16&container=none&sample_rate=24000&speed=1.25"
    assert SPEECH.passes
    assert SPEECH.from_wire(b"ID3", b"").body == b"ID3"


def test_a_recording_goes_alone() -> None:
    made = HEARING.to_wire(ASKED, "nova-3")
    assert (made.body, made.content_type) == (b"RIFF", b"audio/wav")
    assert made.query == "model=nova-3&detect_language=true&punctuate=true"
    parts = (
        Part("language", b"de"),
        Part("smart_format", b"true"),
        Part("keyterm", b"a b"),
        Part("file", b"1", "x", b"sly\r\nx: y"),
    )
    made = HEARING.to_wire(FormBody(b"XX", parts), "nova-3")
    assert made.query == "model=nova-3&language=de&smart_format=true&keyterm=a+b"
    assert made.content_type == b"application/octet-stream"


def test_what_was_heard() -> None:
    asked = FormBody(b"XX", (Part("response_format", b"verbose_json"), Part("timestamp_granularities[]", b"word")))
    assert json.loads(HEARING.from_wire(json.dumps(TOLD).encode(), asked).body) == {
        "task": "transcribe",
        "language": "en",
        "duration": 1.5,
        "text": "Hi.",
        "words": [{"word": "Hi.", "start": 0.1, "end": 0.4}],
        "usage": {"type": "duration", "seconds": 1.5},
    }


@pytest.mark.parametrize("answer", [b"{}", b'{"results":{"channels":[]}}'])
def test_an_answer_that_is_none_is_a_wire_error(answer: bytes) -> None:
    with pytest.raises(WireError):
        HEARING.from_wire(answer, ASKED)


@given(st.binary(max_size=40))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        HEARING.from_wire(junk, ASKED)
