"""What a model answers, whole and as a stream: two views of one thing. `fold` and `unfold` join them."""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import assert_never

import msgspec

from narrowgate.model.conversation import Citation, Foreign, Form, Image, Part, Refusal, Seal, Text, Thought, ToolCall
from narrowgate.model.fault import Fault
from narrowgate.model.usage import Usage


class Finish(Enum):
    """Why the model stopped."""

    STOP = "stop"
    STOP_SEQUENCE = "stop_sequence"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    REFUSAL = "refusal"
    PAUSE = "pause"
    OTHER = "other"


class Choice(msgspec.Struct, frozen=True):
    """One answer. `finish` is None when the provider gave no reason; `stop_sequence` is the one met.

    `logprobs` is OpenAI Chat's `logprobs` object; forms with another shape do not show it.
    `finish_word` is the provider's own word for `finish`, shown only in its own form.
    """

    parts: tuple[Part, ...]
    finish: Finish | None = None
    stop_sequence: str | None = None
    logprobs: msgspec.Raw | None = None
    finish_word: str | None = None


class Reply(msgspec.Struct, frozen=True):
    """A whole answer. `choices` has at least one member; `created_s` is Unix time in seconds, 0 unknown.

    `extras` are members only `form`, the provider's, knows (name, JSON). `charged` is what the provider
    charges for, where that is not `usage` (Cohere leaves its own template out).
    """

    form: Form
    id: str
    model: str
    choices: tuple[Choice, ...]
    usage: Usage | None = None
    created_s: int = 0
    service_tier: str | None = None
    extras: tuple[tuple[str, msgspec.Raw], ...] = ()
    charged: Usage | None = None


# -- events ------------------------------------------------------------------------------------------
#
# Order, for each choice: Began once for the whole answer; then parts. A part is PartBegan, its
# deltas, PartEnded; `part` numbers the parts of a choice from 0 in order of their beginning and is
# never reused. Parts may overlap (parallel calls in OpenAI Chat); `Sequencer` undoes that. Then
# Finished for each choice, and UsageTold at any time (the last one counts). Ended comes last and
# only after a complete answer. A stream that ends without Ended was cut off.


class Began(msgspec.Struct, frozen=True, tag="began"):
    """The answer starts; the names are those of `Reply`."""

    form: Form
    id: str = ""
    model: str = ""
    created_s: int = 0
    service_tier: str | None = None


class PartBegan(msgspec.Struct, frozen=True, tag="part_began"):
    """A part starts: an empty Text, Thought or Refusal, or a ToolCall that has no arguments yet.

    A Thought may have a seal without data that tells its item's `id`; the whole one follows, if any, as Sealed.

    An Image or Foreign is whole and has no deltas.
    """

    choice: int
    part: int
    opening: Text | Thought | Refusal | ToolCall | Image | Foreign


class Delta(msgspec.Struct, frozen=True, tag="delta"):
    """More text of a part: of its words, of a call's arguments."""

    choice: int
    part: int
    text: str


class Sealed(msgspec.Struct, frozen=True, tag="sealed"):
    """The seal of a thought or a call."""

    choice: int
    part: int
    seal: Seal


class Cited(msgspec.Struct, frozen=True, tag="cited"):
    """A citation of a text part."""

    choice: int
    part: int
    citation: Citation


class PartEnded(msgspec.Struct, frozen=True, tag="part_ended"):
    """A part is whole."""

    choice: int
    part: int


class LogprobsTold(msgspec.Struct, frozen=True, tag="logprobs"):
    """Log probabilities of the latest delta: OpenAI Chat's `logprobs` object."""

    choice: int
    value: msgspec.Raw


class UsageTold(msgspec.Struct, frozen=True, tag="usage"):
    """Usage until now; the last one is that of the whole answer. `charged` as in `Reply`."""

    usage: Usage
    charged: Usage | None = None


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """A choice is whole; the names are those of `Choice`."""

    choice: int
    finish: Finish | None
    stop_sequence: str | None = None
    finish_word: str | None = None


