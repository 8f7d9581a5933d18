"""Read Cohere's streamed answers.

Source: https://docs.cohere.com/v2/reference/chat-stream (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import Foreign, Text, Thought, ToolCall
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
from narrowgate.providers.cohere_chat.answer import (
    FORM,
    PLAN,
    broken,
    citation_of,
    finish_of,
    logprobs_of,
    usages,
)
from narrowgate.schemas import cohere_chat as schema
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound
from narrowgate.wire.sse_reader import SseReader

_EVENT = msgspec.json.Decoder(schema.StreamEvent)
_RAW = msgspec.json.Decoder(schema.RawEvent)


class StreamDecoder:
    """Reads one stream. A part ends when another begins: a citation may come behind its `content-end`."""

    __slots__ = ("_call_index", "_calls", "_has_begun", "_is_complete", "_is_over", "_open", "_parts", "_sse")

    def __init__(self) -> None:
        self._sse = SseReader()
        self._has_begun = False
        self._is_complete = False
        self._is_over = False
        self._parts = 0
        self._calls = 0
        self._call_index: int | None = None
        self._open: Text | Thought | ToolCall | None = None

    def feed(self, data: bytes) -> list[Event]:
        """Return the events `data` completes; raises WireError for what Cohere does not document."""
        out: list[Event] = []
        for name, text in self._sse.feed(data):
            self._take(name, text, out)
        return out

    def end(self) -> list[Event]:
        """Return what remains, with `Ended` if the message ended."""
        out: list[Event] = []
        for name, text in self._sse.end():
            try:
                self._take(name, text, out)
            except WireError:
                break  # the stream was cut off inside of it
        if self._is_complete:
            out.append(Ended())
        return out

    def _take(self, name: bytes, text: bytes, out: list[Event]) -> None:  # noqa: C901, PLR0912 - one case an event
        if self._is_over or text.strip() == b"[DONE]":
            return
        text = sound(text)
        event = read(_EVENT, text)
        delta = event.delta or schema.Delta()
        message = delta.message or schema.DeltaMessage()
        kind = event.type or name.decode("utf-8", "replace")
        if not self._has_begun:
            self._has_begun = True
            out.append(Began(FORM, event.id or ""))
        match kind:
            case "content-delta":
                self._say(message.content, out)
                if event.logprobs is not None:
                    out.append(LogprobsTold(0, logprobs_of([event.logprobs])))
            case "content-start":
                self._close(out)
                self._start(message.content, text, out)
            case "tool-plan-delta":
                if message.tool_plan:
                    if not (isinstance(self._open, Thought) and self._open.seal is PLAN):
                        self._begin(Thought("", PLAN), out)
                        out.append(Sealed(0, self._parts - 1, PLAN))
                    out.append(Delta(0, self._parts - 1, message.tool_plan))
            case "tool-call-start":
                self._call(message.tool_calls, out)
                self._call_index = None if event.index is None else int(event.index)
            case "tool-call-delta":
                index = None if event.index is None else int(event.index)
                if not isinstance(self._open, ToolCall) or index != self._call_index:
                    raise WireError("a tool-call-delta belongs to no open tool call")
                out += [Delta(0, self._parts - 1, piece) for _, _, piece in _calls_of(message.tool_calls) if piece]
            case "tool-call-end":
                self._close(out)
            case "citation-start":
                self._cite(message.citations, out)
            case "message-end":
                self._finish(delta, out)
            case _ if event.message is not None:
                self._is_over = True
                out.append(Broke(broken(event.message, None)))
            case _:
                pass

    def _start(self, content: schema.Part | list[msgspec.Raw] | str | None, text: bytes, out: list[Event]) -> None:
        if isinstance(content, schema.Part) and content.type not in ("", "text", "thinking"):
            raw = msgspec.Raw(bytes(read(_RAW, text).delta.message.content))
            out += [PartBegan(0, self._parts, Foreign(FORM, content.type, raw)), PartEnded(0, self._parts)]
            self._parts += 1
            return
        is_thought = isinstance(content, schema.Part) and (content.type == "thinking" or content.thinking is not None)
        self._begin(Thought() if is_thought else Text(""), out)
        self._say(content, out)

    def _say(self, content: schema.Part | list[msgspec.Raw] | str | None, out: list[Event]) -> None:
        if not isinstance(content, schema.Part):
            return
        if content.thinking:
            if not isinstance(self._open, Thought) or self._open.seal is PLAN:
                self._begin(Thought(), out)
            out.append(Delta(0, self._parts - 1, content.thinking))
        if content.text:
            if not isinstance(self._open, Text):
                self._begin(Text(""), out)
            out.append(Delta(0, self._parts - 1, content.text))

    def _call(self, told: schema.ToolCall | list[schema.ToolCall] | None, out: list[Event]) -> None:
        for identity, name, piece in _calls_of(told):
            self._begin(ToolCall(identity or f"call_{self._calls}", name, ""), out)
            self._calls += 1
            if piece:
                out.append(Delta(0, self._parts - 1, piece))

    def _cite(self, raw: msgspec.Raw, out: list[Event]) -> None:
        if isinstance(self._open, Text) and bytes(raw) != b"null":
            out.append(Cited(0, self._parts - 1, citation_of(msgspec.Raw(bytes(raw)))[0]))

    def _finish(self, delta: schema.Delta, out: list[Event]) -> None:
        self._close(out)
        self._is_over = True
        if delta.error is not None:
            out.append(Broke(broken(delta.error, delta.error_type)))
            return
        self._is_complete = True
        usage, charged = usages(delta.usage)
        if usage is not None:
            out.append(UsageTold(usage, charged))
        out.append(Finished(0, finish_of(delta.finish_reason), None, delta.finish_reason))

    def _begin(self, opening: Text | Thought | ToolCall, out: list[Event]) -> None:
        self._close(out)
        self._open = opening
        out.append(PartBegan(0, self._parts, opening))
        self._parts += 1

    def _close(self, out: list[Event]) -> None:
        if self._open is not None:
            out.append(PartEnded(0, self._parts - 1))
            self._open = None


def _calls_of(told: schema.ToolCall | list[schema.ToolCall] | None) -> list[tuple[str, str, str]]:
    """Return (id, name, arguments) of what the events say of calls: an object, a list once."""
    calls = told if isinstance(told, list) else [told] if told is not None else []
    return [
        (
            call.id or "",
            (call.function and call.function.name) or "",
            (call.function and call.function.arguments) or "",
        )
        for call in calls
    ]
