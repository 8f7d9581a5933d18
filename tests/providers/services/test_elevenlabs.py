import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.providers.services.elevenlabs import HEARING, SPEECH
from narrowgate.wire.errors import WireError
from narrowgate.wire.form_body import FormBody, Part, read_form

FILE = Part("file", b"RIFF", "a.wav", b"audio/wav")
ASKED = FormBody(b"XX", (Part("model", b"scribe_v2"), FILE))
WORDS: list[dict[str, object]] = [
    {"text": "Hi", "start": 0.1, "end": 0.4, "type": "word", "speaker_id": "speaker_0"},
    {"text": " ", "start": 0.4, "end": 0.5, "type": "spacing"},
    {"text": "you", "start": 0.5, "end": 0.9, "type": "word"},
]
TOLD: dict[str, object] = {
    "language_code": "eng",
    "language_probability": 0.98,
    "text": "Hi you",
    "words": WORDS,
}


def test_a_text_is_said_by_a_voice_in_a_format() -> None:
    body = {"model": "x", "input": "hi", "voice": "JBFq", "response_format": "pcm", "speed": 1.1}
    made = SPEECH.to_wire(json.dumps({**body, "voice_settings": {"stability": 0.5}}).encode(), "eleven_v3")
    assert (made.suffix, made.query) == ("/JBFq/stream", "output_format=pcm_24000")
    assert json.loads(made.body) == {
        "text": "hi",
        "model_id": "eleven_v3",
        "voice_settings": {"stability": 0.5, "speed": 1.1},
    }
    assert made.inexpressible == ()
    assert SPEECH.passes
    assert SPEECH.from_wire(b"ID3", b"").body == b"ID3"


def test_formats_it_does_not_make_are_inexpressible() -> None:
    made = SPEECH.to_wire(b'{"input":"hi","voice":"v","response_format":"flac"}', "m")
    assert [one.what for one in made.inexpressible] == ["response_format"]


@pytest.mark.parametrize("voice", ["", "..", "a/b", "a?b", "a b", "ü"])
def test_a_voice_cannot_lead_to_another_path(voice: str) -> None:
    with pytest.raises(WireError, match="voice"):
        SPEECH.to_wire(json.dumps({"input": "hi", "voice": voice}).encode(), "m")


def test_a_recording_goes_in_a_form_of_its_own() -> None:
    more = (Part("language", b"de"), Part("diarize", b"true"), Part("prompt", b"x"))
    made = HEARING.to_wire(FormBody(b"XX", (*ASKED.parts, *more)), "scribe_v2")
    assert made.content_type == b'multipart/form-data; boundary="XX"'
    sent = read_form(made.body, b"XX")
    assert sent.names() == ["model_id", "language_code", "tag_audio_events", "diarize", "file"]
    assert sent.file("file") == FILE
    assert [(one.what, one.is_hint) for one in made.inexpressible] == [("prompt", True)]
    with pytest.raises(WireError, match="file"):
        HEARING.to_wire(FormBody(b"XX", ()), "m")


def test_what_was_heard() -> None:
    asked = FormBody(b"XX", (Part("response_format", b"verbose_json"),))
    told = json.loads(HEARING.from_wire(json.dumps(TOLD).encode(), asked).body)
    assert (told["text"], told["language"], told["duration"]) == ("Hi you", "eng", 0.9)
    assert told["segments"] == [{"id": 0, "start": 0.1, "end": 0.9, "text": "Hi you"}]
    without = {**TOLD, "words": [word for word in WORDS if word["text"] != " "]}
    assert b'"text":"Hiyou"' in HEARING.from_wire(json.dumps(without).encode(), asked).body


@given(st.binary(max_size=40))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        HEARING.from_wire(junk, ASKED)
