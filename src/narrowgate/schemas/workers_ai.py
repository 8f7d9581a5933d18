"""Answers of Cloudflare's Workers AI, run by the name of the model.

Source: https://developers.cloudflare.com/workers-ai/models (read 2026-11).
"""

import msgspec


class Ranked(msgspec.Struct, gc=False):
    """One context's place."""

    id: int
    score: float


class Ranking(msgspec.Struct):
    """What a reranker says."""

    response: list[Ranked]


class RankingAnswer(msgspec.Struct):
    """A reranker's answer."""

    result: Ranking


class Word(msgspec.Struct):
    """A word and when it was said, in seconds."""

    word: str
    start: float
    end: float


class Segment(msgspec.Struct):
    """A piece of speech."""

    words: list[Word] = []


class TranscriptionInfo(msgspec.Struct):
    """About the sound; `duration` in seconds."""

    language: str | None = None
    duration: float | None = None


class Transcript(msgspec.Struct):
    """What was heard: words at once, or of each segment."""

    text: str
    words: list[Word] = []
    segments: list[Segment] = []
    transcription_info: TranscriptionInfo = msgspec.field(default_factory=TranscriptionInfo)


class TranscriptAnswer(msgspec.Struct):
    """The answer of a model that hears."""

    result: Transcript
