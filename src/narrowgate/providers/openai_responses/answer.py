"""Read what OpenAI's Responses API answers: items, growing or whole, become events.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import (
    Citation,
    Foreign,
    Form,
    Image,
    Refusal,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
)
from narrowgate.model.fault import Failed
from narrowgate.model.reply import (
    Began,
    Cited,
    Delta,
    Ended,
    Event,
    Finish,
    Finished,
    Incomplete,
    LogprobsTold,
    PartBegan,
    PartEnded,
    Reply,
    Sealed,
    UsageTold,
    fold,
)
from narrowgate.model.seals import seal_of
from narrowgate.providers.openai_responses.faults import broken
from narrowgate.providers.openai_responses.usage import normal
from narrowgate.schemas.openai_responses import NULL, Annotation, Content, Item, ItemKind, Response
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_OWN = Form.OPENAI_RESPONSES
_RESPONSE = msgspec.json.Decoder(Response)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KIND = msgspec.json.Decoder(ItemKind)
_ITEM = msgspec.json.Decoder(Item)
_CONTENT = msgspec.json.Decoder(Content)
_ANNOTATION = msgspec.json.Decoder(Annotation)
_TEXT = msgspec.json.Decoder(str)
_TOLD = frozenset(
    {"id", "model", "created_at", "status", "output", "usage", "incomplete_details", "error", "object", "service_tier"}
)
_FINISHES = {"max_output_tokens": Finish.LENGTH, "content_filter": Finish.CONTENT_FILTER}
# What grows in an item: the words of a message or of its refusal, a summary, the reasoning itself, a call's input.
WORDS, REFUSAL, SUMMARY, REASONING, CALL = "words", "refusal", "summary", "reasoning", "call"
_CONTENTS = {
    "output_text": WORDS,
    "text": WORDS,
    "refusal": REFUSAL,
    "reasoning_text": REASONING,
    "summary_text": SUMMARY,
}


def from_wire(body: bytes) -> Reply:
    """Return what a whole answer says.

    Raises:
        WireError: the body is no answer of this API, or one that is not finished.
        Failed: the body is an error in spite of its status.
    """
    check_utf8(body)
    response = read(_RESPONSE, body)
    if response.error is not None or response.status == "failed":
        raise Failed(broken(response.error))
    if response.output is None:
        raise WireError("output: there is none; the provider answered with something else", "output")
    reader = AnswerReader()
    events = reader.begin(response) + reader.finish(response)
    try:
        reply = fold(events)
    except Incomplete:
        raise WireError(f"status: the answer is '{response.status}', not finished", "status") from None
    members = read(_MEMBERS, body)
    reply = msgspec.structs.replace(reply, service_tier=response.service_tier)
    return msgspec.structs.replace(
        reply, extras=tuple((name, value) for name, value in members.items() if name not in _TOLD)
    )


def check_utf8(text: bytes) -> None:
    """Check what the JSON decoder does not: strings it skips.

    Raises:
        WireError: `text` is not UTF-8.
    """
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError:
            raise WireError("the answer is not UTF-8") from None


class _Part:
    __slots__ = ("citations", "has_logprobs", "is_open", "length", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.is_open = True
        self.length = 0
        self.citations = 0
        self.has_logprobs = False


class _OpenItem:
    __slots__ = ("id", "is_whole", "parts")

    def __init__(self, item_id: str | None) -> None:
        self.id = item_id
        self.parts: dict[tuple[str, int], _Part] = {}
        self.is_whole = False


class AnswerReader:
    """Makes events of one answer. Items are told apart by their place in the output."""

    def __init__(self) -> None:
        self._items: dict[int, _OpenItem] = {}
        self._parts = 0
        self._made_ids = 0
        self._has_begun = False
        self._has_calls = False
        self._has_whole_items = False
        self._latest = 0

    def begin(self, response: Response | None) -> list[Event]:
        """Return the beginning, once."""
        if self._has_begun:
            return []
        self._has_begun = True
        if response is None:
            return [Began(_OWN)]
        created_s = max(int(response.created_at or 0), 0)
        return [Began(_OWN, response.id or "", response.model or "", created_s, response.service_tier)]

    def place(self, output_index: int | None) -> int:
        """Return which item an event is about; some imitators do not say: the latest."""
        if output_index is not None:
            self._latest = output_index
        return self._latest

    def add(self, place: int, raw: msgspec.Raw) -> list[Event]:
        """Return the events of an item that begins."""
        item = read(_ITEM, raw) if read(_KIND, raw).type in _OWN_ITEMS else Item()
        opened = self._items.setdefault(place, _OpenItem(item.id or None))
        if item.type in _CALLS and (CALL, 0) not in opened.parts:
            return self._open(opened, (CALL, 0), self._call(item))
        return []

    def grow(self, place: int, key: tuple[str, int], text: str) -> list[Event]:
        """Return the events for more text of a part; it begins with it if need be."""
        item = self._items.setdefault(place, _OpenItem(None))
        events: list[Event] = []
        if key not in item.parts:
            if key[0] == CALL:
                return []  # of a call that never began nobody knows the name
            events += self._open(item, key, _opening(key[0], item))
        part = item.parts[key]
        if text and part.is_open:
            part.length += len(text)
            events.append(Delta(0, part.number, text))
        return events

    def tell_logprobs(self, place: int, key: tuple[str, int], logprobs: list[msgspec.Raw] | None) -> list[Event]:
        """Return Chat's form of log probabilities; nothing if there are none."""
        part = self._items[place].parts.get(key) if place in self._items else None
        if not logprobs or part is None:
            return []
        part.has_logprobs = True
        return [LogprobsTold(0, msgspec.Raw(msgspec.json.encode({"content": logprobs})))]

    def cite(self, place: int, key: tuple[str, int], raw: msgspec.Raw) -> list[Event]:
        """Return the citation of a text that is still open."""
        part = self._items[place].parts.get(key) if place in self._items else None
        if part is None or not part.is_open:
            return []
        part.citations += 1
        return [Cited(0, part.number, _citation(raw))]

    def complete_content(self, place: int, index: int, raw: msgspec.Raw) -> list[Event]:
        """Return what is left of a part of a message that is whole now."""
        content = read(_CONTENT, raw)
        kind = _CONTENTS.get(content.type)
        if kind not in {WORDS, REFUSAL}:
            return []  # of a thought the seal is still to come
        item = self._items.setdefault(place, _OpenItem(None))
        return self._fill(place, item, (kind, index), content)

    def complete(self, place: int, raw: msgspec.Raw) -> list[Event]:
        """Return what is left of an item that is whole now: all of it, if nothing was told before."""
        kind = read(_KIND, raw).type or ""
        opened = self._items.setdefault(place, _OpenItem(None))
        if opened.is_whole:
            return []
        opened.is_whole = self._has_whole_items = True
        if kind not in _OWN_ITEMS:
            return self._open_whole(opened, Foreign(_OWN, kind, raw))
        item = read(_ITEM, raw)
        opened.id = opened.id or item.id or None
        if kind == "message":
            return self._message(place, opened, item)
        if kind == "reasoning":
            return self._reasoning(place, opened, item)
        if kind in _CALLS:
            return self._whole_call(opened, item)
        if not item.result:
            return self._open_whole(opened, Foreign(_OWN, kind, raw))
        media_type = f"image/{item.output_format or 'png'}"
        return self._open_whole(opened, Image(Source(data=item.result, media_type=media_type)))

    def finish(self, response: Response) -> list[Event]:
        """Return the end of an answer that the provider calls complete or incomplete."""
        events = self.begin(response)
        if not self._has_whole_items:
            for place, raw in enumerate(response.output or []):
                events += self.complete(place, raw)
        for item in self._items.values():
            events += self._close(item)
        if response.status not in {None, "completed", "incomplete"}:
            return events
        if response.usage is not None:
            events.append(UsageTold(normal(response.usage)))
        reason = response.incomplete_details.reason if response.incomplete_details else None
        if response.status == "incomplete":
            finish = _FINISHES.get(reason or "", Finish.OTHER)
        else:
            finish, reason = Finish.TOOL_CALLS if self._has_calls else Finish.STOP, "completed"
        return [*events, Finished(0, finish, finish_word=reason), Ended()]

    # -- items ---------------------------------------------------------------------------------------

    def _message(self, place: int, opened: _OpenItem, item: Item) -> list[Event]:
        events: list[Event] = []
        told = list(opened.parts)
        for index, content in enumerate(_contents(item.content)):
            kind = _CONTENTS.get(content.type)
            if kind in {WORDS, REFUSAL}:
                # Bedrock counts the parts of a message from 1 in events, from 0 in the item.
                key = told[index] if index < len(told) and told[index][0] == kind else (kind, index)
                events += self._fill(place, opened, key, content)
        return events + self._close(opened)

    def _reasoning(self, place: int, opened: _OpenItem, item: Item) -> list[Event]:
        events: list[Event] = []
        pieces = [(SUMMARY, index, piece) for index, piece in enumerate(item.summary or [])]
        pieces += [(REASONING, index, piece) for index, piece in enumerate(_contents(item.content))]
        for kind, index, piece in pieces:
            part = opened.parts.get((kind, index))
            if piece.text and (part is None or part.length == 0):
                events += self.grow(place, (kind, index), piece.text)
        if not opened.parts and (item.encrypted_content or item.id):
            events += self._open(opened, (SUMMARY, 0), Thought("", _id_seal(opened.id)))
        if item.encrypted_content and opened.parts:
            latest = max(part.number for part in opened.parts.values())
            events.append(Sealed(0, latest, seal_of(item.encrypted_content, _OWN, opened.id)))
        return events + self._close(opened)

    def _whole_call(self, opened: _OpenItem, item: Item) -> list[Event]:
        events: list[Event] = []
        if (CALL, 0) not in opened.parts:
            events += self._open(opened, (CALL, 0), self._call(item))
        part = opened.parts[CALL, 0]
        text = item.input or "" if item.type == "custom_tool_call" else _arguments(item.arguments)
        if text and part.length == 0:
            events.append(Delta(0, part.number, text))
        return events + self._close(opened)

    def _call(self, item: Item) -> ToolCall:
        self._has_calls = True
        call_id = item.call_id or item.id
        if not call_id:
            call_id = f"call_{self._made_ids}"
            self._made_ids += 1
        is_custom = item.type == "custom_tool_call"
        return ToolCall(call_id, item.name or "", "", is_custom=is_custom, namespace=item.namespace)

    # -- parts ---------------------------------------------------------------------------------------

    def _fill(self, place: int, item: _OpenItem, key: tuple[str, int], content: Content) -> list[Event]:
        """Return what of a message's part was not told yet, and its end."""
        part = item.parts.get(key)
        if part is not None and not part.is_open:
            return []
        text = (content.refusal or content.text) if key[0] == REFUSAL else content.text
        events = self.grow(place, key, (text or "") if part is None or part.length == 0 else "")
        part = item.parts[key]
        if not part.has_logprobs:
            events += self.tell_logprobs(place, key, content.logprobs)
        for annotation in (content.annotations or [])[part.citations :]:
            events += self.cite(place, key, annotation)
        part.is_open = False
        return [*events, PartEnded(0, part.number)]

    def _open(
        self, item: _OpenItem, key: tuple[str, int], opening: Text | Thought | Refusal | ToolCall | Image | Foreign
    ) -> list[Event]:
        events = self._close(item)
        item.parts[key] = _Part(self._parts)
        self._parts += 1
        return [*events, PartBegan(0, item.parts[key].number, opening)]

    def _open_whole(self, item: _OpenItem, opening: Image | Foreign) -> list[Event]:
        return self._open(item, (WORDS, 0), opening) + self._close(item)

    def _close(self, item: _OpenItem) -> list[Event]:
        """Return the ends of all parts of an item: they come one behind the other."""
        events: list[Event] = []
        for part in item.parts.values():
            if part.is_open:
                part.is_open = False
                events.append(PartEnded(0, part.number))
        return events


_CALLS = frozenset({"function_call", "custom_tool_call"})
_OWN_ITEMS = _CALLS | {"message", "reasoning", "image_generation_call"}


def _opening(kind: str, item: _OpenItem) -> Text | Thought | Refusal:
    if kind == WORDS:
        return Text("")
    if kind == REFUSAL:
        return Refusal("")
    # Each thought of an item carries the item's name, so that they can be put together again.
    return Thought("", _id_seal(item.id), is_summary=kind == SUMMARY)


def _id_seal(item_id: str | None) -> Seal | None:
    return Seal(_OWN, "", item_id) if item_id else None


def _contents(content: str | list[msgspec.Raw] | None) -> list[Content]:
    if isinstance(content, str):
        return [Content("output_text", content)]
    return [read(_CONTENT, raw) for raw in content or []]


def _arguments(raw: msgspec.Raw) -> str:
    """Return arguments as text; some imitators send the object itself."""
    if raw == NULL:
        return ""
    return read(_TEXT, raw) if bytes(raw).startswith(b'"') else bytes(raw).decode()


def _citation(raw: msgspec.Raw) -> Citation:
    annotation = read(_ANNOTATION, raw)
    return Citation(_OWN, raw, annotation.url, annotation.title or annotation.filename)
