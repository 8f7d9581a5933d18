"""Go on with a stream that died: a second answer, held back while it says again what was already sent."""

from collections.abc import Iterable
from typing import assert_never

import msgspec

from narrowgate.model.conversation import Foreign, Image, Refusal, Text, Thought, ToolCall
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
    UsageTold,
)

Opening = Text | Thought | Refusal | ToolCall | Image | Foreign


class Differs(Exception):
    """The second answer is another one than the first: the two must not be joined."""


class SeenPart:
    """A part as far as the client has been sent it. Thoughts are not compared and have no `text`."""

    __slots__ = ("is_ended", "number", "opening", "pieces")

    def __init__(self, number: int, opening: Opening) -> None:
        self.number = number
        self.opening = opening
        self.pieces: list[str] = []
        self.is_ended = False

    @property
    def text(self) -> str:
        """What was sent of it."""
        start = self.opening.arguments if isinstance(self.opening, ToolCall) else ""
        if isinstance(self.opening, (Text, Refusal)):
            start = self.opening.text
        return start + "".join(self.pieces)


class Transcript:
    """What a client has been sent of a stream, from its events."""

    __slots__ = ("_by_number", "events", "finished", "parts")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.parts: dict[int, list[SeenPart]] = {}  # of each choice, in order of beginning
        self.finished: dict[int, Finished] = {}
        self._by_number: dict[tuple[int, int], SeenPart] = {}

    def note(self, events: Iterable[Event]) -> None:
        """Take events whose text has been sent."""
        for event in events:
            self.events.append(event)
            match event:
                case PartBegan(choice, number, opening):
                    part = SeenPart(number, opening)
                    self.parts.setdefault(choice, []).append(part)
                    self._by_number[choice, number] = part
                case Delta(choice, number, text):
                    self._by_number[choice, number].pieces.append(text)
                case PartEnded(choice, number):
                    self._by_number[choice, number].is_ended = True
                case Finished():
                    self.finished[event.choice] = event
                case _:
                    pass

    def visible(self, choice: int) -> list[SeenPart]:
        """Return the parts of a choice that are its answer, thoughts left out."""
        return [part for part in self.parts.get(choice, []) if not isinstance(part.opening, Thought)]

    def next_number(self, choice: int) -> int:
        """Return a number no part of `choice` has."""
        return max((part.number for part in self.parts.get(choice, [])), default=-1) + 1

    def prefix(self) -> str | None:
        """Return the text another model could be asked to go on from, None if it is more than that.

        That is so when nothing but one text was begun; thoughts before it are not part of it.
        """
        if set(self.parts) != {0} or self.finished:
            return None
        parts = self.visible(0)
        if len(parts) != 1 or not isinstance(parts[0].opening, Text) or parts[0].is_ended:
            return None
        return parts[0].text or None


