"""Read streamed answers of Bedrock's Converse API.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html (read 2026-11).
"""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterator

import msgspec
from msgspec import Raw

from narrowgate.model.conversation import Foreign, Image, Source, Text, Thought, ToolCall
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
from narrowgate.model.seals import seal_of, split_id
from narrowgate.providers.bedrock_converse.answer import finish_of, readable, stop_sequence_in, usage_of
from narrowgate.providers.bedrock_converse.faults import fault_in_frame
from narrowgate.schemas.bedrock_blocks import OWN, citation_of, owned, redacted_of, said
from narrowgate.schemas.bedrock_converse import BlockDelta, BlockStart, ReasoningDelta, StreamEvent, ToolUseObject
from narrowgate.schemas.bedrock_media import IMAGE_FORMATS, media_type_of
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.event_stream import EventStreamReader, Frame

_EVENT = msgspec.json.Decoder(StreamEvent)
_ANY = msgspec.json.Decoder()
_KNOWN = frozenset(
    {"messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"}
)


class _OpenBlock:
    """A block that has begun. What has no deltas in our events waits in `pieces` until it is whole."""

    __slots__ = ("has_arguments", "kind", "members", "part", "pieces", "results", "signature")

    def __init__(self, part: int, kind: str, members: dict[str, object] | None = None) -> None:
        self.part = part
        self.kind = kind
        self.members = members if members is not None else {}
        self.pieces: list[str] = []
        self.results: list[Raw] = []
        self.signature = ""
        self.has_arguments = False


