"""Write a streamed answer as chunks of a chat completion, ended by [DONE]."""

from typing import assert_never

import msgspec

from narrowgate.dialects.openai.errors import render_event
from narrowgate.dialects.openai_chat.pieces import (
    annotation_of,
    call_of,
    finish_word,
    function_of,
    image_of,
    is_legacy,
    put_thought,
    usage_of,
)
from narrowgate.model.conversation import Foreign, Form, Image, Refusal, Request, Seal, Text, Thought, ToolCall
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
from narrowgate.schemas import openai_chat as wire
from narrowgate.schemas import openai_chat_answer as answers
from narrowgate.wire.json_body import one_line

_ENCODER = msgspec.json.Encoder()
_SEALS_CALLS = frozenset({Form.GEMINI_GENERATE})
_DONE = b"data: [DONE]\n\n"


class _Part:
    """A part being told: of a call its number among the calls, of a thought its words until now."""

    __slots__ = ("number", "opening", "pieces", "seal")

    def __init__(self, opening: Text | Thought | Refusal | ToolCall | Image | Foreign, number: int) -> None:
        self.opening = opening
        self.number = number
        self.pieces: list[str] = []
        self.seal: Seal | None = None


class ChatEncoder:
    """Writes one answer."""

    def __init__(self, request: Request, answer_id: str, now_s: int) -> None:
        self._began = Began(request.form, answer_id, request.model, now_s)
        self._has_usage = request.has_stream_usage
        self._is_legacy = is_legacy(request)
        self._parts: dict[tuple[int, int], _Part] = {}
        self._calls: dict[int, int] = {}
        self._spoken: set[int] = set()
        self._thinking: set[int] = set()
        self._usage: answers.Usage | None = None

    def encode(self, event: Event) -> bytes:  # noqa: C901, PLR0912 - one case an event, checked for completeness
        """Return the bytes for `event`; `Ended` gives the usage, if the client asked for it, and [DONE]."""
        match event:
            case Began():
                known = self._began
                self._began = Began(
                    event.form,
                    event.id or known.id,
                    event.model or known.model,
                    event.created_s or known.created_s,
                    event.service_tier,
                )
                return self._role(0)
            case PartBegan():
                return self._role(event.choice) + self._begin(event)
            case Delta():
                return self._delta(event)
            case Sealed():
                return self._sealed(event)
            case Cited(choice, _, citation):
                return self._chunk(choice, wire.Message(annotations=[annotation_of(citation)]))
            case PartEnded():
                return self._end(event)
            case LogprobsTold(choice, value):
                return self._role(choice) + self._written(answers.ChunkChoice(choice, wire.Message(), None, value))
            case UsageTold(usage):
                self._usage = usage_of(usage)
                return b""
            case Finished():
                return self._finished(event)
            case Broke(fault):
                return self.fail(fault)
            case Ended():
                if self._usage is None or not self._has_usage:
                    return _DONE
                return self._framed([], self._usage) + _DONE
            case _:
                assert_never(event)

    def fail(self, fault: Fault) -> bytes:
        """Return the event that says the answer failed; clients raise when they read it."""
        return render_event(fault)

    def _role(self, choice: int) -> bytes:
        if choice in self._spoken:
            return b""
        self._spoken.add(choice)
        return self._chunk(choice, wire.Message("assistant", ""))

    def _begin(self, event: PartBegan) -> bytes:
        choice, opening = event.choice, event.opening
        part = self._parts[choice, event.part] = _Part(opening, self._calls.get(choice, 0))
        match opening:
            case ToolCall():
                self._calls[choice] = part.number + 1
                part.pieces.append(opening.arguments)
                return b"" if self._is_held(part) else self._chunk(choice, self._call(opening, part.number))
            case Image():
                return self._chunk(choice, wire.Message(images=[image_of(opening)]))
            case Foreign(Form.OPENAI_CHAT, "audio"):
                return self._chunk(choice, wire.Message(audio=opening.raw))
            case Text() | Refusal():
                return self._delta(Delta(choice, event.part, opening.text)) if opening.text else b""
            case Thought():
                part.seal = opening.seal
                return self._delta(Delta(choice, event.part, opening.text)) if opening.text else b""
            case _:
                return b""

    def _call(self, call: ToolCall, number: int) -> wire.Message:
        if not self._is_legacy:
            written = call_of(call)
            written.index = number
            return wire.Message(tool_calls=[written])
        return wire.Message(function_call=function_of(call.name, call.arguments)) if number == 0 else wire.Message()

    def _delta(self, event: Delta) -> bytes:
        part, text = self._parts[event.choice, event.part], event.text
        match part.opening:
            case Text():
                message = wire.Message(content=text)
            case Thought():
                # Summaries are paragraphs of their own.
                apart = part.opening.is_summary and not part.pieces and event.choice in self._thinking
                self._thinking.add(event.choice)
                part.pieces.append(text)
                message = wire.Message(reasoning_content="\n\n" + text if apart else text)
            case Refusal():
                message = wire.Message(refusal=text)
            case ToolCall() if self._is_held(part):
                part.pieces.append(text)
                return b""
            case ToolCall():
                message = self._arguments(part, text)
            case _:
                return b""
        return self._chunk(event.choice, message)

    def _arguments(self, part: _Part, text: str) -> wire.Message:
        if self._is_legacy:
            return wire.Message(function_call=function_of(None, text)) if part.number == 0 else wire.Message()
        if isinstance(part.opening, ToolCall) and part.opening.is_custom:
            return wire.Message(tool_calls=[wire.ToolCall(part.number, custom=wire.CustomCall(input=text))])
        return wire.Message(tool_calls=[wire.ToolCall(part.number, function=function_of(None, text))])

    def _sealed(self, event: Sealed) -> bytes:
        part = self._parts[event.choice, event.part]
        if isinstance(part.opening, ToolCall) and not self._is_held(part):
            if self._is_legacy:
                return b""
            signature = wire.GoogleExtra(seal_text(event.seal, Form.GEMINI_GENERATE))
            # Vercel's SDK wants a function in every piece of a call.
            function = None if part.opening.is_custom else function_of(None, "")
            call = wire.ToolCall(part.number, function=function, extra_content=wire.ExtraContent(signature))
            return self._chunk(event.choice, wire.Message(tool_calls=[call]))
        part.seal = event.seal
        return b""

    def _end(self, event: PartEnded) -> bytes:
        part = self._parts.pop((event.choice, event.part), None)
        if part is not None and isinstance(part.opening, ToolCall) and self._is_held(part):
            call = msgspec.structs.replace(part.opening, arguments="".join(part.pieces), seal=part.seal)
            return self._chunk(event.choice, self._call(call, part.number))
        if part is None or part.seal is None or not isinstance(part.opening, Thought):
            return b""
        # Clients send a sealed thought back whole: here it is once more in one piece, with its seal.
        # A detail of OpenRouter's comes without its words, which have been told.
        text = "" if part.seal.form is Form.OPENAI_CHAT else "".join(part.pieces)
        whole = msgspec.structs.replace(part.opening, text=text, seal=part.seal)
        message = wire.Message()
        put_thought(message, whole)
        return self._chunk(event.choice, message)

    def _is_held(self, part: _Part) -> bool:
        """Whether a call waits for its seal: Vercel's SDK looks for one in the first piece of a call alone."""
        return self._began.form in _SEALS_CALLS and not self._is_legacy and isinstance(part.opening, ToolCall)

    def _finished(self, event: Finished) -> bytes:
        word = event.finish_word if self._began.form is Form.OPENAI_CHAT else None
        has_calls = bool(self._calls.get(event.choice))
        said = finish_word(event.finish, word, has_calls=has_calls, is_legacy=self._is_legacy)
        return self._role(event.choice) + self._written(answers.ChunkChoice(event.choice, wire.Message(), said))

    def _chunk(self, choice: int, message: wire.Message) -> bytes:
        return self._written(answers.ChunkChoice(choice, message))

    def _written(self, choice: answers.ChunkChoice) -> bytes:
        return self._framed([choice], None if self._has_usage else msgspec.UNSET)

    def _framed(self, choices: list[answers.ChunkChoice], usage: answers.Usage | msgspec.UnsetType | None) -> bytes:
        began = self._began
        chunk = answers.Chunk(began.id, "chat.completion.chunk", began.created_s, began.model, choices, usage)
        if began.service_tier is not None:
            chunk.service_tier = began.service_tier
        return b"data: " + one_line(_ENCODER.encode(chunk)) + b"\n\n"
