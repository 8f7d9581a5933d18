"""What was heard, and what OpenAI's clients are told of it: text, words with times, or subtitles.

Source: https://platform.openai.com/docs/api-reference/audio/createTranscription (read 2026-11).
"""

from collections.abc import Sequence

import msgspec

from narrowgate.model.conversation import Inexpressible
from narrowgate.providers.services.service import Answered
from narrowgate.wire.errors import WireError
from narrowgate.wire.form_body import FormBody

_ENCODER = msgspec.json.Encoder()
_TEXT = b"text/plain; charset=utf-8"
_FORMATS = ("json", "text", "verbose_json", "srt", "vtt")
_FIELDS = frozenset({"file", "model", "language", "response_format", "timestamp_granularities"})
# A line of subtitles: two of 42 letters and seven seconds are what viewers can read (Netflix, Timed Text Style Guide).
_MOST_LETTERS = 84
_MOST_S = 7.0
_PAUSE_S = 1.0
_SENTENCE_ENDS = (".", "?", "!", "\u3002", "\uff1f", "\uff01")  # the last three of Chinese and Japanese


class Word(msgspec.Struct, frozen=True):
    """A word as it is written in a sentence, and when it was said, in seconds. `space` stands behind it."""

    text: str
    start: float
    end: float
    space: str = " "


class Heard(msgspec.Struct, frozen=True):
    """A transcript. `language` is the provider's code, `duration_s` of the sound; both None when it tells none."""

    text: str
    words: tuple[Word, ...] = ()
    language: str | None = None
    duration_s: float | None = None


def losses_of(asked: FormBody, known: frozenset[str]) -> tuple[Inexpressible, ...]:
    """Return what of a form has no place at a provider that takes the `known` fields besides the usual ones.

    Raises:
        WireError: a field is not what it should be.
    """
    lost: list[Inexpressible] = []
    for name in asked.names():
        if name == "stream":
            if asked.text(name) not in (None, "false", "False", "0"):
                lost.append(Inexpressible(name, "the provider hears a whole recording first"))
        elif name in ("prompt", "temperature") and name not in known:
            lost.append(Inexpressible(name, "the provider's model is not told", is_hint=True))
        elif name not in _FIELDS and name not in known:
            lost.append(Inexpressible(name[:80], "the provider has no place for it"))
    wanted = _format_of(asked)
    if wanted not in _FORMATS:
        lost.append(Inexpressible("response_format", f"'{wanted[:20]}' is not one of {', '.join(_FORMATS)}"))
    return tuple(lost)


def answer_of(heard: Heard, asked: FormBody) -> Answered:
    """Return the answer in the format that `asked` names, else as JSON.

    Raises:
        WireError: subtitles are wanted, and the provider told no times.
    """
    wanted = _format_of(asked)
    if wanted == "text":
        return Answered(f"{heard.text}\n".encode(), _TEXT)
    if wanted in ("srt", "vtt"):
        if heard.text.strip() and not heard.words:
            raise WireError("words: an answer has them")
        return Answered(_subtitles(heard, is_vtt=wanted == "vtt"), _TEXT)
    told: dict[str, object] = {"text": heard.text}
    if wanted == "verbose_json":
        told = {"task": "transcribe", "language": heard.language, "duration": heard.duration_s, **told}
        granularities = asked.texts("timestamp_granularities") or ["segment"]
        if "word" in granularities:
            told["words"] = [{"word": word.text, "start": word.start, "end": word.end} for word in heard.words]
        if "segment" in granularities:
            told["segments"] = [
                {"id": number, "start": line[0].start, "end": line[-1].end, "text": _said(line)}
                for number, line in enumerate(lines_of(heard.words))
            ]
    if heard.duration_s is not None:
        told["usage"] = {"type": "duration", "seconds": heard.duration_s}
    return Answered(_ENCODER.encode(told))


def lines_of(words: Sequence[Word]) -> list[list[Word]]:
    """Return words in groups to be read at once: sentences, or less where those are long; none is empty."""
    lines: list[list[Word]] = []
    for word in words:
        line = lines[-1] if lines else []
        if (
            line
            and not line[-1].text.endswith(_SENTENCE_ENDS)
            and word.start - line[-1].end < _PAUSE_S
            and word.end - line[0].start <= _MOST_S
            and len(_said([*line, word])) <= _MOST_LETTERS
        ):
            line.append(word)
        else:
            lines.append([word])
    return lines


def _format_of(asked: FormBody) -> str:
    return asked.text("response_format") or "json"


def _said(line: Sequence[Word]) -> str:
    return "".join(word.text + word.space for word in line).strip()


def _subtitles(heard: Heard, *, is_vtt: bool) -> bytes:
    point = "." if is_vtt else ","
    blocks = ["WEBVTT\n"] if is_vtt else []
    for number, line in enumerate(lines_of(heard.words), 1):
        times = f"{_clock(line[0].start, point)} --> {_clock(line[-1].end, point)}\n{_said(line)}\n"
        blocks.append(times if is_vtt else f"{number}\n{times}")
    return "\n".join(blocks).encode()


def _clock(seconds: float, point: str) -> str:
    whole, milliseconds = divmod(max(0, round(seconds * 1_000)), 1_000)
    return f"{whole // 3_600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{point}{milliseconds:03d}"
