"""Write Ollama's streamed answers: every line says its own, so that parts may overlap.

Source: https://docs.ollama.com/api/chat (read 2026-11).
"""

from typing import assert_never

import msgspec

from narrowgate.dialects.ollama_chat.render import (
    FORM,
    call_of,
    content_of,
    fault_of,
    head_of,
    logprobs_of,
    tail_of,
)
from narrowgate.model.conversation import Foreign, Image, Refusal, Text, Thought, ToolCall
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
    UsageTold,
)
from narrowgate.model.seals import seal_text
from narrowgate.model.usage import Usage
from narrowgate.schemas.ollama_chat import Message
from narrowgate.wire.json_body import one_line

_ENCODER = msgspec.json.Encoder()


class StreamEncoder:
    """Writes one stream, of the first choice alone. A call is written whole, when it ends."""

    __slots__ = ("_calls", "_finished", "_head", "_is_own", "_now_s", "_open", "_pieces", "_text_field", "_usage")

    def __init__(self, model: str, now_s: int, text_field: str = "message") -> None:
        self._now_s = now_s
        self._text_field = text_field
        self._head = head_of(model, now_s)
        self._is_own = False
        self._open: dict[int, Text | Thought | Refusal | ToolCall | Image | Foreign] = {}
        self._pieces: dict[int, list[str]] = {}
        self._calls = 0
        self._usage: Usage | None = None
        self._finished: Finished | None = None

    def encode(self, event: Event) -> bytes:  # noqa: C901, PLR0912 - one case an event, checked for completeness
        """Return the bytes for `event`, b"" when nothing is to be sent yet."""
        match event:
            case Began():
                self._is_own = event.form is FORM
                self._head = head_of(event.model or str(self._head["model"]), event.created_s or self._now_s)
            case Ended():
                return self._end()
            case Broke():
                return self.fail(event.fault)
            case UsageTold():
                self._usage = event.usage
            case PartBegan() | Delta() | Sealed() | Cited() | PartEnded() | LogprobsTold() | Finished() if event.choice:
                pass
            case Finished():
                self._finished = event
            case LogprobsTold():
                return self._line(Message("assistant", ""), {"logprobs": logprobs_of(event.value)})
            case PartBegan():
                return self._begin(event)
            case Delta():
                return self._say(event)
            case Sealed():
                return self._seal(event)
            case PartEnded():
                return self._close(event.part)
            case Cited():
                pass  # Ollama has no citations
            case _:
                assert_never(event)
        return b""

    def fail(self, fault: Fault) -> bytes:
        """Return the line that tells of an error."""
        return fault_of(fault) + b"\n"

    def _begin(self, event: PartBegan) -> bytes:
        opening = event.opening
        self._open[event.part] = opening
        match opening:
            case ToolCall():
                self._pieces[event.part] = [opening.arguments]
            case Text() | Refusal() if opening.text:
                return self._line(Message("assistant", opening.text))
            case Thought() if opening.text:
                return self._line(Message("assistant", "", opening.text))
            case _:
                pass
        return b""

    def _say(self, event: Delta) -> bytes:
        match self._open.get(event.part):
            case ToolCall():
                self._pieces[event.part].append(event.text)
                return b""
            case Thought():
                return self._line(Message("assistant", "", event.text))
            case _:
                return self._line(Message("assistant", event.text))

    def _seal(self, event: Sealed) -> bytes:
        match self._open.get(event.part):
            case ToolCall() as call:
                self._open[event.part] = msgspec.structs.replace(call, seal=event.seal)
                return b""
            case _:
                return self._line(Message("assistant", "", signature=seal_text(event.seal, FORM)))

    def _close(self, part: int) -> bytes:
        call = self._open.pop(part, None)
        if not isinstance(call, ToolCall):
            return b""
        whole = msgspec.structs.replace(call, arguments="".join(self._pieces.pop(part)))
        self._calls += 1
        return self._line(Message("assistant", "", tool_calls=[call_of(whole, self._calls - 1)]))

    def _end(self) -> bytes:
        finished = self._finished or Finished(0, None)
        tail = tail_of(finished.finish, finished.finish_word if self._is_own else None, self._usage)
        return self._line(Message("assistant", ""), tail)

    def _line(self, message: Message, more: dict[str, object] | None = None) -> bytes:
        line = self._head | content_of(message, self._text_field) | {"done": False} | (more or {})
        return one_line(_ENCODER.encode(line)) + b"\n"
