"""The items of an answer while they grow, each with the events that tell of it.

Source: https://platform.openai.com/docs/api-reference/responses-streaming (read 2026-11).
"""

import msgspec

from narrowgate.dialects.openai_responses.items import REDACTED
from narrowgate.dialects.openai_responses.response import one_line
from narrowgate.model.conversation import Citation, Form, Refusal, Seal, Text, Thought, ToolCall
from narrowgate.model.seals import seal_text, sealed_id
from narrowgate.schemas.openai_responses import Annotation, Content, WrittenItem

_OWN = Form.OPENAI_RESPONSES
# An event's name, and its members beside `type` and `sequence_number`.
Told = tuple[str, dict[str, object]]


class GrowingMessage:
    """A message: texts and refusals."""

    def __init__(self, place: int, item_id: str) -> None:
        self._id = item_id
        self._place = {"item_id": item_id, "output_index": place}
        self._contents: list[Content] = []
        self._pieces: list[str] = []
        self._at: dict[str, object] = {}

    def opened(self) -> WrittenItem:
        """Return the item as it begins."""
        return WrittenItem("message", self._id, "assistant", [], status="in_progress")

    def begin(self, opening: Text | Refusal) -> list[Told]:
        """Begin a part."""
        self._pieces = []
        if isinstance(opening, Text):
            content = Content("output_text", "", annotations=[], logprobs=[])
        else:
            content = Content("refusal", refusal="")
        self._at = {**self._place, "content_index": len(self._contents)}
        self._contents.append(content)
        return [("response.content_part.added", {**self._at, "part": msgspec.structs.replace(content)})]

    def grow(self, text: str) -> list[Told]:
        """Add to the latest part."""
        self._pieces.append(text)
        if self._contents[-1].type == "refusal":
            return [("response.refusal.delta", {**self._at, "delta": text})]
        return [("response.output_text.delta", {**self._at, "delta": text, "logprobs": []})]

    def cite(self, citation: Citation) -> list[Told]:
        """Add a citation to the latest part; one without an address has no place here."""
        annotations = self._contents[-1].annotations
        raw = self._annotation(citation)
        if annotations is None or raw is None:
            return []
        annotations.append(raw)
        number = len(annotations) - 1
        members = {**self._at, "annotation_index": number, "annotation": raw}
        return [("response.output_text.annotation.added", members)]

    def add_logprobs(self, logprobs: list[msgspec.Raw]) -> None:
        """Add log probabilities to the latest text; they are told when it is whole."""
        text = next((one for one in reversed(self._contents) if one.logprobs is not None), None)
        if text is not None:
            text.logprobs = [*(text.logprobs or []), *map(one_line, logprobs)]

    def end(self) -> list[Told]:
        """End the latest part."""
        content, text = self._contents[-1], "".join(self._pieces)
        if content.type == "refusal":
            content.refusal = text
            done: Told = ("response.refusal.done", {**self._at, "refusal": text})
        else:
            content.text = text
            done = ("response.output_text.done", {**self._at, "text": text, "logprobs": content.logprobs})
        return [done, ("response.content_part.done", {**self._at, "part": content})]

    def close(self, status: str) -> WrittenItem:
        """Return the item as it is now, whole or cut off."""
        return WrittenItem("message", self._id, "assistant", [*self._contents], status=status)

    def _annotation(self, citation: Citation) -> msgspec.Raw | None:
        if citation.form is _OWN:
            return one_line(citation.raw)
        if citation.url is None:
            return None
        # Where in the answer it belongs, the others say by the place they tell it at: what was said until here.
        end = sum(map(len, self._pieces))
        annotation = Annotation("url_citation", citation.url, citation.title or citation.url, 0, end)
        return msgspec.Raw(msgspec.json.encode(annotation))


