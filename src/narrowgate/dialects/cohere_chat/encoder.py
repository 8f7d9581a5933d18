"""Write Cohere's streamed answers.

Source: https://docs.cohere.com/v2/reference/chat-stream (read 2026-11).
"""

from typing import assert_never

import msgspec

from narrowgate.dialects.cohere_chat.render import (
    FORM,
    citation_of,
    is_plan,
    logprobs_of,
    thinking_of,
    usage_of,
    word_of,
)
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
from narrowgate.model.seals import seal_text, sealed_id
from narrowgate.wire.json_body import one_line

_ENCODER = msgspec.json.Encoder()


class StreamEncoder:
    """Writes one stream, of the first choice alone. Content parts and calls are numbered apart, as Cohere does."""

    __slots__ = (
        "_answer_id",
        "_calls",
        "_citations",
        "_contents",
        "_finished",
        "_held",
        "_holds_calls",
        "_is_own",
        "_open",
        "_pieces",
        "_sequencer",
        "_usage",
    )

    def __init__(self, answer_id: str) -> None:
        self._answer_id = answer_id
        self._sequencer = Sequencer()
        self._is_own = False
        self._contents = 0
        self._calls = 0
        self._citations = 0
        self._pieces: list[str] = []
        self._open: Text | Thought | Refusal | ToolCall | None = None
        self._holds_calls = False
        self._held: ToolCall | None = None
        self._usage: UsageTold | None = None
        self._finished: Finished | None = None

    def encode(self, event: Event) -> bytes:
        """Return the bytes for `event`, b"" when nothing is to be sent yet."""
        return b"".join(self._write(ready) for ready in self._sequencer.feed(event))

    def fail(self, fault: Fault) -> bytes:
        """Return Cohere's way to say that a stream failed: its end, with the error as the reason."""
        delta: dict[str, object] = {"finish_reason": "ERROR", "usage": {}, "error": fault.message}
        kind = fault.upstream_type or fault.code
        return _frame("message-end", {"delta": delta | {"error_type": kind} if kind else delta})

    def _write(self, event: Event) -> bytes:  # noqa: C901, PLR0912 - one case an event, checked for completeness
        match event:
            case Began():
                self._is_own = event.form is FORM
                self._holds_calls = event.form is Form.GEMINI_GENERATE
                message = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
                return _frame("message-start", {"id": event.id or self._answer_id, "delta": {"message": message}})
            case Ended():
                return self._end()
            case Broke():
                return self.fail(event.fault)
            case UsageTold():
                self._usage = event
            case PartBegan() | Delta() | Sealed() | Cited() | PartEnded() | LogprobsTold() | Finished() if event.choice:
                pass
            case Finished():
                self._finished = event
            case LogprobsTold():
                return self._tell_logprobs(event.value)
            case PartBegan():
                return self._begin(event.opening)
            case Delta():
                return self._say(event.text)
            case Sealed():
                if self._held is not None:
                    self._held = msgspec.structs.replace(self._held, seal=event.seal)
                elif isinstance(self._open, Thought) and not is_plan(self._open):
                    seal = {"thinking": "", "signature": seal_text(event.seal, FORM)}
                    return _content_delta(self._contents - 1, seal)
            case Cited():
                return self._cite(event)
            case PartEnded():
                return self._close()
            case _:
                assert_never(event)
        return b""

    def _begin(self, opening: Text | Thought | Refusal | ToolCall | Image | Foreign) -> bytes:
        match opening:
            case Foreign() if opening.form is FORM:
                self._contents += 1
                index = self._contents - 1
                return _content_start(index, opening.raw) + _frame("content-end", {"index": index})
            case Foreign() | Image():
                return b""  # Cohere's answers have no place for it
            case ToolCall():
                self._open = opening
                self._calls += 1
                if not self._holds_calls:
                    return self._start_call(opening)
                # Its seal stands in the id, and comes behind the arguments, which this form sends whole.
                self._held = opening
                self._pieces = [opening.arguments]
                return b""
            case Thought() if is_plan(opening):
                self._open = opening
                return b""
            case Thought():
                content: object = thinking_of(opening)
            case Text() | Refusal():
                content = {"type": "text", "text": opening.text}
                self._pieces = [opening.text]
            case _:
                assert_never(opening)
        self._open = opening
        self._contents += 1
        return _content_start(self._contents - 1, content)

    def _say(self, text: str) -> bytes:
        match self._open:
            case Text() | Refusal():
                self._pieces.append(text)
                return _content_delta(self._contents - 1, {"text": text})
            case ToolCall() if self._held is not None:
                self._pieces.append(text)
                return b""
            case ToolCall():
                message = {"tool_calls": {"function": {"arguments": text}}}
                return _frame("tool-call-delta", {"index": self._calls - 1, "delta": {"message": message}})
            case Thought() if is_plan(self._open):
                return _frame("tool-plan-delta", {"delta": {"message": {"tool_plan": text}}})
            case Thought():
                return _content_delta(self._contents - 1, {"thinking": text})
            case None:
                return b""
            case _:
                assert_never(self._open)

    def _start_call(self, call: ToolCall, arguments: str | None = None) -> bytes:
        function = {"name": call.name, "arguments": call.arguments if arguments is None else arguments}
        told = {"id": sealed_id(call), "type": "function", "function": function}
        return _frame("tool-call-start", {"index": self._calls - 1, "delta": {"message": {"tool_calls": told}}})

    def _tell_logprobs(self, value: msgspec.Raw) -> bytes:
        """Tell of the latest text behind it: Cohere has the two in one event."""
        index = max(self._contents - 1, 0)
        return b"".join(_content_delta(index, {"text": ""}, {"logprobs": item}) for item in logprobs_of(value))

    def _cite(self, event: Cited) -> bytes:
        index = self._citations
        self._citations += 1
        citation = citation_of(event.citation, "".join(self._pieces), self._contents - 1)
        start = _frame("citation-start", {"index": index, "delta": {"message": {"citations": citation}}})
        return start + _frame("citation-end", {"index": index})

    def _close(self) -> bytes:
        part, self._open = self._open, None
        if isinstance(part, ToolCall):
            held, self._held = self._held, None
            start = self._start_call(held, "".join(self._pieces)) if held is not None else b""
            return start + _frame("tool-call-end", {"index": self._calls - 1})
        if part is None or (isinstance(part, Thought) and is_plan(part)):
            return b""
        return _frame("content-end", {"index": self._contents - 1})

    def _end(self) -> bytes:
        finished = self._finished or Finished(0, None)
        own_word = finished.finish_word if self._is_own else None
        delta: dict[str, object] = {"finish_reason": word_of(finished.finish, own_word, has_calls=self._calls > 0)}
        if self._usage is not None:
            delta["usage"] = usage_of(self._usage.usage, self._usage.charged)
        return _frame("message-end", {"delta": delta}) + b"data: [DONE]\n\n"


def _content_start(index: int, content: object) -> bytes:
    return _frame("content-start", {"index": index, "delta": {"message": {"content": content}}})


def _content_delta(index: int, content: object, more: dict[str, object] | None = None) -> bytes:
    return _frame("content-delta", {"index": index, "delta": {"message": {"content": content}}} | (more or {}))


def _frame(kind: str, members: dict[str, object]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), one_line(_ENCODER.encode({"type": kind} | members)))
