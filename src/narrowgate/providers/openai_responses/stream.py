"""Read a streamed answer of OpenAI's Responses API.

Source: https://platform.openai.com/docs/api-reference/responses-streaming (read 2026-11).
"""

import msgspec

from narrowgate.model.reply import Broke, Event
from narrowgate.providers.openai_responses.answer import (
    CALL,
    REASONING,
    REFUSAL,
    SUMMARY,
    WORDS,
    AnswerReader,
    check_utf8,
)
from narrowgate.providers.openai_responses.faults import broken
from narrowgate.schemas.openai_responses import NULL, Error, ItemKind, StreamEvent
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.sse_reader import SseReader

_EVENT = msgspec.json.Decoder(StreamEvent)
_KIND = msgspec.json.Decoder(ItemKind)
_DELTAS = {
    "response.output_text.delta": WORDS,
    "response.refusal.delta": REFUSAL,
    "response.reasoning_summary_text.delta": SUMMARY,
    "response.reasoning_text.delta": REASONING,
    "response.function_call_arguments.delta": CALL,
    "response.custom_tool_call_input.delta": CALL,
}
_READ = frozenset(
    {
        *_DELTAS,
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.output_item.done",
        "response.content_part.done",
        "response.output_text.annotation.added",
        "response.completed",
        "response.incomplete",
        "response.failed",
        "error",
    }
)


class StreamDecoder:
    """Reads one stream. After its end, or an error in it, nothing is read any more."""

    def __init__(self) -> None:
        self._sse = SseReader()
        self._answer = AnswerReader()
        self._is_over = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the events `data` completes.

        Raises:
            WireError: these are not events of this API.
        """
        return self._read(self._sse.feed(data))

    def end(self) -> list[Event]:
        """Return what remains; a stream cut off simply has no more.

        Raises:
            WireError: as `feed`.
        """
        return self._read(self._sse.end())

    def _read(self, found: list[tuple[bytes, bytes]]) -> list[Event]:
        events: list[Event] = []
        for name, data in found:
            if not self._is_over and data.strip() not in {b"", b"[DONE]"}:
                events += self._event(name, data)
        return events

    def _event(self, name: bytes, data: bytes) -> list[Event]:
        check_utf8(data)
        try:
            event = read(_EVENT, data)
        except WireError:
            # What nobody here reads may have any shape.
            kind = read(_KIND, data).type or name.decode("utf-8", "replace")
            if kind in _READ:
                raise
            return []
        kind = event.type or name.decode("utf-8", "replace")
        if kind in _DELTAS:
            events = self._answer.begin(None)
            return events + self._delta(self._answer.place(event.output_index), _DELTAS[kind], event)
        if kind == "error" or (not event.type and event.error is not None):
            return self._break(event.error or Error(event.message, None, event.code, event.param))
        if kind not in _READ:
            return []
        if event.response is None and kind in {"response.completed", "response.incomplete", "response.failed"}:
            raise WireError(f"response: '{kind}' has none", "response")
        return self._known(kind, event)

    def _known(self, kind: str, event: StreamEvent) -> list[Event]:
        answer, response = self._answer, event.response
        if response is not None:
            if kind == "response.failed" or response.status == "failed":
                return self._break(response.error)
            if kind in {"response.completed", "response.incomplete"}:
                self._is_over = True
                # The name of the event is the status, where an imitator leaves that out.
                response.status = kind.removeprefix("response.")
                return answer.finish(response)
        events = answer.begin(response)
        place = answer.place(event.output_index)
        if kind == "response.output_item.added" and event.item != NULL:
            events += answer.add(place, event.item)
        elif kind == "response.output_item.done" and event.item != NULL:
            events += answer.complete(place, event.item)
        elif kind == "response.content_part.done" and event.part != NULL:
            events += answer.complete_content(place, event.content_index or 0, event.part)
        elif kind == "response.output_text.annotation.added" and event.annotation != NULL:
            events += answer.cite(place, (WORDS, event.content_index or 0), event.annotation)
        return events

    def _delta(self, place: int, kind: str, event: StreamEvent) -> list[Event]:
        if kind == CALL:
            return self._answer.grow(place, (CALL, 0), event.delta or "")
        index = event.summary_index if kind == SUMMARY else event.content_index
        key = (kind, index or 0)
        events = self._answer.grow(place, key, event.delta or "")
        return events + self._answer.tell_logprobs(place, key, event.logprobs) if event.logprobs else events

    def _break(self, error: Error | str | None) -> list[Event]:
        self._is_over = True
        return [Broke(broken(error))]
