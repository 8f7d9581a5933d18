"""Write streamed answers of Bedrock's Converse API: frames of AWS's event stream.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html (read 2026-11).
"""

import msgspec
from msgspec import Raw

from narrowgate.dialects.bedrock_converse.render import error_type, shown_block, stop_reason, usage_object
from narrowgate.model.conversation import Foreign, Form, Image, Thought, ToolCall
from narrowgate.model.fault import Fault
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
    Sequencer,
    UsageTold,
)
from narrowgate.model.seals import seal_text, sealed_id
from narrowgate.model.usage import Usage
from narrowgate.schemas.bedrock_blocks import OWN, citation_object, input_of, redacted_text
from narrowgate.schemas.bedrock_converse import Block
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.event_stream import frame

_ENCODER = msgspec.json.Encoder()
_MEMBERS = msgspec.json.Decoder(dict[str, dict[str, Raw]])
_EVENT = {":content-type": "application/json", ":message-type": "event"}
# The kinds of error a stream may have; the SDKs know no others there.
_EXCEPTIONS = {
    "ValidationException": "validationException",
    "ThrottlingException": "throttlingException",
    "ServiceUnavailableException": "serviceUnavailableException",
    "ModelStreamErrorException": "modelStreamErrorException",
    "ModelErrorException": "modelStreamErrorException",
    "ModelTimeoutException": "modelStreamErrorException",
}


class _OpenPart:
    """The part that streams now: its opening, and what of it waits for its end."""

    __slots__ = ("has_said", "is_held", "opening", "pieces", "seal")

    def __init__(self, opening: object, *, is_held: bool) -> None:
        self.opening = opening
        self.is_held = is_held
        self.pieces: list[str] = []
        self.seal = opening.seal if isinstance(opening, ToolCall) else None
        self.has_said = False


