"""Read a streamed Gemini answer: SSE, or one JSON array where SSE was not asked for."""

from collections.abc import Iterator

from narrowgate.model.reply import Broke, Ended, Event
from narrowgate.providers.gemini_generate.answer import AnswerReader
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_array import JsonArrayReader
from narrowgate.wire.sse_reader import SseReader

_LIMIT_BYTES = 64 << 20
_BEFORE = b" \t\r\n"


class GeminiDecoder:
    """Takes the body in any cuts. Finish reasons are told at the end: Google may repeat and revise them."""

    __slots__ = ("_answer", "_array", "_held", "_is_over", "_sse")

    def __init__(self) -> None:
        self._answer = AnswerReader()
        self._sse: SseReader | None = None
        self._array: JsonArrayReader | None = None
        self._held = b""
        self._is_over = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes."""
        if self._is_over:
            return []
        if self._sse is None and self._array is None:
            data = self._held + data
            first = data.lstrip(_BEFORE)[:1]
            if first in (b"", b"{"):
                # Nothing yet, or an answer without any framing: an error, mostly. It is read at the end.
                self._held = data
                if len(data) > _LIMIT_BYTES:
                    raise WireError(f"an event is longer than {_LIMIT_BYTES >> 20} MiB")
                return []
            self._held = b""
            if first == b"[":
                self._array = JsonArrayReader()
            else:
                self._sse = SseReader()
        if self._array is not None:
            chunks = self._array.feed(data)
        else:
            chunks = [text for _, text in self._sse.feed(data)] if self._sse is not None else []
        return list(self._read(chunks))

    def end(self) -> list[Event]:
        """Return what remains: Ended only behind a finish reason for each answer."""
        if self._is_over:
            return []
        events: list[Event] = []
        is_cut = self._array is not None and not self._array.is_closed
        rest = [text for _, text in self._sse.end()] if self._sse is not None else [self._held.strip(_BEFORE)]
        try:
            events += self._read([text for text in rest if text])
        except WireError:
            is_cut = True  # half an event
        if self._is_over or is_cut or not self._answer.is_complete:
            return events
        self._is_over = True
        return [*events, *self._answer.close(), Ended()]

    def _read(self, chunks: list[bytes]) -> Iterator[Event]:
        for chunk in chunks:
            if self._is_over:
                return
            if chunk in (b"", b"[DONE]"):  # some proxies write OpenAI's sentinel
                continue
            events = self._answer.feed(chunk)
            self._is_over = bool(events) and isinstance(events[-1], Broke)
            yield from events
