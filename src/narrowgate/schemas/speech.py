"""Speech: what OpenAI's clients send to have a text said, and how providers tell what they heard.

Sources: https://platform.openai.com/docs/api-reference/audio, https://elevenlabs.io/docs/api-reference/speech-to-text,
https://developers.deepgram.com/reference/speech-to-text (read 2026-11).
"""

import msgspec


class Voice(msgspec.Struct):
    """A voice of the user's own."""

    id: str


class SpeechRequest(msgspec.Struct):
    """`/v1/audio/speech`."""

    input: str
    voice: str | Voice | None = None
    response_format: str | None = None
    speed: float | None = None
    instructions: str | None = None
    stream_format: str | None = None


class ScribeWord(msgspec.Struct):
    """A word, what is between words, or a sound that is none; of ElevenLabs."""

    text: str
    type: str = "word"
    start: float | None = None
    end: float | None = None


class ScribeAnswer(msgspec.Struct):
    """The answer of ElevenLabs' `/v1/speech-to-text`."""

    text: str
    language_code: str | None = None
    audio_duration_secs: float | None = None
    words: list[ScribeWord] = []


class ListenWord(msgspec.Struct):
    """A word, bare and as it is written in a sentence; of Deepgram."""

    word: str
    start: float
    end: float
    punctuated_word: str | None = None


class ListenAlternative(msgspec.Struct):
    """One reading of a channel, the best first."""

    transcript: str
    words: list[ListenWord] = []


class ListenChannel(msgspec.Struct):
    """One channel of the sound."""

    alternatives: list[ListenAlternative]
    detected_language: str | None = None


class ListenResults(msgspec.Struct):
    """What was heard."""

    channels: list[ListenChannel]


class ListenMetadata(msgspec.Struct):
    """About the sound; `duration` in seconds."""

    duration: float | None = None


class ListenAnswer(msgspec.Struct):
    """The answer of Deepgram's `/v1/listen`."""

    results: ListenResults
    metadata: ListenMetadata = msgspec.field(default_factory=ListenMetadata)
