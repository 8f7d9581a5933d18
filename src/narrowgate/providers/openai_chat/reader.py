"""Turn the pieces of an answer, one or many, into events: a whole answer is a stream of one piece."""

from collections.abc import Iterator

import msgspec

from narrowgate.model.conversation import Citation, Foreign, Form, Image, Refusal, Seal, Source, Text, Thought, ToolCall
from narrowgate.model.reply import (
    Began,
    Cited,
    Delta,
    Event,
    Finished,
    LogprobsTold,
    PartBegan,
    PartEnded,
    Sealed,
)
from narrowgate.providers.openai_chat.calls import CallIds, CallsReader
from narrowgate.providers.openai_chat.finish import finish_of
from narrowgate.schemas import openai_chat as wire
from narrowgate.schemas import openai_chat_answer as answers
from narrowgate.schemas.reading import given, read
from narrowgate.wire.errors import WireError

_FORM = Form.OPENAI_CHAT
_PART = msgspec.json.Decoder(wire.ContentPart)
_TEXT = msgspec.json.Decoder(str)
_ANNOTATION = msgspec.json.Decoder(answers.Annotation)
_LOGPROBS = msgspec.json.Decoder(dict[str, list[msgspec.Raw] | None])
_TEXT_KEY = ("text", 0)
_REFUSAL_KEY = ("refusal", 0)
_THOUGHT_KEY = ("thought", -1)  # of reasoning that is no list of details


class AnswerReader:
    """Reads one answer, given as whole objects in order."""

    def __init__(self, *, is_whole: bool) -> None:
        self._is_whole = is_whole
        self._choices: dict[int, _ChoiceReader] = {}
        self._ids = CallIds()
        self._has_begun = False
        self._out: list[Event] = []

    @property
    def is_finished(self) -> bool:
        """Whether every choice seen has a finish reason, and there is one."""
        return bool(self._choices) and all(choice.finish_word is not None for choice in self._choices.values())

    def take(self, piece: answers.Answer) -> list[Event]:
        """Return the events of one event of a stream, or of a whole answer."""
        # Azure's first event has filter results and nothing else, its names empty.
        if not self._has_begun and (piece.choices or piece.id):
            self._has_begun = True
            created_s = int(piece.created or 0)
            self._out.append(Began(_FORM, str(piece.id or ""), piece.model or "", created_s, piece.service_tier))
        for position, choice in enumerate(piece.choices or ()):
            number = position if choice.index is None else int(choice.index)
            reader = self._choices.get(number)
            if reader is None:
                reader = self._choices[number] = _ChoiceReader(number, self._out, self._ids, is_whole=self._is_whole)
            if piece.citations or piece.search_results:
                reader.sources = _sources(piece)
            reader.take(choice)
        return self._drained()

    def finish(self) -> list[Event]:
        """Return what ends the answer, without `Ended`."""
        if not self._has_begun:
            self._out.append(Began(_FORM))
        for choice in self._choices.values():
            choice.finish()
        return self._drained()

    def _drained(self) -> list[Event]:
        out = self._out.copy()
        self._out.clear()
        return out