class GrowingReasoning:
    """A reasoning item: a summary, or the reasoning itself, in pieces; and what seals it."""

    def __init__(self, place: int, item_id: str, *, wants_summary: bool) -> None:
        self._id = item_id
        self._place = {"item_id": item_id, "output_index": place}
        self._wants_summary = wants_summary
        self._summary: list[Content] = []
        self._content: list[Content] = []
        self._pieces: list[str] = []
        self._thought = Thought()
        self.seal: Seal | None = None

    def opened(self) -> WrittenItem:
        """Return the item as it begins."""
        return WrittenItem("reasoning", self._id, summary=[], status="in_progress")

    def begin(self, opening: Thought) -> list[Told]:
        """Begin a piece; it is told of once it has words."""
        self._thought, self._pieces, self.seal = opening, [], opening.seal
        return []

    def grow(self, text: str) -> list[Told]:
        """Add to the latest piece. A client that asked for a summary looks for all thoughts there."""
        told: list[Told] = []
        if not self._pieces:
            told.append(self._added())
        self._pieces.append(text)
        kind = "summary_text" if self._is_summary() else "text"
        return [*told, (f"response.reasoning_{kind}.delta", {**self._at(), "delta": text})]

    def end(self) -> list[Told]:
        """End the latest piece."""
        if not self._pieces:
            return []
        text = "".join(self._pieces)
        if self._is_summary():
            part = self._summary[-1]
            names = ("response.reasoning_summary_text.done", "response.reasoning_summary_part.done")
        else:
            part = self._content[-1]
            names = ("response.reasoning_text.done", "response.content_part.done")
        part.text = text
        return [(names[0], {**self._at(), "text": text}), (names[1], {**self._at(), "part": part})]

    def close(self, status: str) -> WrittenItem:
        """Return the item as it is now."""
        item = WrittenItem("reasoning", self._id, summary=self._summary, content=self._content, status=status)
        seal = self.seal
        if seal is not None and self._thought.is_redacted:
            seal = Seal(seal.form, seal.data, seal.id if seal.form is _OWN else REDACTED)
        if seal is not None and seal.data:
            item.encrypted_content = seal_text(seal, _OWN)
        return item

    def goes_on_with(self, seal: Seal | None) -> bool:
        """Whether a thought with `seal` is of this item; its own seal ends an item."""
        if self.seal is None:
            return seal is None or seal.id is None
        return seal is not None and not self.seal.data and self.seal.id is not None and self.seal.id == seal.id

    def _added(self) -> Told:
        if self._is_summary():
            self._summary.append(Content("summary_text", ""))
            return ("response.reasoning_summary_part.added", {**self._at(), "part": Content("summary_text", "")})
        self._content.append(Content("reasoning_text", ""))
        return ("response.content_part.added", {**self._at(), "part": Content("reasoning_text", "")})

    def _is_summary(self) -> bool:
        return self._thought.is_summary or self._wants_summary

    def _at(self) -> dict[str, object]:
        if self._is_summary():
            return {**self._place, "summary_index": len(self._summary) - 1}
        return {**self._place, "content_index": len(self._content) - 1}


class GrowingCall:
    """A call of a function or of a custom tool."""

    def __init__(self, place: int, item_id: str, call: ToolCall) -> None:
        self._id = item_id
        self._place = {"item_id": item_id, "output_index": place}
        self._call = call
        self._pieces: list[str] = []

    def opened(self) -> WrittenItem:
        """Return the item as it begins."""
        return self._item("", "in_progress")

    def grow(self, text: str) -> list[Told]:
        """Add to what the tool is given."""
        self._pieces.append(text)
        kind = "custom_tool_call_input" if self._call.is_custom else "function_call_arguments"
        return [(f"response.{kind}.delta", {**self._place, "delta": text})]

    def end(self) -> list[Told]:
        """End what the tool is given."""
        text = "".join(self._pieces)
        if self._call.is_custom:
            return [("response.custom_tool_call_input.done", {**self._place, "input": text})]
        members = {**self._place, "name": self._call.name, "arguments": text}
        return [("response.function_call_arguments.done", members)]

    def close(self, status: str) -> WrittenItem:
        """Return the item as it is now."""
        return self._item("".join(self._pieces), status)

    def _item(self, text: str, status: str) -> WrittenItem:
        call = self._call
        if call.is_custom:
            item = WrittenItem("custom_tool_call", self._id, call_id=sealed_id(call), name=call.name, input=text)
        else:
            item = WrittenItem("function_call", self._id, call_id=sealed_id(call), name=call.name, arguments=text)
        item.namespace = call.namespace
        item.status = status
        return item
