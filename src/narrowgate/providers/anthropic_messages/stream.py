"""Read streamed answers of Anthropic's Messages API.

Source: https://platform.claude.com/docs/en/api/messages-streaming (read 2026-11).
"""

from collections.abc import Iterator

import msgspec
from msgspec import Raw

from narrowgate.model.conversation import Foreign, Text, Thought, ToolCall
from narrowgate.model.reply import (
    Began,
    Broke,
    Cited,
    Delta,
    Ended,
    Event,
    Finished,
    PartBegan,
    PartEnded,
    Sealed,
    UsageTold,
)
from narrowgate.model.seals import seal_of
from narrowgate.providers.anthropic_messages.answer import finish_of, readable, usage_of
from narrowgate.providers.anthropic_messages.faults import fault_in
from narrowgate.schemas.anthropic_blocks import OWN, citation_of, kind_of, part_of, said
from narrowgate.schemas.anthropic_messages import DeltaEvent, DeltaObject, MessageAnswer, StreamEvent, UsageObject
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.sse_reader import SseReader

_EVENT = msgspec.json.Decoder(StreamEvent)
_WHOLE_DELTA = msgspec.json.Decoder(DeltaEvent)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_EMPTY = frozenset({"{}", ""})
_COUNTS = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "output_tokens_details",
)


class _OpenBlock:
    """A block that has begun. Of one only this form knows, the pieces wait until it is whole."""

    __slots__ = ("block", "has_arguments", "kind", "part", "texts")

    def __init__(self, part: int, kind: str) -> None:
        self.part = part
        self.kind = kind
        self.block: Raw | None = None
        self.has_arguments = False
        self.texts: dict[str, list[str]] = {}


