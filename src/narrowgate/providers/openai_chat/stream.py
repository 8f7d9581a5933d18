"""Read a streamed answer: chunks as server-sent events, ended by [DONE] or, with imitators, by nothing."""

import msgspec

from narrowgate.model.operation import Operation
from narrowgate.model.reply import Broke, Ended, Event, UsageTold
from narrowgate.model.usage import Usage
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat.fault import error_in, streamed_fault
from narrowgate.providers.openai_chat.reader import AnswerReader
from narrowgate.providers.profile import ReasoningCount
from narrowgate.providers.usage import usage_of_event
from narrowgate.schemas.openai_chat_answer import Answer
from narrowgate.schemas.reading import given, read
from narrowgate.wire.errors import WireError
from narrowgate.wire.escapes import mended
from narrowgate.wire.sse_reader import SseReader

_CHUNK = msgspec.json.Decoder(Answer)


class ChatDecoder:
    """Reads one streamed answer."""

    def __init__(self, quirks: Quirks) -> None:
        self._events = SseReader()
        self._answer = AnswerReader(is_whole=False)
        self._reasoning = ReasoningCount.BESIDE if quirks.is_reasoning_outside else ReasoningCount.INSIDE
        self._usage: Usage | None = None
        self._is_over = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the events `data` completes.

        Raises:
            WireError: an event is no chunk of a chat completion.
        """
        return self._read(self._events.feed(data))

    def end(self) -> list[Event]:
        """Return what remains: complete is also an answer without [DONE] whose choices have their reason."""
        try:
            found = self._read(self._events.end())
        except WireError:  # half an event: the stream was cut
            return []
        if not self._is_over and self._answer.is_finished:
            found += self._end()
        return found

    def _read(self, events: list[tuple[bytes, bytes]]) -> list[Event]:
        found: list[Event] = []
        for name, data in events:
            if self._is_over:
                break
            found += self._event(name, data.strip())
        return found

    def _event(self, name: bytes, data: bytes) -> list[Event]:
        if not data:
            return []
        if data == b"[DONE]":
            return self._end()
        data = mended(data) or data
        if name == b"error":
            self._is_over = True
            return [Broke(streamed_fault(data))]
        chunk = read(_CHUNK, data)
        error = error_in(chunk)
        if error is not None:
            self._is_over = True
            return [*self._answer.take(chunk), Broke(streamed_fault(error))]
        found = self._answer.take(chunk)
        if given(chunk.usage) is not None or given(chunk.x_groq) is not None:
            usage = usage_of_event(Operation.CHAT, data, self._reasoning)
            # Some tell it with every chunk, some three times at the end.
            if usage is not None and usage != self._usage:
                self._usage = usage
                found.append(UsageTold(usage))
        return found

    def _end(self) -> list[Event]:
        self._is_over = True
        return [*self._answer.finish(), Ended()]
