"""Write an answer as the events of Anthropic's Messages API, block after block.

Source: https://platform.claude.com/docs/en/api/messages-streaming (read 2026-11).
"""

from typing import assert_never

import msgspec

from narrowgate.dialects.anthropic_messages.render import error_object, shown_block, stop_reason, usage_object
from narrowgate.model.conversation import Foreign, Form, Image, Refusal, Text, Thought, ToolCall
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
from narrowgate.model.seals import seal_text
from narrowgate.model.usage import Usage
from narrowgate.schemas.anthropic_blocks import OWN, citation_object
from narrowgate.schemas.anthropic_messages import ThinkingBlock, ToolUseBlock
from narrowgate.wire.json_body import one_line

_ENCODER = msgspec.json.Encoder()
_PING = b'event: ping\ndata: {"type":"ping"}\n\n'
_BEFORE_DELTA = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":'
_NO_INPUT = msgspec.Raw(b"{}")
# Forms whose seals belong to calls and may come behind the arguments: the id, which carries the seal,
# must wait for them. Their calls come whole, so nobody waits for long.
_SEALS_CALLS = frozenset({Form.GEMINI_GENERATE})


class MessagesEncoder:
    """Writes the first choice; this form has no other."""

    __slots__ = (
        "_answer_id",
        "_began",
        "_block",
        "_count",
        "_finished",
        "_has_calls",
        "_has_started",
        "_sequencer",
        "_usage",
    )

    def __init__(self, model: str, answer_id: str) -> None:
        self._answer_id = answer_id
        self._began = Began(OWN, answer_id, model)
        self._sequencer = Sequencer()
        self._block: _Block | None = None
        self._count = 0
        self._has_calls = False
        self._has_started = False
        self._finished: Finished | None = None
        self._usage: Usage | None = None

    def encode(self, event: Event) -> bytes:
        """Return the bytes for `event`, b"" when nothing is to be sent yet."""
        match event:
            case Began():
                # It waits for the next event, which may be the usage that belongs into `message_start`.
                model = event.model or self._began.model
                self._began = msgspec.structs.replace(event, id=event.id or self._answer_id, model=model)
                return b""
            case UsageTold(usage):
                self._usage = usage
                return self._start()
            case PartBegan() | Delta() | Sealed() | Cited() | PartEnded():
                if event.choice != 0:
                    return b""
                return self._start() + self._ready(event)
            case Finished():
                if event.choice == 0:
                    self._finished = event
                return self._start()
            case LogprobsTold():
                return b""
            case Broke(fault):
                return self.fail(fault)
            case Ended():
                return self._start() + self._ready(event) + self._end()
            case _:
                assert_never(event)

    def fail(self, fault: Fault) -> bytes:
        """Return the `error` event; nothing follows it."""
        return _event("error", error_object(fault))

    def _start(self) -> bytes:
        if self._has_started:
            return b""
        self._has_started = True
        message: dict[str, object] = {
            "id": self._began.id,
            "type": "message",
            "role": "assistant",
            "model": self._began.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage_object(self._usage or Usage(), self._began.service_tier),
        }
        return _event("message_start", {"type": "message_start", "message": message})

    def _end(self) -> bytes:
        closed = self._close()
        ended = self._finished or Finished(0, None)
        word = ended.finish_word if self._began.form is OWN else None
        delta = {
            "stop_reason": stop_reason(ended.finish, word, has_calls=self._has_calls),
            "stop_sequence": ended.stop_sequence,
        }
        told = {"type": "message_delta", "delta": delta, "usage": usage_object(self._usage or Usage())}
        return closed + _event("message_delta", told) + _event("message_stop", {"type": "message_stop"})

    def _ready(self, event: Event) -> bytes:
        """Return the bytes of what may go out now that `event` has come; at the end that is all that waits."""
        return b"".join(self._part_event(ready) for ready in self._sequencer.feed(event))

    def _part_event(self, event: Event) -> bytes:
        match event:
            case PartBegan():
                return self._begin(event)
            case Delta():
                return self._block.add(event.text) if self._block is not None else b""
            case Sealed():
                return self._block.seal(event) if self._block is not None else b""
            case Cited():
                return self._block.cite(event) if self._block is not None else b""
            case PartEnded():
                return self._close()
            case _:
                return b""

    def _close(self) -> bytes:
        closed = self._block.end() if self._block is not None else b""
        self._block = None
        return closed

    def _begin(self, event: PartBegan) -> bytes:
        opening, closed = event.opening, self._close()
        if isinstance(opening, Foreign) and opening.form is not OWN:
            return closed  # only its own form could show it
        self._has_calls = self._has_calls or isinstance(opening, ToolCall)
        index, self._count = self._count, self._count + 1
        match opening:
            case ToolCall():
                self._block = _CallBlock(index, opening, is_waiting=self._began.form in _SEALS_CALLS)
            case Thought():
                self._block = _ThoughtBlock(index, opening)
            case _:
                self._block = _Block(index, opening)
        return closed + self._block.begin() + (b"" if index else _PING)