class Broke(msgspec.Struct, frozen=True, tag="broke"):
    """The provider reported an error in its stream; nothing follows."""

    fault: Fault


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """The answer is complete."""


Event = Began | PartBegan | Delta | Sealed | Cited | PartEnded | LogprobsTold | UsageTold | Finished | Broke | Ended


# -- the two views -----------------------------------------------------------------------------------


class Incomplete(Exception):
    """The events are no whole answer: cut off, or ended by `fault`."""

    def __init__(self, fault: Fault | None) -> None:
        super().__init__("the answer is not whole")
        self.fault = fault


class _OpenPart:
    __slots__ = ("citations", "opening", "pieces", "seal")

    def __init__(self, opening: Part) -> None:
        self.opening = opening
        self.pieces: list[str] = []
        self.seal: Seal | None = None
        self.citations: list[Citation] = []

    def whole(self) -> Part:
        opening, text = self.opening, "".join(self.pieces)
        match opening:
            case Text():
                return Text(opening.text + text, opening.cache, opening.citations + tuple(self.citations))
            case Thought():
                return Thought(opening.text + text, self.seal or opening.seal, opening.is_redacted, opening.is_summary)
            case Refusal():
                return Refusal(opening.text + text)
            case ToolCall():
                return msgspec.structs.replace(
                    opening, arguments=opening.arguments + text, seal=self.seal or opening.seal
                )
            case _:
                return opening


class _OpenChoice:
    __slots__ = ("finished", "logprobs", "parts")

    def __init__(self) -> None:
        self.parts: dict[int, _OpenPart] = {}
        self.finished: Finished | None = None
        self.logprobs: list[msgspec.Raw] = []

    def whole(self) -> Choice:
        ended = self.finished
        return Choice(
            tuple(part.whole() for _, part in sorted(self.parts.items())),
            ended.finish if ended is not None else None,
            ended.stop_sequence if ended is not None else None,
            _joined_logprobs(self.logprobs),
            ended.finish_word if ended is not None else None,
        )


def fold(events: Iterable[Event]) -> Reply:  # noqa: C901, PLR0912 - one case an event, checked for completeness
    """Return the whole answer a stream adds up to.

    Raises:
        Incomplete: there is no Ended; what came may not be taken for an answer.
    """
    began = Began(Form.OPENAI_CHAT)
    usage: Usage | None = None
    charged: Usage | None = None
    is_whole = False
    choices: dict[int, _OpenChoice] = {}
    for event in events:
        match event:
            case Began():
                began = event
            case PartBegan(choice, part, opening):
                choices.setdefault(choice, _OpenChoice()).parts[part] = _OpenPart(opening)
            case Delta(choice, part, text):
                choices[choice].parts[part].pieces.append(text)
            case Sealed(choice, part, seal):
                choices[choice].parts[part].seal = seal
            case Cited(choice, part, citation):
                choices[choice].parts[part].citations.append(citation)
            case PartEnded():
                pass
            case LogprobsTold(choice, value):
                choices.setdefault(choice, _OpenChoice()).logprobs.append(value)
            case UsageTold():
                usage, charged = event.usage, event.charged
            case Finished():
                choices.setdefault(event.choice, _OpenChoice()).finished = event
            case Broke(fault):
                raise Incomplete(fault)
            case Ended():
                is_whole = True
            case _:
                assert_never(event)
    if not is_whole:
        raise Incomplete(None)
    whole = tuple(choice.whole() for _, choice in sorted(choices.items())) or (Choice(()),)
    return Reply(began.form, began.id, began.model, whole, usage, began.created_s, began.service_tier, charged=charged)