class Replay:
    """Lets of a second answer pass what the client has not been sent by the first.

    Compared are the visible parts in their order: kind, a call's name, all text. Thoughts differ from run
    to run and are no part of the answer: those of the second are left out until it says something new.
    With `is_continuation` the second goes on from the first (`Transcript.prefix`) and repeats nothing of it.
    """

    __slots__ = ("_done", "_is_continuation", "_numbers", "_parts", "_seen")

    def __init__(self, seen: Transcript, *, is_continuation: bool = False) -> None:
        self._seen = seen
        self._is_continuation = is_continuation
        self._done: dict[int, int] = {}  # visible parts of the second answer begun, by choice
        # Parts of the second answer: the client's number of each and what of the first it repeats.
        self._parts: dict[tuple[int, int], _Repeated] = {}
        self._numbers: dict[int, int] = {}  # next free number, by choice

    def feed(self, event: Event) -> list[Event]:  # noqa: C901, PLR0912 - one case an event
        """Return what of `event` is new to the client.

        Raises:
            Differs: it contradicts what the client has.
        """
        match event:
            case Began():
                return [] if self._seen.events else [event]
            case PartBegan(choice, number, opening):
                return self._begin(choice, number, opening)
            case Delta(choice, number, text):
                part = self._parts.get((choice, number))
                if part is None:
                    return []
                rest = part.take(text)
                return [Delta(choice, part.number, rest)] if rest else []
            case PartEnded(choice, number):
                part = self._parts.get((choice, number))
                return part.end(choice) if part is not None else []
            case Sealed() | Cited():
                part = self._parts.get((event.choice, event.part))
                if part is None or part.is_repeating:
                    return []
                return [msgspec.structs.replace(event, part=part.number)]
            case LogprobsTold(choice):
                return [] if self._is_behind(choice) else [event]
            case Finished(choice):
                if self._is_behind(choice):
                    raise Differs
                if choice in self._seen.finished:
                    return []
                return [event]
            case Ended():
                if any(self._is_behind(choice) for choice in self._seen.parts):
                    raise Differs
                return [event]
            case UsageTold() | Broke():
                return [event]
            case _:
                assert_never(event)

    def _begin(self, choice: int, number: int, opening: Opening) -> list[Event]:
        visible = self._seen.visible(choice)
        done = self._done.get(choice, 0)
        if isinstance(opening, Thought):
            if done < len(visible) or self._is_open(choice):
                return []
            return self._new(choice, number, opening)
        self._done[choice] = done + 1
        if done >= len(visible):
            return self._new(choice, number, opening)
        known = visible[done]
        if not _is_alike(known.opening, opening):
            raise Differs
        part = self._parts[choice, number] = _Repeated(
            known.number, "" if self._is_continuation else known.text, is_ended=known.is_ended
        )
        start = opening.text if isinstance(opening, (Text, Refusal)) else ""
        if isinstance(opening, ToolCall):
            start = opening.arguments
        rest = part.take(start) if start else ""
        return [Delta(choice, part.number, rest)] if rest else []

    def _new(self, choice: int, number: int, opening: Opening) -> list[Event]:
        if choice in self._seen.finished:
            raise Differs
        mine = self._numbers.get(choice, self._seen.next_number(choice))
        self._numbers[choice] = mine + 1
        self._parts[choice, number] = _Repeated(mine, "", is_ended=False)
        # What was begun of a thought is not gone on with: it ends where the answer goes on.
        ends: list[Event] = [
            PartEnded(choice, part.number)
            for part in self._seen.parts.get(choice, [])
            if isinstance(part.opening, Thought) and not part.is_ended
        ]
        for part in self._seen.parts.get(choice, []):
            part.is_ended = part.is_ended or isinstance(part.opening, Thought)
        return [*ends, PartBegan(choice, mine, opening)]

    def _is_open(self, choice: int) -> bool:
        """Whether a part of the first answer is still being repeated or gone on with."""
        return any(where[0] == choice and not part.is_over for where, part in self._parts.items())

    def _is_behind(self, choice: int) -> bool:
        """Whether something that was sent has not been repeated yet."""
        if self._done.get(choice, 0) < len(self._seen.visible(choice)):
            return True
        return any(where[0] == choice and part.is_repeating for where, part in self._parts.items())


class _Repeated:
    """One part of the second answer: `left` is what of the first it has not repeated yet."""

    __slots__ = ("_at", "_is_ended", "_known", "is_over", "number")

    def __init__(self, number: int, known: str, *, is_ended: bool) -> None:
        self.number = number
        self._known = known
        self._at = 0
        self._is_ended = is_ended
        self.is_over = False

    @property
    def is_repeating(self) -> bool:
        return self._at < len(self._known)

    def take(self, text: str) -> str:
        """Return what of `text` is new."""
        left = len(self._known) - self._at
        again = text[:left] if left > 0 else ""
        if again and not self._known.startswith(again, self._at):
            raise Differs
        self._at += len(again)
        rest = text[len(again) :]
        if rest and self._is_ended:
            raise Differs
        return rest

    def end(self, choice: int) -> list[Event]:
        self.is_over = True
        if self.is_repeating:
            raise Differs
        return [] if self._is_ended else [PartEnded(choice, self.number)]


def _is_alike(first: Opening, second: Opening) -> bool:
    if isinstance(first, ToolCall) and isinstance(second, ToolCall):
        return first.name == second.name
    if isinstance(first, (Image, Foreign)):
        return first == second
    return type(first) is type(second)