class MessagesDecoder:
    """Reads one answer."""

    __slots__ = ("_has_begun", "_is_finished", "_is_over", "_next_part", "_open", "_reader", "_usage")

    def __init__(self) -> None:
        self._reader = SseReader()
        self._open: dict[int, _OpenBlock] = {}
        self._next_part = 0
        self._usage = UsageObject()
        self._is_finished = False
        self._has_begun = False
        self._is_over = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the events `data` completes.

        Raises:
            WireError: these are no events of this form.
        """
        return [event for _, text in self._reader.feed(data) for event in self._read(text)]

    def end(self) -> list[Event]:
        """Return what remains; without a stop reason or `message_stop` the answer was cut off.

        Raises:
            WireError: as `feed`.
        """
        return [event for _, text in self._reader.end() for event in self._read(text)]

    def _read(self, text: bytes) -> Iterator[Event]:
        if self._is_over or text in {b"", b"[DONE]"}:
            return
        text = readable(text)
        event = read(_EVENT, text)
        match event.type:
            case "message_start":
                yield from self._start(event.message or MessageAnswer())
            case "content_block_start":
                yield from self._begin(event)
            case "content_block_delta":
                yield from self._add(event, text)
            case "content_block_stop":
                yield from self._close(event.index or 0)
            case "message_delta":
                yield from self._finish(event)
            case "message_stop":
                yield from self._end()
            case "error":
                self._is_over = True
                yield Broke(fault_in(text))
            case _:
                return  # a ping, or what is to come

    def _start(self, message: MessageAnswer) -> Iterator[Event]:
        self._has_begun = True
        tier = message.usage.service_tier if message.usage is not None else None
        yield Began(OWN, message.id or "", message.model or "", service_tier=tier)
        yield from self._count(message.usage)

    def _count(self, usage: UsageObject | None) -> Iterator[Event]:
        """Take over the counts given: later ones stand for the whole answer, missing ones stay."""
        if usage is None:
            return
        told = {name: value for name in _COUNTS if (value := getattr(usage, name)) is not None}
        if told:
            self._usage = msgspec.structs.replace(self._usage, **told)
            yield UsageTold(usage_of(self._usage))

    def _begin(self, event: StreamEvent) -> Iterator[Event]:
        block = said(event.content_block)
        if block is None:
            raise WireError("content_block: missing", "content_block")
        if not self._has_begun:
            yield from self._start(MessageAnswer())
        for index in tuple(self._open):
            yield from self._close(index)  # blocks come one behind the other, whoever forgot to end one
        kind = kind_of(block)
        opened = self._open[event.index or 0] = _OpenBlock(self._next_part, kind)
        self._next_part += 1
        opening = part_of(kind, block, f"call_{opened.part}")
        if isinstance(opening, Foreign):
            opened.block = opening.raw
        else:
            opened.has_arguments = isinstance(opening, ToolCall) and opening.arguments.replace(" ", "") not in _EMPTY
            yield from _opening(opened, opening)

    def _add(self, event: StreamEvent, text: bytes) -> Iterator[Event]:
        opened, delta = self._open.get(event.index or 0), event.delta
        if opened is None or delta is None:
            raise WireError(f"index: block {event.index} has not begun", "index")
        if opened.block is not None:
            for name, value in (read(_WHOLE_DELTA, text).delta or {}).items():
                if name != "type" and isinstance(value, str):
                    opened.texts.setdefault(name, []).append(value)
            return
        match delta.type:
            case "text_delta":
                yield from _delta(opened.part, delta.text)
            case "thinking_delta":
                yield from _delta(opened.part, delta.thinking)
            case "input_json_delta":
                opened.has_arguments = opened.has_arguments or bool(delta.partial_json)
                yield from _delta(opened.part, delta.partial_json)
            case "signature_delta" if delta.signature and opened.kind == "thinking":
                yield Sealed(0, opened.part, seal_of(delta.signature, OWN))
            case "citations_delta" if (citation := said(delta.citation)) is not None and opened.kind == "text":
                yield Cited(0, opened.part, citation_of(citation))
            case _:
                return

    def _close(self, index: int) -> Iterator[Event]:
        opened = self._open.pop(index, None)
        if opened is None:
            return
        if opened.block is not None:
            yield PartBegan(0, opened.part, Foreign(OWN, opened.kind, _whole(opened.block, opened.texts)))
        elif opened.kind == "tool_use" and not opened.has_arguments:
            yield Delta(0, opened.part, "{}")
        yield PartEnded(0, opened.part)

    def _finish(self, event: StreamEvent) -> Iterator[Event]:
        for index in tuple(self._open):
            yield from self._close(index)
        yield from self._count(event.usage)
        if event.delta is not None and event.delta.stop_reason is not None and not self._is_finished:
            yield self._finished(event.delta)

    def _end(self) -> Iterator[Event]:
        for index in tuple(self._open):
            yield from self._close(index)
        self._is_over = True
        if not self._is_finished:
            yield self._finished(DeltaObject())
        yield Ended()

    def _finished(self, stop: DeltaObject) -> Finished:
        self._is_finished = True
        return Finished(0, finish_of(stop.stop_reason), stop.stop_sequence, stop.stop_reason)


def _opening(opened: _OpenBlock, part: Text | Thought | ToolCall) -> Iterator[Event]:
    """Yield the beginning of a part, and what its block has brought with it."""
    match part:
        case Text():
            yield PartBegan(0, opened.part, Text(""))
            yield from _delta(opened.part, part.text)
            for citation in part.citations:
                yield Cited(0, opened.part, citation)
        case Thought():
            yield PartBegan(0, opened.part, Thought(is_redacted=part.is_redacted))
            yield from _delta(opened.part, part.text)
            if part.seal is not None:
                yield Sealed(0, opened.part, part.seal)
        case ToolCall():
            yield PartBegan(0, opened.part, msgspec.structs.replace(part, arguments=""))
            yield from _delta(opened.part, part.arguments if opened.has_arguments else None)


def _delta(part: int, text: str | None) -> Iterator[Event]:
    if text:
        yield Delta(0, part, text)


def _whole(block: Raw, texts: dict[str, list[str]]) -> Raw:
    """Return a block with what its deltas added: JSON to its `input`, other text to the member of its name."""
    if not texts:
        return block
    members = read(_MEMBERS, block)
    whole: dict[str, object] = {**members}
    for name, pieces in texts.items():
        text = "".join(pieces)
        if name != "partial_json":
            whole[name] = text
        elif text:
            whole["input"] = _input(text)
    return Raw(msgspec.json.encode(whole))


def _input(text: str) -> object:
    """Return the JSON a model wrote; what it broke off stays text."""
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    return Raw(text.encode())