class _ChoiceReader:
    """Reads one choice. Prose (text, thoughts, refusal) does not overlap, calls may."""

    def __init__(self, number: int, out: list[Event], ids: CallIds, *, is_whole: bool) -> None:
        self.number = number
        self._is_whole = is_whole
        self._out = out
        self.finish_word: str | None = None
        self.sources: list[Citation] = []
        self._next = 0
        self._open: tuple[tuple[str, int], int] | None = None
        self._calls = CallsReader(self, ids)
        self._uncited: list[Citation] = []
        self._has_calls = False

    def take(self, choice: answers.Choice) -> None:
        # Perplexity's choices have both: in a whole answer the delta is empty, in a stream the message grows.
        first, second = (choice.message, choice.delta) if self._is_whole else (choice.delta, choice.message)
        said = second if first is None else first
        if said is not None:
            self._reasoning(said)
            self._content(said)
            if said.refusal and isinstance(said.refusal, str):
                self._say(_REFUSAL_KEY, Refusal(""), said.refusal)
            self._media(said)
            if said.annotations:
                self._uncited += [citation_of(raw) for raw in said.annotations]
            if self._uncited:
                self._cite()
            if said.tool_calls or said.function_call is not None:
                self._close()
                self._has_calls = True
                self._calls.take(said.tool_calls or (), said.function_call)
        logprobs = given(choice.logprobs)
        if logprobs is not None and _is_logprobs(logprobs):
            self.emit(LogprobsTold(self.number, logprobs))
        if choice.finish_reason:
            self.finish_word = choice.finish_reason
            self._uncited += self.sources
            self.sources = []
            self._cite()
            self._close()
            self._calls.close()

    def finish(self) -> None:
        self._uncited += self.sources
        self._cite()
        if self._uncited:  # sources without a text that is still open: they get an empty one
            self._turn_to(_TEXT_KEY, Text(""))
            self._cite()
        self._close()
        self._calls.close()
        finish, word = finish_of(self.finish_word, has_calls=self._has_calls)
        self.emit(Finished(self.number, finish, None, word))

    def begin(self, opening: Text | Thought | Refusal | ToolCall | Image | Foreign) -> int:
        """Begin a part and return its number."""
        number = self._next
        self._next += 1
        self.emit(PartBegan(self.number, number, opening))
        return number

    def emit(self, event: Event) -> None:
        """Tell an event."""
        self._out.append(event)

    def whole(self, part: Image | Foreign) -> None:
        """Say a part that has no deltas."""
        self._close()
        self.emit(PartEnded(self.number, self.begin(part)))

    def _media(self, said: wire.Message) -> None:
        for image in said.images or ():
            if image.image_url is not None:
                self.whole(Image(source_of(image.image_url.url)))
        audio = given(said.audio)
        if audio is not None:
            self.whole(Foreign(_FORM, "audio", audio))

    def _reasoning(self, said: wire.Message) -> None:
        details = said.reasoning_details or ()
        # The plain members repeat what the details say.
        if not any(detail.text or detail.summary for detail in details):
            text = said.reasoning_content or said.reasoning
            if text:
                self._say(_THOUGHT_KEY, Thought(), text)
        for detail in details:
            self._detail(detail)
        for block in said.thinking_blocks or ():  # of LiteLLM, which repeats the reasoning in them
            seal = block.signature or block.data
            if seal:
                self._seal(Seal(Form.ANTHROPIC_MESSAGES, seal), is_redacted=block.type == "redacted_thinking")

    def _detail(self, detail: wire.ReasoningDetail) -> None:
        key = ("thought", int(detail.index or 0))
        text = detail.text or detail.summary
        if text:
            self._say(key, Thought(is_summary=detail.type == "reasoning.summary"), text)
        if detail.signature or detail.data:
            kept = msgspec.structs.replace(detail, text=None, summary=None)
            self._seal(Seal(_FORM, msgspec.json.encode(kept).decode(), detail.id), is_redacted=detail.data is not None)

    def _seal(self, seal: Seal, *, is_redacted: bool) -> None:
        if is_redacted:
            self._close()
            part = self.begin(Thought(is_redacted=True))
            self.emit(Sealed(self.number, part, seal))
            self.emit(PartEnded(self.number, part))
            return
        if self._open is None or self._open[0][0] != "thought":
            self._turn_to(_THOUGHT_KEY, Thought())
        if self._open is not None:
            self.emit(Sealed(self.number, self._open[1], seal))

    def _content(self, said: wire.Message) -> None:
        content = said.content
        if isinstance(content, str):
            if content:
                self._say(_TEXT_KEY, Text(""), content)
        elif isinstance(content, list):
            for raw in content:
                self._content_part(raw)

    def _content_part(self, raw: msgspec.Raw) -> None:
        if bytes(raw).startswith(b'"'):
            self._say(_TEXT_KEY, Text(""), read(_TEXT, raw))
            return
        part = read(_PART, raw)
        match part.type:
            case "text" | "output_text":
                self._say(_TEXT_KEY, Text(""), part.text or "")
            case "thinking" | "reasoning":
                for text, signature in _thought_pieces(part):
                    if text:
                        self._say(_THOUGHT_KEY, Thought(), text)
                    if signature:
                        self._seal(Seal(_FORM, signature), is_redacted=False)
            case "image_url" if part.image_url is not None:
                url = part.image_url
                self.whole(Image(source_of(url if isinstance(url, str) else url.url)))
            case _:
                self.whole(Foreign(_FORM, part.type, raw))

    def _say(self, key: tuple[str, int], opening: Text | Thought | Refusal, text: str) -> None:
        if text:
            part = self._turn_to(key, opening)
            self.emit(Delta(self.number, part, text))

    def _turn_to(self, key: tuple[str, int], opening: Text | Thought | Refusal) -> int:
        if self._open is not None and self._open[0] == key:
            return self._open[1]
        self._close()
        part = self.begin(opening)
        self._open = (key, part)
        return part

    def _close(self) -> None:
        if self._open is not None:
            self.emit(PartEnded(self.number, self._open[1]))
            self._open = None

    def _cite(self) -> None:
        if self._open is not None and self._open[0] == _TEXT_KEY:
            for citation in self._uncited:
                self.emit(Cited(self.number, self._open[1], citation))
            self._uncited = []


def source_of(url: str) -> Source:
    """Return where a URL says the bytes are: in itself, or elsewhere."""
    head, comma, data = url.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        media_type = head[5:].partition(";")[0]
        return Source(data=data, media_type=media_type or None)
    return Source(url=url)


def citation_of(raw: msgspec.Raw) -> Citation:
    """Return what an annotation says; one of an unknown kind is kept unread."""
    try:
        told = read(_ANNOTATION, raw).url_citation
    except WireError:
        told = None
    if told is None:
        return Citation(_FORM, raw)
    start = None if told.start_index is None else int(told.start_index)
    end = None if told.end_index is None else int(told.end_index)
    return Citation(_FORM, raw, told.url, told.title, told.content, start, end)


def _sources(piece: answers.Answer) -> list[Citation]:
    """Return Perplexity's sources of the whole answer, written as annotations."""
    found = [(result.url, result.title or "") for result in piece.search_results or () if result.url]
    if not found:
        found = [(read(_TEXT, raw), "") for raw in piece.citations or () if bytes(raw).startswith(b'"')]
    return [_as_annotation(url, title) for url, title in found]


def _as_annotation(url: str, title: str) -> Citation:
    annotation = answers.Annotation("url_citation", answers.UrlCitation(url, title, 0, 0))
    return Citation(_FORM, msgspec.Raw(msgspec.json.encode(annotation)), url, title or None)


def _thought_pieces(part: wire.ContentPart) -> Iterator[tuple[str, str | None]]:
    """Yield (text, signature) of the ways reasoning stands in a list of content."""
    if isinstance(part.thinking, str):
        yield part.thinking, part.signature
        return
    for piece in (*(part.thinking or ()), *(part.summary or ())):
        yield piece.text or "", piece.signature
    if part.thinking is None and part.text:
        yield part.text, None
    if part.signature:
        yield "", part.signature


def _is_logprobs(raw: msgspec.Raw) -> bool:
    try:
        read(_LOGPROBS, raw)
    except WireError:
        return False
    return True
