"""Read Ollama's streamed answers.

Source: https://docs.ollama.com/api/chat (read 2026-11).
"""

from contextlib import suppress

import msgspec

from narrowgate.identity.moments import unix_s
from narrowgate.model.conversation import Form, Text, Thought, ToolCall
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import (
    Began,
    Broke,
    Delta,
    Ended,
    Event,
    Finish,
    Finished,
    LogprobsTold,
    PartBegan,
    PartEnded,
    UsageTold,
)
from narrowgate.model.usage import Usage
from narrowgate.schemas import ollama_chat as schema
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound
from narrowgate.wire.ndjson import LineReader

_LINE = msgspec.json.Decoder(schema.Line)
_STRING = msgspec.json.Decoder(str)
_FINISHES = {"stop": Finish.STOP, "length": Finish.LENGTH}


class LineDecoder:
    """Reads the lines of one answer. Reasoning, text and calls follow one another, each a part."""

    __slots__ = ("_calls", "_has_begun", "_is_complete", "_is_over", "_open", "_parts")

    def __init__(self) -> None:
        self._has_begun = False
        self._is_complete = False
        self._is_over = False
        self._parts = 0
        self._calls = 0
        self._open: Text | Thought | None = None

    def take(self, text: bytes) -> list[Event]:
        """Return what a line says; raises WireError for what Ollama does not document."""
        if self._is_over:
            return []
        line = read(_LINE, sound(text))
        out: list[Event] = []
        if line.error is not None:
            self._is_over = True
            return [Broke(Fault(FaultKind.UPSTREAM_REFUSED, line.error))]
        if not self._has_begun:
            self._has_begun = True
            out.append(Began(Form.OLLAMA_CHAT, "", line.model or "", _created_s(line.created_at)))
        message = line.message or schema.Message()
        self._say(Thought(), message.thinking or line.thinking, out)
        self._say(Text(""), message.content or line.response, out)
        if bytes(line.logprobs).startswith(b"["):
            out.append(LogprobsTold(0, msgspec.Raw(b'{"content":%b}' % bytes(line.logprobs))))
        for call in message.tool_calls or ():
            self._call(call, out)
        if line.done:
            self._finish(line, out)
        return out

    def end(self) -> list[Event]:
        """Return the end if the last line said so."""
        return [Ended()] if self._is_complete else []

    def _say(self, opening: Text | Thought, text: str | None, out: list[Event]) -> None:
        if not text:
            return
        if type(self._open) is not type(opening):
            self._close(out)
            self._open = opening
            out.append(PartBegan(0, self._parts, opening))
            self._parts += 1
        out.append(Delta(0, self._parts - 1, text))

    def _call(self, call: schema.ToolCall, out: list[Event]) -> None:
        self._close(out)
        function = call.function or schema.Function()
        identity = call.id or f"call_{self._calls}"
        out.append(PartBegan(0, self._parts, ToolCall(identity, function.name or "", "")))
        arguments = _arguments(function.arguments)
        if arguments:
            out.append(Delta(0, self._parts, arguments))
        out.append(PartEnded(0, self._parts))
        self._parts += 1
        self._calls += 1

    def _finish(self, line: schema.Line, out: list[Event]) -> None:
        self._close(out)
        self._is_over = self._is_complete = True
        if line.prompt_eval_count is not None or line.eval_count is not None:
            # The prompt's count is left out when all of it was cached.
            out.append(UsageTold(Usage(input_text=_count(line.prompt_eval_count), output_text=_count(line.eval_count))))
        word = line.done_reason
        finish = _FINISHES.get(word, Finish.OTHER) if word else Finish.STOP
        if finish is Finish.STOP and self._calls:
            finish = Finish.TOOL_CALLS  # Ollama has no word for it
        out.append(Finished(0, finish, None, word))

    def _close(self, out: list[Event]) -> None:
        if self._open is not None:
            out.append(PartEnded(0, self._parts - 1))
            self._open = None


class StreamDecoder:
    """Reads one stream."""

    __slots__ = ("_decoder", "_lines")

    def __init__(self) -> None:
        self._lines = LineReader()
        self._decoder = LineDecoder()

    def feed(self, data: bytes) -> list[Event]:
        """Return the events `data` completes; raises WireError for what Ollama does not document."""
        return [event for line in self._lines.feed(data) for event in self._decoder.take(line)]

    def end(self) -> list[Event]:
        """Return what remains, with `Ended` if the last line said so."""
        rest = self._lines.end()
        events: list[Event] = []
        if rest:
            with suppress(WireError):  # the stream was cut off inside of it
                events = self._decoder.take(rest)
        return events + self._decoder.end()


def _arguments(raw: msgspec.Raw) -> str:
    """Return JSON text. Models of some templates give it as text already."""
    text = bytes(raw)
    if text.startswith(b'"'):
        return read(_STRING, text)
    return "" if text == b"null" else text.decode()


def _created_s(text: str | None) -> int:
    try:
        return unix_s(text) if text else 0
    except ValueError:
        return 0


def _count(value: float | None) -> int:
    return max(int(value), 0) if value else 0
