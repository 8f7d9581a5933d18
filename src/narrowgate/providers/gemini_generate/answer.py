"""Read a Gemini answer chunk by chunk; a whole answer is a stream of one chunk.

Source: https://ai.google.dev/api/generate-content#GenerateContentResponse (read 2026-11).
"""

import re
from collections.abc import Iterator

import msgspec
from msgspec import Raw, UnsetType

from narrowgate.model.conversation import Foreign, Form, Image, Source, Text, Thought, ToolCall
from narrowgate.model.fault import Failed
from narrowgate.model.reply import (
    Began,
    Broke,
    Cited,
    Delta,
    Ended,
    Event,
    Finish,
    Finished,
    LogprobsTold,
    PartBegan,
    PartEnded,
    Reply,
    Sealed,
    UsageTold,
    fold,
)
from narrowgate.model.usage import Usage
from narrowgate.providers.gemini_generate.citations import citations_of
from narrowgate.providers.gemini_generate.fault import reported
from narrowgate.providers.gemini_generate.partial_args import PartialArguments
from narrowgate.providers.gemini_generate.usage import usage_of
from narrowgate.schemas.gemini_generate import (
    PROMPT_BLOCKED,
    Candidate,
    ErrorAnswer,
    ErrorObject,
    FunctionCall,
    GenerateAnswer,
    Part,
)
from narrowgate.schemas.gemini_logprobs import openai_logprobs
from narrowgate.schemas.gemini_words import FINISHES, block_word, finish_word, medium, seal_from
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.escapes import mended

_CHUNK = msgspec.json.Decoder(GenerateAnswer)
_ERROR = msgspec.json.Decoder(ErrorAnswer)
_PART = msgspec.json.Decoder(Part)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_KNOWN = frozenset({"candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId", "error"})
_BESIDE = frozenset({"text", "thought", "thoughtSignature"})
_MOST_CHOICES = 1_000
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_-]+")
_FORM = Form.GEMINI_GENERATE


def reply_of(body: bytes) -> Reply:
    """Return what a whole answer says.

    Raises:
        WireError: the body is not what Google documents.
        Failed: it is an error.
    """
    reader = AnswerReader()
    events = reader.feed(body)
    if events and isinstance(events[-1], Broke):
        raise Failed(events[-1].fault)
    if not reader.has_answer:
        raise WireError("the answer has no candidates")
    whole = fold([*events, *reader.close(), Ended()])
    members = read(_MEMBERS, mended(body) or body)
    extras = tuple((name, value) for name, value in members.items() if name not in _KNOWN)
    return msgspec.structs.replace(whole, extras=extras)


class _OpenChoice:
    __slots__ = ("call", "citing", "finish", "has_calls", "number", "opening", "parts", "pieces")

    def __init__(self, number: int) -> None:
        self.number = number
        self.parts = 0
        self.opening: Text | Thought | None = None
        self.pieces: list[str] = []
        self.finish: str | None = None
        self.has_calls = False
        self.call: tuple[ToolCall, PartialArguments] | None = None
        self.citing: Candidate | None = None