class ConverseEncoder:
    """Writes one answer: its first choice, which is all this form has.

    Words and thoughts have no start event, blocks come one behind the other, usage comes last.
    """

    __slots__ = ("_finished", "_form", "_has_begun", "_has_calls", "_index", "_open", "_sequencer", "_usage")

    def __init__(self) -> None:
        self._sequencer = Sequencer()
        self._form = OWN
        self._has_begun = False
        self._has_calls = False
        self._index = 0
        self._open: _OpenPart | None = None
        self._finished = Finished(0, None)
        self._usage = Usage()

    def encode(self, event: Event) -> bytes:
        """Return the frames for `event`."""
        if getattr(event, "choice", 0) != 0:
            return b""
        return b"".join(self._written(one) for one in self._sequencer.feed(event))

    def fail(self, fault: Fault) -> bytes:
        """Return the exception that ends the stream."""
        return exception_frame(fault)

    def _written(self, event: Event) -> bytes:  # noqa: C901 - one case an event
        match event:
            case Began():
                self._form = event.form
                return self._begin()
            case PartBegan():
                return self._begin() + self._begin_part(event.opening)
            case Delta():
                return self._add(event.text)
            case Sealed() if self._open is not None:
                self._open.seal = event.seal
                if isinstance(self._open.opening, Thought) and not self._open.opening.is_redacted:
                    return self._delta({"reasoningContent": {"signature": seal_text(event.seal, OWN)}})
            case Cited() if self._open is not None:
                return self._delta({"citation": citation_object(event.citation)})
            case PartEnded():
                return self._end_part()
            case Finished():
                self._finished = event
            case UsageTold():
                self._usage = event.usage
            case Broke():
                return self.fail(event.fault)
            case Ended():
                return self._begin() + self._end_part() + self._end()
            case _:
                pass
        return b""

    def _begin(self) -> bytes:
        if self._has_begun:
            return b""
        self._has_begun = True
        return event_frame("messageStart", {"role": "assistant"})

    def _begin_part(self, opening: object) -> bytes:
        is_call = isinstance(opening, ToolCall)
        self._has_calls = self._has_calls or is_call
        # Gemini's seal comes behind a call whose start must have it; free text must be put into JSON.
        is_held = isinstance(opening, ToolCall) and (self._form is Form.GEMINI_GENERATE or opening.is_custom)
        self._open = _OpenPart(opening, is_held=is_held)
        if isinstance(opening, ToolCall):
            return b"" if is_held else self._start_call(opening)
        if isinstance(opening, Image | Foreign):
            return self._whole(shown_block(opening))
        text = getattr(opening, "text", "")
        return self._add(text) if text else b""

    def _start_call(self, call: ToolCall) -> bytes:
        return self._start({"toolUse": {"toolUseId": sealed_id(call), "name": call.name}})

    def _add(self, text: str) -> bytes:
        opened = self._open
        if opened is None or not text:
            return b""
        match opening := opened.opening:
            case ToolCall():
                if opened.is_held:
                    opened.pieces.append(text)
                    return b""
                return self._delta({"toolUse": {"input": text}})
            case Thought():
                return b"" if opening.is_redacted else self._delta({"reasoningContent": {"text": text}})
            case _:
                return self._delta({"text": text})

    def _end_part(self) -> bytes:
        opened, out = self._open, b""
        if opened is None:
            return out
        match opening := opened.opening:
            case ToolCall() if opened.is_held:
                call = msgspec.structs.replace(opening, arguments="".join(opened.pieces), seal=opened.seal)
                arguments = bytes(input_of(call)).decode() if call.is_custom else call.arguments or "{}"
                out = self._start_call(call) + self._delta({"toolUse": {"input": arguments}})
            case ToolCall() if not opened.has_said:
                out = self._delta({"toolUse": {"input": "{}"}})
            case Thought() if opening.is_redacted and opened.seal is not None:
                out = self._delta({"reasoningContent": {"redactedContent": redacted_text(opened.seal)}})
            case _:
                pass
        return out + self._stop()

    def _stop(self) -> bytes:
        """End the block, if it has begun for the client."""
        opened, self._open = self._open, None
        if opened is None or not opened.has_said:
            return b""
        ended = event_frame("contentBlockStop", {"contentBlockIndex": self._index})
        self._index += 1
        return ended

    def _whole(self, block: Block | Raw | None) -> bytes:
        """Write a picture, or what a tool of Bedrock's was asked or gave, as start and delta."""
        if block is None:
            return b""
        try:
            kind, members = next(iter(read(_MEMBERS, Raw(_ENCODER.encode(block))).items()), ("", {}))
        except WireError:
            return b""  # of no kind that a stream has
        match kind:
            case "image":
                source = {"source": members.get("source")}
                return self._start({kind: {"format": members.get("format")}}) + self._delta({kind: source})
            case "toolUse":
                text = bytes(members.pop("input", b"{}")).decode()
                return self._start({kind: members}) + self._delta({kind: {"input": text}})
            case "toolResult":
                content = members.pop("content", Raw(b"[]"))
                return self._start({kind: members}) + self._delta({kind: content})
            case _:
                return b""

    def _start(self, start: dict[str, object]) -> bytes:
        return event_frame("contentBlockStart", {"start": start, "contentBlockIndex": self._index})

    def _delta(self, delta: dict[str, object]) -> bytes:
        if self._open is not None:
            self._open.has_said = True
        return event_frame("contentBlockDelta", {"delta": delta, "contentBlockIndex": self._index})

    def _end(self) -> bytes:
        ended = self._finished
        word = ended.finish_word if self._form is OWN else None
        stop: dict[str, object] = {"stopReason": stop_reason(ended.finish, word, has_calls=self._has_calls)}
        if ended.stop_sequence is not None:
            stop["additionalModelResponseFields"] = {"stop_sequence": ended.stop_sequence}
        told = {"usage": usage_object(self._usage), "metrics": {"latencyMs": 0}}
        return event_frame("messageStop", stop) + event_frame("metadata", told)


def event_frame(kind: str, payload: object) -> bytes:
    """Return the frame of one event."""
    return frame({":event-type": kind, **_EVENT}, _ENCODER.encode(payload))


def exception_frame(fault: Fault) -> bytes:
    """Return the frame that ends a stream with an error."""
    kind = _EXCEPTIONS.get(error_type(fault), "internalServerException")
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return frame(headers, _ENCODER.encode({"message": fault.message}))