def unfold(reply: Reply) -> Iterator[Event]:
    """Yield the shortest stream that adds up to `reply` (without its `extras`)."""
    yield Began(reply.form, reply.id, reply.model, reply.created_s, reply.service_tier)
    for number, choice in enumerate(reply.choices):
        for index, part in enumerate(choice.parts):
            yield from _unfold_part(number, index, part)
        if choice.logprobs is not None:
            yield LogprobsTold(number, choice.logprobs)
        yield Finished(number, choice.finish, choice.stop_sequence, choice.finish_word)
    if reply.usage is not None:
        yield UsageTold(reply.usage, reply.charged)
    yield Ended()


def _unfold_part(choice: int, index: int, part: Part) -> Iterator[Event]:  # noqa: C901, PLR0912 - one case a part
    match part:
        case Text():
            yield PartBegan(choice, index, Text("", part.cache))
            if part.text:
                yield Delta(choice, index, part.text)
            for citation in part.citations:
                yield Cited(choice, index, citation)
        case Thought():
            seal = part.seal
            # The name of the item a thought is of is known from the start.
            named = Seal(seal.form, "", seal.id) if seal is not None and seal.id is not None else None
            yield PartBegan(choice, index, Thought("", named, part.is_redacted, part.is_summary))
            if part.text:
                yield Delta(choice, index, part.text)
            if part.seal is not None:
                yield Sealed(choice, index, part.seal)
        case Refusal():
            yield PartBegan(choice, index, Refusal(""))
            if part.text:
                yield Delta(choice, index, part.text)
        case ToolCall():
            yield PartBegan(choice, index, msgspec.structs.replace(part, arguments="", seal=None))
            if part.arguments:
                yield Delta(choice, index, part.arguments)
            if part.seal is not None:
                yield Sealed(choice, index, part.seal)
        case Image() | Foreign():
            yield PartBegan(choice, index, part)
        case _:
            return  # nothing else is said by a model
    yield PartEnded(choice, index)


def _joined_logprobs(values: list[msgspec.Raw]) -> msgspec.Raw | None:
    """Join Chat's `logprobs` objects: the lists under each name one behind the other."""
    if len(values) < 2:
        return values[0] if values else None
    joined: dict[str, list[msgspec.Raw] | None] = {}
    for value in values:
        for name, items in msgspec.json.decode(value, type=dict[str, list[msgspec.Raw] | None]).items():
            known = joined.get(name)
            joined[name] = items if known is None else known + (items or [])
    return msgspec.Raw(msgspec.json.encode(joined))


class Sequencer:
    """Puts overlapping parts one behind the other, for forms whose parts may not overlap.

    The part begun first streams on; the events of later ones wait until it ends. What is told of a
    choice (`Finished`, `LogprobsTold`) waits for the parts of that choice, and `Ended` for everything.
    """

    __slots__ = ("_open", "_waiting")

    def __init__(self) -> None:
        self._open: tuple[int, int] | None = None
        # The part that streams has no entry; the others have theirs in order of their beginning.
        self._waiting: dict[tuple[int, int], list[Event]] = {}

    def feed(self, event: Event) -> list[Event]:
        """Return the events that may go out now, in order."""
        match event:
            case PartBegan() | Delta() | Sealed() | Cited() | PartEnded():
                where = (event.choice, event.part)
            case Finished() | LogprobsTold():
                latest = next(
                    (held for place, held in reversed(self._waiting.items()) if place[0] == event.choice), None
                )
                if latest is None:
                    return [event]
                latest.append(event)
                return []
            case Ended():
                held = [waiting for events in self._waiting.values() for waiting in events]
                self._waiting.clear()
                return [*held, event]
            case _:
                return [event]
        if self._open is None and isinstance(event, PartBegan):
            self._open = where
        if where != self._open:
            self._waiting.setdefault(where, []).append(event)
            return []
        if not isinstance(event, PartEnded):
            return [event]
        out: list[Event] = [event]
        self._open = None
        while self._waiting and self._open is None:
            following = next(iter(self._waiting))
            held = self._waiting.pop(following)
            out += held
            if not any(isinstance(waited, PartEnded) for waited in held):
                self._open = following
        return out