class _Block:
    """A text, or what has no deltas."""

    __slots__ = ("_before_delta", "_index", "_opening")

    def __init__(self, index: int, opening: Text | Refusal | Thought | ToolCall | Image | Foreign) -> None:
        self._index = index
        self._opening = opening
        self._before_delta = _BEFORE_DELTA % index

    def begin(self) -> bytes:
        return self._started(shown_block(self._opening))

    def add(self, text: str) -> bytes:
        return self._delta({"type": "text_delta", "text": text}) if text else b""

    def seal(self, event: Sealed) -> bytes:
        del event  # texts have none in this form
        return b""

    def cite(self, event: Cited) -> bytes:
        return self._delta({"type": "citations_delta", "citation": citation_object(event.citation)})

    def end(self) -> bytes:
        return _event("content_block_stop", {"type": "content_block_stop", "index": self._index})

    def _started(self, block: object) -> bytes:
        return _event(
            "content_block_start", {"type": "content_block_start", "index": self._index, "content_block": block}
        )

    def _delta(self, delta: object) -> bytes:
        # Nearly every event is one of these: what is the same in all of a block is written once.
        return self._before_delta + _ENCODER.encode(delta) + b"}\n\n"


class _ThoughtBlock(_Block):
    """Thinking with its signature behind it, or redacted thinking: nothing but its seal, sent at its end."""

    __slots__ = ("_thought",)

    def __init__(self, index: int, opening: Thought) -> None:
        super().__init__(index, opening)
        self._thought = opening

    def begin(self) -> bytes:
        if self._thought.is_redacted:
            return b""
        return self._started(ThinkingBlock("", "")) + self.add(self._thought.text)

    def add(self, text: str) -> bytes:
        if not text or self._thought.is_redacted:
            return b""
        return self._delta({"type": "thinking_delta", "thinking": text})

    def seal(self, event: Sealed) -> bytes:
        self._thought = msgspec.structs.replace(self._thought, seal=event.seal)
        return b""

    def cite(self, event: Cited) -> bytes:
        del event  # only texts have citations
        return b""

    def end(self) -> bytes:
        # Once: LangChain puts signatures of a block behind each other.
        if self._thought.is_redacted:
            told = self._started(shown_block(self._thought))
        elif self._thought.seal is not None:
            told = self._delta({"type": "signature_delta", "signature": seal_text(self._thought.seal, OWN)})
        else:
            told = b""
        return told + super().end()


class _CallBlock(_Block):
    """A call. `is_waiting` holds all of it back until it is whole, for an id that is not yet known."""

    __slots__ = ("_call", "_held", "_is_waiting")

    def __init__(self, index: int, opening: ToolCall, *, is_waiting: bool) -> None:
        super().__init__(index, opening)
        self._call = msgspec.structs.replace(opening, arguments="")
        self._held = [opening.arguments]
        self._is_waiting = is_waiting

    def begin(self) -> bytes:
        return b"" if self._is_waiting else self._open() + self._release()

    def add(self, text: str) -> bytes:
        self._held.append(text)
        return b"" if self._is_waiting else self._release()

    def seal(self, event: Sealed) -> bytes:
        self._call = msgspec.structs.replace(self._call, seal=event.seal)
        return b""

    def cite(self, event: Cited) -> bytes:
        del event  # only texts have citations
        return b""

    def end(self) -> bytes:
        held = self._open() + self._release() if self._is_waiting else b""
        return held + (self._input('"}') if self._call.is_custom else b"") + super().end()

    def _open(self) -> bytes:
        block = shown_block(self._call)
        assert isinstance(block, ToolUseBlock)
        started = self._started(msgspec.structs.replace(block, input=_NO_INPUT))
        # Free text becomes the one member of the object this form wants.
        return started + (self._input('{"input":"') if self._call.is_custom else b"")

    def _release(self) -> bytes:
        text = "".join(self._held)
        self._held.clear()
        return self._input(_ENCODER.encode(text)[1:-1].decode() if self._call.is_custom else text)

    def _input(self, text: str) -> bytes:
        return self._delta({"type": "input_json_delta", "partial_json": text}) if text else b""


def _event(name: str, data: object) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + one_line(_ENCODER.encode(data)) + b"\n\n"
