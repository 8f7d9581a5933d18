"""ElevenLabs' speech: texts said, and recordings written down.

Sources: https://elevenlabs.io/docs/api-reference/text-to-speech/stream,
https://elevenlabs.io/docs/api-reference/speech-to-text/convert (read 2026-11).
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from narrowgate.providers.services.hearing import Heard, Word, answer_of, losses_of
from narrowgate.providers.services.saying import no_format, read_saying
from narrowgate.providers.services.service import Answered, Prepared
from narrowgate.schemas.reading import read
from narrowgate.schemas.speech import ScribeAnswer
from narrowgate.wire.errors import WireError
from narrowgate.wire.form_body import FormBody, Part, write_form
from narrowgate.wire.json_body import sound

_ENCODER = msgspec.json.Encoder()
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANSWER = msgspec.json.Decoder(ScribeAnswer)
_VOICE = re.compile(r"[A-Za-z0-9_-]{1,64}")
# OpenAI's pcm is 24 kHz, 16 bit, one channel.
_FORMATS: Mapping[str, str] = MappingProxyType({"mp3": "mp3_44100_128", "opus": "opus_48000_128", "pcm": "pcm_24000"})
_OF_ITS_OWN = frozenset({"diarize", "num_speakers", "tag_audio_events", "seed", "keyterms", "temperature"})


class ElevenLabsSpeech:
    """`/v1/text-to-speech/{voice}/stream`."""

    @property
    def passes(self) -> bool:
        """Sound goes on as it comes."""
        return True

    def to_wire(self, asked: bytes, model: str) -> Prepared:
        """Return the request; raises WireError with the path of what is wrong."""
        saying = read_saying(asked)
        if _VOICE.fullmatch(saying.voice) is None:
            raise WireError("voice: name one of ElevenLabs' by its id, letters and digits", "voice")
        lost = list(saying.inexpressible)
        if saying.sound_format not in _FORMATS:
            lost.append(no_format(saying.sound_format, _FORMATS))
        body: dict[str, object] = {"text": saying.text, "model_id": model, **saying.others}
        if saying.speed is not None:
            settings = saying.others.get("voice_settings", msgspec.Raw(b"{}"))
            members = read(_MEMBERS, settings)
            body["voice_settings"] = {**members, "speed": saying.speed}
        made = _FORMATS.get(saying.sound_format, _FORMATS["mp3"])
        return Prepared(
            _ENCODER.encode(body),
            suffix=f"/{saying.voice}/stream",
            query=f"output_format={made}",
            inexpressible=tuple(lost),
        )

    def from_wire(self, answer: bytes, asked: bytes) -> Answered:  # noqa: ARG002 - never asked: it passes
        """Return sound as it is."""
        return Answered(answer, b"audio/mpeg")


class ElevenLabsHearing:
    """`/v1/speech-to-text`."""

    def to_wire(self, asked: FormBody, model: str) -> Prepared:
        """Return the request; raises WireError with the name of what is wrong."""
        parts = [Part("model_id", model.encode())]
        language = asked.text("language")
        if language:
            parts.append(Part("language_code", language.encode()))
        given = set(asked.names())
        if "tag_audio_events" not in given:  # by default it writes "(laughter)"; OpenAI's models do not
            parts.append(Part("tag_audio_events", b"false"))
        parts += [part for part in asked.parts if part.name.removesuffix("[]") in _OF_ITS_OWN]
        parts.append(msgspec.structs.replace(asked.file("file"), name="file"))
        kind, body = write_form(FormBody(asked.boundary, tuple(parts)))
        return Prepared(body, kind, inexpressible=losses_of(asked, _OF_ITS_OWN))

    def from_wire(self, answer: bytes, asked: FormBody) -> Answered:
        """Return the answer in the format that was asked for."""
        told = read(_ANSWER, sound(answer))
        words: list[Word] = []
        for word in told.words:
            if word.type != "spacing" and word.start is not None and word.end is not None:
                words.append(Word(word.text, word.start, word.end, ""))  # not all languages have spaces
            elif words:
                words[-1] = msgspec.structs.replace(words[-1], space=" ")
        duration_s = told.audio_duration_secs
        if duration_s is None and words:
            duration_s = words[-1].end
        return answer_of(Heard(told.text, tuple(words), told.language_code, duration_s), asked)


SPEECH = ElevenLabsSpeech()
HEARING = ElevenLabsHearing()