class AnswerReader:
    """Takes the chunks of one answer in their order."""

    __slots__ = ("_calls", "_choices", "_has_begun", "_id", "_ids", "_usage", "has_answer")

    def __init__(self) -> None:
        self._choices: dict[int, _OpenChoice] = {}
        self._has_begun = False
        self._id = ""
        self._ids: set[str] = set()
        self._calls = 0
        self._usage: Usage | None = None
        self.has_answer = False

    @property
    def is_complete(self) -> bool:
        """Whether every answer begun has said why it ended."""
        return bool(self._choices) and all(choice.finish is not None for choice in self._choices.values())

    def feed(self, data: bytes) -> list[Event]:
        """Return the events of the chunk `data`; the last is Broke if it is an error.

        Raises:
            WireError: the chunk is not what Google documents.
        """
        data = mended(data) or data
        chunk = read(_CHUNK, data)
        if not isinstance(chunk.error, UnsetType) and bytes(chunk.error) != b"null":
            error = read(_ERROR, data).error
            return [Broke(reported(ErrorObject(message=error) if isinstance(error, str) else error or ErrorObject()))]
        events: list[Event] = []
        counted = chunk.usage_metadata
        if not self._has_begun:
            self._has_begun = True
            self._id = chunk.response_id or ""
            tier = counted.service_tier if counted is not None else None
            events.append(Began(_FORM, self._id, chunk.model_version or "", service_tier=tier))
        for position, candidate in enumerate(chunk.candidates or ()):
            events += self._candidate(candidate, position)
        feedback = chunk.prompt_feedback
        if feedback is not None and feedback.block_reason is not None:
            self._choice(0).finish = PROMPT_BLOCKED + block_word(feedback.block_reason)
        usage = usage_of(counted) if counted is not None else None
        if usage is not None and usage != self._usage:
            self._usage = usage
            events.append(UsageTold(usage))
        self.has_answer = self.has_answer or bool(self._choices) or usage is not None
        return events

    def close(self) -> Iterator[Event]:
        """Yield what ends the parts and choices that are open; not Ended."""
        for _, choice in sorted(self._choices.items()):
            yield from self._end_call(choice)
            yield from _end_part(choice)
            word = choice.finish
            yield Finished(choice.number, _finish_of(word, choice), None, word)

    def _choice(self, number: int) -> _OpenChoice:
        if not 0 <= number < _MOST_CHOICES:
            raise WireError(f"candidates: there is no answer number {number}")
        return self._choices.setdefault(number, _OpenChoice(number))

    def _candidate(self, candidate: Candidate, position: int) -> Iterator[Event]:
        choice = self._choice(int(candidate.index) if candidate.index is not None else position)
        if candidate.citation_metadata is not None or candidate.grounding_metadata is not None:
            choice.citing = candidate
        parts = candidate.content.parts if candidate.content is not None else None
        for raw in parts if isinstance(parts, list) else ():
            part = read(_PART, raw)
            if part.text and type(choice.opening) is Text and not (part.thought or part.thought_signature):
                # Nearly all there is in a stream, said the short way.
                choice.pieces.append(part.text)
                yield Delta(choice.number, choice.parts, part.text)
            else:
                yield from self._part(choice, part, raw)
        yield from _cite(choice)
        if candidate.logprobs_result is not None:
            value = openai_logprobs(candidate.logprobs_result)
            if value is not None:
                yield LogprobsTold(choice.number, value)
        if candidate.finish_reason is not None:
            choice.finish = finish_word(candidate.finish_reason)

    def _part(self, choice: _OpenChoice, part: Part, raw: Raw) -> Iterator[Event]:
        if part.function_call is not None:
            yield from self._call(choice, part.function_call, part.thought_signature)
        elif part.text is not None:
            yield from _text(choice, part)
        elif part.inline_data is not None and not part.thought and _is_picture(part.inline_data.mime_type):
            source = Source(data=part.inline_data.data or "", media_type=part.inline_data.mime_type)
            found = medium(source)
            yield from _whole(choice, found if isinstance(found, Image) else _foreign(raw))
            yield from _sealed(choice, part.thought_signature)
        elif _kind_of(raw) is not None:
            yield from _whole(choice, _foreign(raw))
        else:
            yield from _sealed(choice, part.thought_signature)

    def _call(self, choice: _OpenChoice, call: FunctionCall, signature: str | None) -> Iterator[Event]:
        seal = seal_from(signature) if signature else None
        if call.name:
            yield from self._end_call(choice)
            yield from _end_part(choice)
            opened = ToolCall(self._identity(call.id), call.name, "", seal=seal)
            if not (call.will_continue or call.partial_args):
                yield from _call_events(choice, opened, _arguments(call))
                return
            choice.call = opened, PartialArguments()
        elif choice.call is None:
            raise WireError("functionCall: it has no name")
        if choice.call is not None:
            for piece in call.partial_args or ():
                choice.call[1].add(piece)
        if not call.will_continue:
            yield from self._end_call(choice)

    def _end_call(self, choice: _OpenChoice) -> Iterator[Event]:
        if choice.call is not None:
            opened, arguments = choice.call
            choice.call = None
            yield from _call_events(choice, opened, arguments.text())

    def _identity(self, given: str | None) -> str:
        """Return the call's id, one made of the answer's where Google gives none: unique in a conversation."""
        identity = given
        stem = _NOT_IN_IDS.sub("", self._id)[:40]
        while not identity or identity in self._ids:
            identity = f"call_{stem}_{self._calls}" if stem else f"call_{self._calls}"
            self._calls += 1
        self._ids.add(identity)
        return identity


