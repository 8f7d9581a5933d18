"""Put the parts of an answer into output items."""

import msgspec

from narrowgate.dialects.openai_responses.response import one_line
from narrowgate.dialects.openai_responses.tools import in_namespace
from narrowgate.dialects.openai_responses.written import GrowingCall, GrowingMessage, GrowingReasoning, Told
from narrowgate.model.conversation import (
    CustomTool,
    Foreign,
    Form,
    Image,
    Refusal,
    Request,
    Seal,
    Text,
    Thought,
    Tool,
    ToolCall,
)
from narrowgate.model.reply import Cited, Delta, Event, LogprobsTold, PartBegan, PartEnded, Sealed
from narrowgate.schemas.openai_responses import WrittenItem

_OWN = Form.OPENAI_RESPONSES


class _Logprobs(msgspec.Struct):
    content: list[msgspec.Raw] | None = None


_LOGPROBS = msgspec.json.Decoder(_Logprobs)


class OutputWriter:
    """Takes the events of parts that do not overlap; `items` are those that are whole."""

    def __init__(self, request: Request, answer_id: str, form: Form) -> None:
        self.items: list[object] = []
        self._tools = {tool.name: tool for tool in request.tools if isinstance(tool, Tool | CustomTool)}
        self._wants_summary = request.reasoning is not None and request.reasoning.summary is not None
        self._suffix = answer_id.rpartition("_")[2] or "0"
        # Gemini's calls are sealed, which is told behind them and belongs into their id at the beginning.
        self._holds_calls = form is Form.GEMINI_GENERATE
        self._item: GrowingMessage | GrowingReasoning | GrowingCall | None = None
        self._used: set[str | None] = set()
        self._call: ToolCall | None = None
        self._held: list[str] = []
        self._is_hidden = False  # a part that only another form knows is under way

    def write(self, event: Event) -> list[Told]:
        """Return what an event of a part tells."""
        match event:
            case PartBegan(_, _, opening):
                return self._begin(opening)
            case Delta(_, _, text):
                return self._grow(text) if text else []
            case Sealed(_, _, seal):
                self._seal(seal)
                return []
            case Cited(_, _, citation):
                return self._item.cite(citation) if isinstance(self._item, GrowingMessage) else []
            case PartEnded() if self._is_hidden:
                self._is_hidden = False
                return []
            case PartEnded():
                told = self._open_call()
                return told + (self._item.end() if self._item is not None else [])
            case LogprobsTold(_, value) if isinstance(self._item, GrowingMessage):
                self._item.add_logprobs(_LOGPROBS.decode(value).content or [])
                return []
            case _:
                return []

    def close(self, status: str) -> list[Told]:
        """Return the end of the item under way."""
        item, self._item = self._item, None
        return [] if item is None else [self._done(item.close(status))]

    def _begin(self, opening: Text | Thought | Refusal | ToolCall | Image | Foreign) -> list[Told]:
        match opening:
            case Text() | Refusal():
                told: list[Told] = []
                item = self._item
                if not isinstance(item, GrowingMessage):
                    told = self.close("completed")
                    item = GrowingMessage(len(self.items), self._name("msg"))
                    told.append(self._open(item))
                return told + item.begin(opening)
            case Thought(_, seal):
                if isinstance(self._item, GrowingReasoning) and self._item.goes_on_with(seal):
                    return self._item.begin(opening)
                told = self.close("completed")
                own_id = seal.id if seal is not None and seal.form is _OWN else None
                if own_id in self._used:  # xAI names several items alike, clients take them for one
                    own_id = None
                self._used.add(own_id)
                thinking = GrowingReasoning(
                    len(self.items), own_id or self._name("rs"), wants_summary=self._wants_summary
                )
                return [*told, self._open(thinking), *thinking.begin(opening)]
            case ToolCall():
                self._call = in_namespace(opening, self._tools)
                return self.close("completed")
            case Image(source):
                told = self.close("completed")
                kind = (source.media_type or "").removeprefix("image/") or None
                image = WrittenItem("image_generation_call", self._name("ig"), result=source.data or source.url or "")
                image.output_format, image.status = kind, "completed"
                return told + self._whole(image)
            case Foreign(form, _, raw):
                if form is _OWN:
                    return self._whole(one_line(raw))
                self._is_hidden = True
                return []

    def _seal(self, seal: Seal) -> None:
        if self._call is not None:
            self._call = msgspec.structs.replace(self._call, seal=seal)
        elif isinstance(self._item, GrowingReasoning):
            self._item.seal = seal

    def _grow(self, text: str) -> list[Told]:
        if self._call is not None and self._holds_calls:
            self._held.append(text)
            return []
        told = self._open_call()
        return told + (self._item.grow(text) if self._item is not None else [])

    def _open_call(self) -> list[Told]:
        """Return the beginning of a call that was held, and what was held of it."""
        call, self._call = self._call, None
        held, self._held = self._held, []
        if call is None:
            return []
        item = GrowingCall(len(self.items), self._name("ctc" if call.is_custom else "fc"), call)
        told = [self._open(item)]
        for text in held:
            told += item.grow(text)
        return told

    def _open(self, item: GrowingMessage | GrowingReasoning | GrowingCall) -> Told:
        self._item = item
        return ("response.output_item.added", {"output_index": len(self.items), "item": item.opened()})

    def _done(self, item: object) -> Told:
        self.items.append(item)
        return ("response.output_item.done", {"output_index": len(self.items) - 1, "item": item})

    def _whole(self, item: object) -> list[Told]:
        told = self.close("completed")
        added: Told = ("response.output_item.added", {"output_index": len(self.items), "item": item})
        return [*told, added, self._done(item)]

    def _name(self, prefix: str) -> str:
        return f"{prefix}_{self._suffix}_{len(self.items)}"
