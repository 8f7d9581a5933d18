"""Write a streamed answer as Gemini does: chunks as SSE data, or as the elements of one JSON array.

Calls are written whole; why the answers ended and what they used stands in the last chunk.
Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent (read 2026-11).
"""

from typing import assert_never

import msgspec
from msgspec import Raw

from narrowgate.dialects.gemini_generate.citations import CitationBook
from narrowgate.dialects.gemini_generate.errors import render_fault
from narrowgate.dialects.gemini_generate.pieces import finish_of, part_of, thought_piece, usage_metadata
from narrowgate.model.conversation import Foreign, Image, Refusal, Text, Thought, ToolCall
from narrowgate.model.fault import Fault
from narrowgate.model.reply import (
    Began,
    Broke,
    Cited,
    Delta,
    Ended,
    Event,
    Finished,
    LogprobsTold,
    PartBegan,
    PartEnded,
    Sealed,
    Sequencer,
    UsageTold,
)
from narrowgate.model.usage import Usage
from narrowgate.schemas.gemini_generate import PROMPT_BLOCKED, Candidate, Content, GenerateAnswer, Part, PromptFeedback
from narrowgate.schemas.gemini_logprobs import google_logprobs, joined
from narrowgate.wire.json_array import JsonArrayWriter
from narrowgate.wire.json_body import one_line

_ENCODER = msgspec.json.Encoder()


class _OpenChoice:
    __slots__ = ("book", "finished", "logprobs", "opening", "pieces")

    def __init__(self) -> None:
        self.book = CitationBook()
        self.finished: Finished | None = None
        self.logprobs: list[Raw] = []
        self.opening: Text | Thought | Refusal | ToolCall | Image | Foreign | None = None
        self.pieces: list[str] = []


class GeminiEncoder:
    """Writes one answer. `array` is the array it goes into, None for SSE."""

    def __init__(self, answer_id: str, array: JsonArrayWriter | None) -> None:
        self._array = array
        self._began: Began | None = None
        self._answer_id = answer_id
        self._sequencer = Sequencer()
        self._choices: dict[int, _OpenChoice] = {}
        self._usage: Usage | None = None

    def encode(self, event: Event) -> bytes:
        """Return the bytes for `event`."""
        return b"".join([self._encode(ready) for ready in self._sequencer.feed(event)])

    def fail(self, fault: Fault) -> bytes:
        """Return the chunk that tells of `fault`; an array is closed, or nobody could read it."""
        told = self._framed(render_fault(fault))
        return told if self._array is None else told + self._array.end()

    def _encode(self, event: Event) -> bytes:  # noqa: C901 - one case an event, checked for completeness
        match event:
            case Began():
                self._began = event
            case PartBegan(number, _, opening):
                return self._begin(number, opening)
            case Delta(number, _, text):
                return self._delta(number, text)
            case Sealed():
                self._seal(event)
            case Cited(number, _, citation):
                choice = self._choice(number)
                choice.book.add(citation, "".join(choice.pieces))
            case PartEnded(number, _):
                return self._end(number)
            case LogprobsTold(number, value):
                self._choice(number).logprobs.append(value)
            case UsageTold(usage):
                self._usage = usage
            case Finished(number):
                self._choice(number).finished = event
            case Broke(fault):
                return self.fail(fault)
            case Ended():
                return self._last()
            case _:
                assert_never(event)
        return b""

    def _choice(self, number: int) -> _OpenChoice:
        return self._choices.setdefault(number, _OpenChoice())

    def _begin(self, number: int, opening: Text | Thought | Refusal | ToolCall | Image | Foreign) -> bytes:
        choice = self._choice(number)
        choice.opening = opening
        choice.pieces.clear()
        match opening:
            case ToolCall():
                if opening.arguments:
                    choice.pieces.append(opening.arguments)
                return b""
            case Text() | Refusal() | Thought():
                return self._delta(number, opening.text) if opening.text else b""
            case Image() | Foreign():
                return self._part(number, part_of(opening))
            case _:
                assert_never(opening)

    def _delta(self, number: int, text: str) -> bytes:
        choice = self._choice(number)
        choice.pieces.append(text)
        match choice.opening:
            case ToolCall():
                return b""
            case Thought():
                return self._part(number, Part(text=text, thought=True))
            case _:
                return self._part(number, Part(text=text))

    def _seal(self, event: Sealed) -> None:
        choice = self._choice(event.choice)
        if isinstance(choice.opening, ToolCall | Thought):
            choice.opening = msgspec.structs.replace(choice.opening, seal=event.seal)

    def _end(self, number: int) -> bytes:
        choice = self._choice(number)
        opening = choice.opening
        choice.opening = None
        if isinstance(opening, ToolCall):
            whole = msgspec.structs.replace(opening, arguments="".join(choice.pieces))
            return self._part(number, part_of(whole))
        if isinstance(opening, Thought) and opening.seal is not None:
            piece = thought_piece("", opening)
            if piece is not None and choice.pieces:
                piece.thought = True  # it belongs to the words before
            return self._part(number, piece)
        return b""

    def _part(self, number: int, part: Part | Raw | None) -> bytes:
        if part is None:
            return b""
        raw = part if isinstance(part, Raw) else Raw(_ENCODER.encode(part))
        return self._chunk([Candidate(content=Content([raw], "model"), index=number)])

    def _last(self) -> bytes:
        candidates: list[Candidate] = []
        blocked: PromptFeedback | None = None
        for number, choice in sorted(self._choices.items()):
            ended = choice.finished
            word = self._word(ended)
            if word.startswith(PROMPT_BLOCKED):
                blocked = PromptFeedback(word.removeprefix(PROMPT_BLOCKED))
                continue
            recited, grounding = choice.book.written()
            candidates.append(
                Candidate(
                    content=Content([Raw(b'{"text":""}')], "model"),
                    finish_reason=word,
                    index=number,
                    citation_metadata=recited,
                    grounding_metadata=grounding,
                    logprobs_result=google_logprobs(joined(choice.logprobs)) if choice.logprobs else None,
                )
            )
        last = self._chunk(candidates, blocked, is_last=True)
        return last if self._array is None else last + self._array.end()

    def _word(self, ended: Finished | None) -> str:
        if ended is None or self._began is None:
            return "STOP"
        return finish_of(ended.finish, ended.finish_word, self._began.form)

    def _chunk(
        self, candidates: list[Candidate], blocked: PromptFeedback | None = None, *, is_last: bool = False
    ) -> bytes:
        began = self._began
        usage = usage_metadata(self._usage) if is_last and self._usage is not None else None
        chunk = GenerateAnswer(
            candidates=candidates or None,
            prompt_feedback=blocked,
            usage_metadata=usage,
            model_version=(began.model if began is not None else "") or None,
            response_id=(began.id if began is not None else "") or self._answer_id,
        )
        return self._framed(_ENCODER.encode(chunk))

    def _framed(self, text: bytes) -> bytes:
        return b"data: %b\r\n\r\n" % one_line(text) if self._array is None else self._array.element(text)