def _finish_of(word: str | None, choice: _OpenChoice) -> Finish | None:
    if word is None:
        return None
    if word.startswith(PROMPT_BLOCKED):
        return Finish.CONTENT_FILTER
    finish = FINISHES.get(word, Finish.OTHER)
    # Google has no word for "run these tools": the calls themselves say it.
    return Finish.TOOL_CALLS if finish is Finish.STOP and choice.has_calls else finish


def _text(choice: _OpenChoice, part: Part) -> Iterator[Event]:
    text, opening = part.text or "", choice.opening
    kind = Thought if part.thought else Text
    if text:
        if not isinstance(opening, kind):
            yield from _end_part(choice)
            choice.opening = Thought() if part.thought else Text("")
            choice.pieces.clear()
            yield PartBegan(choice.number, choice.parts, choice.opening)
        choice.pieces.append(text)
        yield Delta(choice.number, choice.parts, text)
    if part.thought and part.thought_signature and isinstance(choice.opening, Thought):
        yield Sealed(choice.number, choice.parts, seal_from(part.thought_signature))
        yield from _end_part(choice)
    else:
        yield from _sealed(choice, part.thought_signature)


def _sealed(choice: _OpenChoice, signature: str | None) -> Iterator[Event]:
    """Yield the signature of what came before as an empty thought behind it."""
    if signature:
        yield from _end_part(choice)
        yield PartBegan(choice.number, choice.parts, Thought())
        yield Sealed(choice.number, choice.parts, seal_from(signature))
        yield PartEnded(choice.number, choice.parts)
        choice.parts += 1


def _whole(choice: _OpenChoice, part: Image | Foreign) -> Iterator[Event]:
    yield from _end_part(choice)
    yield PartBegan(choice.number, choice.parts, part)
    yield PartEnded(choice.number, choice.parts)
    choice.parts += 1


def _call_events(choice: _OpenChoice, opened: ToolCall, arguments: str) -> Iterator[Event]:
    yield from _end_part(choice)
    choice.has_calls = True
    yield PartBegan(choice.number, choice.parts, msgspec.structs.replace(opened, seal=None))
    yield Delta(choice.number, choice.parts, arguments)
    if opened.seal is not None:
        yield Sealed(choice.number, choice.parts, opened.seal)
    yield PartEnded(choice.number, choice.parts)
    choice.parts += 1


def _end_part(choice: _OpenChoice) -> Iterator[Event]:
    if choice.opening is None:
        return
    if isinstance(choice.opening, Text):
        yield from _cite(choice)
    choice.opening = None
    yield PartEnded(choice.number, choice.parts)
    choice.parts += 1


def _cite(choice: _OpenChoice) -> Iterator[Event]:
    """Yield the citations that wait; a text of its own carries them where none is open."""
    candidate, choice.citing = choice.citing, None
    if candidate is None:
        return
    is_open = isinstance(choice.opening, Text)
    citations = list(citations_of(candidate, "".join(choice.pieces)))
    if not citations:
        return
    if not is_open:
        yield from _end_part(choice)
        choice.opening = Text("")
        yield PartBegan(choice.number, choice.parts, choice.opening)
    for citation in citations:
        yield Cited(choice.number, choice.parts, citation)


def _is_picture(media_type: str | None) -> bool:
    return (media_type or "").startswith("image/")


def _foreign(raw: Raw) -> Foreign:
    return Foreign(_FORM, _kind_of(raw) or "", raw)


def _kind_of(raw: Raw) -> str | None:
    return next((name for name in read(_MEMBERS, raw) if name not in _BESIDE), None)


def _arguments(call: FunctionCall) -> str:
    if isinstance(call.args, UnsetType) or bytes(call.args) == b"null":
        return "{}"
    try:
        return bytes(call.args).decode()
    except UnicodeDecodeError:
        raise WireError("functionCall.args: the arguments are not UTF-8") from None
