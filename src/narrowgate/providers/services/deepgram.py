"""Deepgram's speech: texts said, and recordings written down.

Sources: https://developers.deepgram.com/docs/tts-media-output-settings,
https://developers.deepgram.com/docs/tts-voice-controls,
https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded (read 2026-11).
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode

import msgspec

from narrowgate.model.conversation import Inexpressible
from narrowgate.providers.services.hearing import Heard, Word, answer_of, losses_of
from narrowgate.providers.services.saying import no_format, read_saying
from narrowgate.providers.services.service import Answered, Prepared
from narrowgate.schemas.reading import read
from narrowgate.schemas.speech import ListenAnswer
from narrowgate.wire.errors import WireError
from narrowgate.wire.form_body import FormBody
from narrowgate.wire.json_body import sound

_ENCODER = msgspec.json.Encoder()
_ANSWER = msgspec.json.Decoder(ListenAnswer)
_LANGUAGE = re.compile(r"-[a-z]{2}$")
_TYPE = re.compile(rb"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60}")
# OpenAI's pcm is 24 kHz, 16 bit, one channel.
_FORMATS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "mp3": MappingProxyType({"encoding": "mp3"}),
        "opus": MappingProxyType({"encoding": "opus", "container": "ogg"}),
        "aac": MappingProxyType({"encoding": "aac"}),
        "flac": MappingProxyType({"encoding": "flac"}),
        "wav": MappingProxyType({"encoding": "linear16", "container": "wav", "sample_rate": "24000"}),
        "pcm": MappingProxyType({"encoding": "linear16", "container": "none", "sample_rate": "24000"}),
    }
)
_OF_ITS_OWN = frozenset({"smart_format", "punctuate", "numerals", "keyterm", "keywords", "profanity_filter", "diarize"})


class DeepgramSpeech:
    """`/v1/speak`. The voice is part of the model's name: `aura-2` said by `thalia` is `aura-2-thalia-en`."""

    @property
    def passes(self) -> bool:
        """Sound goes on as it comes."""
        return True

    def to_wire(self, asked: bytes, model: str) -> Prepared:
        """Return the request; raises WireError with the path of what is wrong."""
        saying = read_saying(asked)
        lost = list(saying.inexpressible)
        if saying.sound_format not in _FORMATS:
            lost.append(no_format(saying.sound_format, _FORMATS))
        if _LANGUAGE.search(model):
            if saying.voice and saying.voice not in model:
                lost.append(Inexpressible("voice", "the model's name says whose voice it is", is_hint=True))
        elif not saying.voice:
            raise WireError("voice: missing; name one as 'thalia' or 'thalia-en'", "voice")
        elif saying.voice.startswith(f"{model}-"):
            model = saying.voice
        else:
            model = f"{model}-{saying.voice}" + ("" if _LANGUAGE.search(saying.voice) else "-en")
        lost += [Inexpressible(name[:80], "the provider has no place for it") for name in saying.others]
        query = {"model": model, **_FORMATS.get(saying.sound_format, _FORMATS["mp3"])}
        if saying.speed is not None and saying.speed != 1:
            query["speed"] = f"{saying.speed:g}"
        return Prepared(_ENCODER.encode({"text": saying.text}), query=urlencode(query), inexpressible=tuple(lost))

    def from_wire(self, answer: bytes, asked: bytes) -> Answered:  # noqa: ARG002 - never asked: it passes
        """Return sound as it is."""
        return Answered(answer, b"audio/mpeg")


class DeepgramHearing:
    """`/v1/listen`: parameters in the query, the recording alone in the body."""

    def to_wire(self, asked: FormBody, model: str) -> Prepared:
        """Return the request; raises WireError with the name of what is wrong."""
        file = asked.file("file")
        language = asked.text("language")
        query = [("model", model), ("language", language) if language else ("detect_language", "true")]
        given = asked.names()
        if "punctuate" not in given and "smart_format" not in given:
            query.append(("punctuate", "true"))  # as OpenAI's models do
        query += [(name, value) for name in given if name in _OF_ITS_OWN for value in asked.texts(name)]
        kind = file.content_type if _TYPE.fullmatch(file.content_type) else b"application/octet-stream"
        return Prepared(file.value, kind, query=urlencode(query), inexpressible=losses_of(asked, _OF_ITS_OWN))

    def from_wire(self, answer: bytes, asked: FormBody) -> Answered:
        """Return the answer in the format that was asked for; of several channels the first is told."""
        told = read(_ANSWER, sound(answer))
        channels = told.results.channels
        if not channels or not channels[0].alternatives:
            raise WireError("results.channels: an answer has one with an alternative", "results.channels")
        best = channels[0].alternatives[0]
        words = tuple(Word(word.punctuated_word or word.word, word.start, word.end) for word in best.words)
        language = channels[0].detected_language or asked.text("language")
        return answer_of(Heard(best.transcript, words, language, told.metadata.duration), asked)


SPEECH = DeepgramSpeech()
HEARING = DeepgramHearing()