class ConverseDecoder:
    """Reads one answer."""

    __slots__ = ("_has_begun", "_has_stopped", "_is_over", "_next_part", "_open", "_reader")

    def __init__(self) -> None:
        self._reader = EventStreamReader()
        self._open: dict[float, _OpenBlock] = {}
        self._next_part = 0
        self._has_begun = False
        self._has_stopped = False
        self._is_over = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the events `data` completes.

        Raises:
            WireError: these are no frames, or no events of this form.
        """
        return [event for frame in self._reader.feed(data) for event in self._read(frame)]

    def end(self) -> list[Event]:
        """Return what remains: the end of an answer that told no usage behind it, if it is whole."""
        if self._is_over or not self._has_stopped or not self._reader.is_between_frames:
            return []
        self._is_over = True
        return [Ended()]

    def _read(self, frame: Frame) -> Iterator[Event]:
        if self._is_over:
            return
        if frame.headers.get(":message-type", "event") != "event":
            self._is_over = True
            yield Broke(fault_in_frame(frame))
            return
        kind = frame.headers.get(":event-type", "")
        if kind not in _KNOWN:
            return  # what is to come
        event = read(_EVENT, readable(frame.payload))
        if not self._has_begun:
            self._has_begun = True
            yield Began(OWN)
        index = event.content_block_index or 0
        match kind:
            case "contentBlockStart":
                yield from self._begin(index, event.start or BlockStart())
            case "contentBlockDelta":
                yield from self._add(index, event.delta or BlockDelta())
            case "contentBlockStop":
                yield from self._close(index)
            case "messageStop":
                yield from self._stop(event)
            case "metadata":
                yield from self._tell(event)
            case _:
                return

    def _begin(self, index: float, start: BlockStart) -> Iterator[Event]:
        if start.tool_use is not None:
            yield from self._begin_call(index, start.tool_use)
        elif start.tool_result is not None:
            result = start.tool_result
            members = _members(toolUseId=result.tool_use_id, status=result.status, type=result.type)
            yield from self._opened(index, "toolResult", members)
        elif start.image is not None:
            yield from self._opened(index, "image", {"format": start.image.format})

    def _begin_call(self, index: float, use: ToolUseObject) -> Iterator[Event]:
        if use.type not in {None, "tool_use"}:
            members = _members(toolUseId=use.tool_use_id, name=use.name, type=use.type)
            yield from self._opened(index, "toolUse", members)
            return
        yield from self._opened(index, "call")
        part = self._open[index].part
        identity, seal = split_id(use.tool_use_id or f"call_{part}")
        if not use.name:
            raise WireError("start.toolUse.name: missing", "start.toolUse.name")
        yield PartBegan(0, part, ToolCall(identity, use.name, "", seal=seal))

    def _add(self, index: float, delta: BlockDelta) -> Iterator[Event]:
        if delta.text is not None:
            yield from self._says(index, "text")
            yield from _delta(self._open[index].part, delta.text)
        if delta.reasoning_content is not None:
            yield from self._thinks(index, delta.reasoning_content)
        if (citation := said(delta.citation)) is not None:
            yield from self._says(index, "text")
            yield Cited(0, self._open[index].part, citation_of(citation))
        opened = self._open.get(index)
        if delta.tool_use is not None:
            if opened is None:
                raise WireError("contentBlockIndex: a call goes on that has not begun", "contentBlockIndex")
            yield from _arguments(opened, delta.tool_use.input or "")
        if delta.tool_result is not None and opened is not None:
            opened.results += [owned(piece) for piece in delta.tool_result]
        if delta.image is not None and opened is not None and delta.image.source is not None:
            opened.pieces.append(delta.image.source.data or "")

    def _thinks(self, index: float, reasoning: ReasoningDelta) -> Iterator[Event]:
        if reasoning.redacted_content is not None:
            yield from self._says(index, "redacted")
            self._open[index].pieces.append(reasoning.redacted_content)
            return
        yield from self._says(index, "thought")
        opened = self._open[index]
        yield from _delta(opened.part, reasoning.text or "")
        if reasoning.signature:
            opened.signature += reasoning.signature
            yield Sealed(0, opened.part, seal_of(opened.signature, OWN))

    def _says(self, index: float, kind: str) -> Iterator[Event]:
        """Begin a part at the first of its deltas: only calls are announced."""
        opened = self._open.get(index)
        if opened is not None and opened.kind == kind:
            return
        yield from self._opened(index, kind)
        opening = Text("") if kind == "text" else Thought(is_redacted=kind == "redacted")
        yield PartBegan(0, self._open[index].part, opening)

    def _opened(self, index: float, kind: str, members: dict[str, object] | None = None) -> Iterator[Event]:
        yield from self._close(index)
        self._open[index] = _OpenBlock(self._next_part, kind, members)
        self._next_part += 1

    def _close(self, index: float) -> Iterator[Event]:
        opened = self._open.pop(index, None)
        if opened is None:
            return
        part = opened.part
        match opened.kind:
            case "call" if not opened.has_arguments:
                yield Delta(0, part, "{}")
            case "redacted":
                yield Sealed(0, part, redacted_of(_joined(opened.pieces)))
            case "image":
                media_type = media_type_of(str(opened.members["format"] or "png"), IMAGE_FORMATS, "image")
                yield PartBegan(0, part, Image(Source(data=_joined(opened.pieces), media_type=media_type)))
            case "toolUse" | "toolResult":
                yield PartBegan(0, part, Foreign(OWN, opened.kind, _whole(opened)))
            case _:
                pass
        yield PartEnded(0, part)

    def _stop(self, event: StreamEvent) -> Iterator[Event]:
        for index in tuple(self._open):
            yield from self._close(index)
        self._has_stopped = True
        stop_sequence = stop_sequence_in(event.additional_model_response_fields)
        yield Finished(0, finish_of(event.stop_reason), stop_sequence, event.stop_reason)

    def _tell(self, event: StreamEvent) -> Iterator[Event]:
        if event.usage is not None:
            yield UsageTold(usage_of(event.usage))
        if self._has_stopped:
            self._is_over = True
            yield Ended()


def _members(**members: str | None) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}


def _delta(part: int, text: str) -> Iterator[Event]:
    if text:
        yield Delta(0, part, text)


def _arguments(opened: _OpenBlock, text: str) -> Iterator[Event]:
    if opened.kind == "call":
        opened.has_arguments = opened.has_arguments or bool(text)
        yield from _delta(opened.part, text)
    else:
        opened.pieces.append(text)


def _joined(pieces: list[str]) -> str:
    """Return base64 that came in pieces, each of them padded, as one."""
    if len(pieces) == 1:
        return pieces[0]
    try:
        return b64encode(b"".join(b64decode(piece, validate=True) for piece in pieces)).decode()
    except (Error, ValueError):
        return "".join(pieces)


def _whole(opened: _OpenBlock) -> Raw:
    """Return the block of a tool that Bedrock ran, or of its result, as a whole answer has it."""
    members: dict[str, object] = {**opened.members}
    if opened.kind == "toolResult":
        members["content"] = opened.results
    else:
        text = "".join(opened.pieces) or "{}"
        try:
            _ANY.decode(text)
            members["input"] = Raw(text.encode())
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            members["input"] = text
    return Raw(msgspec.json.encode({opened.kind: members}))
