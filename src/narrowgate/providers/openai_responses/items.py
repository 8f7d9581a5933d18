"""Write a conversation as the input items of OpenAI's Responses API.

Source: https://platform.openai.com/docs/api-reference/responses/create#responses-create-input (read 2026-11).
"""

from base64 import b64encode

import msgspec

from narrowgate.model.conversation import (
    Audio,
    CacheMark,
    CustomTool,
    Document,
    Foreign,
    Form,
    Image,
    Inexpressible,
    Message,
    Part,
    Refusal,
    Request,
    Role,
    Seal,
    Source,
    Text,
    Thought,
    Tool,
    ToolCall,
    ToolResult,
    Video,
)
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_responses.tools import bare_name
from narrowgate.schemas.openai_responses import AudioData, Content, WrittenItem

_OWN = Form.OPENAI_RESPONSES
_JSON = msgspec.json.Encoder()
_AUDIO = {"audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav"}


class ItemWriter:
    """Writes the messages of one request; `lost` takes what has no place."""

    def __init__(self, request: Request, quirks: Quirks, lost: list[Inexpressible]) -> None:
        self._request = request
        self._quirks = quirks
        self._lost = lost
        self._items: list[msgspec.Raw] = []
        self._content: list[Content | msgspec.Raw] = []
        self._thoughts: list[tuple[str, Thought]] = []
        self._path = ""
        self._tools = {tool.name: tool for tool in request.tools if isinstance(tool, Tool | CustomTool)}

    def write(self, first: int) -> list[msgspec.Raw]:
        """Return the items of all messages from number `first` on."""
        for number, message in enumerate(self._request.messages[first:], first):
            self._message(number, message)
        return self._items

    def _message(self, number: int, message: Message) -> None:
        if message.name is not None:
            self._lose("the Responses API has no names of speakers", f"messages[{number}].name", is_hint=True)
        for index, part in enumerate(message.parts):
            self._path = f"messages[{number}].parts[{index}]"
            if not isinstance(part, Thought):
                self._flush_thoughts()
            self._part(message, part)
        self._flush_thoughts()
        self._flush_content(message)

    def _part(self, message: Message, part: Part) -> None:
        match part:
            case Thought():
                self._flush_content(message)
                self._thought(part)
            case ToolCall():
                self._flush_content(message)
                self._call(part)
            case ToolResult():
                self._flush_content(message)
                self._result(part)
            case Foreign(form, kind, raw):
                if form is not _OWN:
                    self._lose(f"'{kind}' is known to another API only")
                elif kind.startswith(("input_", "output_")):  # no item is called so, every part of a message is
                    self._content.append(raw)
                else:
                    self._flush_content(message)
                    self._items.append(raw)
            case _:
                content = self._said(part) if message.role is Role.ASSISTANT else self._shown(part)
                if content is not None:
                    self._content.append(content)

    # -- messages ------------------------------------------------------------------------------------

    def _flush_content(self, message: Message) -> None:
        content, self._content = self._content, []
        if not content:
            return
        role = message.role.value
        if message.role is Role.SYSTEM and message.is_developer and self._quirks.has_developer:
            role = "developer"
        # A single text is written as text: what stands in a list must have an id, if it is the model's.
        text = _single_text(content)
        self._add(WrittenItem("message", role=role, content=content if text is None else text))

    def _said(self, part: Part) -> Content | None:
        """Return what the model said, None for what it cannot have said in this API."""
        match part:
            case Text():
                self._mark(part.cache)
                annotations = [citation.raw for citation in part.citations if citation.form is _OWN]
                if len(annotations) < len(part.citations):
                    self._lose("citations are known to another API only", f"{self._path}.citations", is_hint=True)
                return Content("output_text", part.text, annotations=annotations)
            case Refusal(text):
                return Content("refusal", refusal=text)
            case _:
                self._lose("an assistant's message holds text only")
                return None

    def _shown(self, part: Part) -> Content | None:
        match part:
            case Text():
                self._mark(part.cache)
                return Content("input_text", part.text)
            case Refusal(text):
                return Content("input_text", text)
            case Image():
                self._mark(part.cache)
                return self._image(part)
            case Document():
                self._mark(part.cache)
                return self._document(part)
            case Audio():
                self._mark(part.cache)
                return self._audio(part.source)
            case Video():
                self._lose("the Responses API takes no video")
                return None
            case _:
                self._lose("it cannot stand here")
                return None

    def _image(self, image: Image) -> Content:
        source = image.source
        if source.file_id is not None:
            return Content("input_image", file_id=source.file_id, detail=image.detail)
        return Content("input_image", image_url=_url(source, "image/png"), detail=image.detail)

    def _document(self, document: Document) -> Content | None:
        for lost, name in ((document.context, "context"), (document.has_citations or None, "has_citations")):
            if lost is not None:
                self._lose("the Responses API has no such member", f"{self._path}.{name}", is_hint=True)
        if document.text is not None:
            data = b64encode(document.text.encode("utf-8", "replace")).decode()
            url = f"data:text/plain;base64,{data}"
            return Content("input_file", file_data=url, filename=document.name or "document.txt")
        source = document.source
        if source is None:
            self._lose("the document is empty")
            return None
        if source.data is not None:
            # A name is required; from a client of this form the provider shall say so itself.
            filename = document.name or (None if self._request.form is _OWN else "document.pdf")
            return Content("input_file", file_data=_url(source, "application/pdf"), filename=filename)
        if document.name is not None and self._request.form is not _OWN:
            self._lose("only a file sent along has a name", f"{self._path}.name", is_hint=True)
        name_beside = document.name if self._request.form is _OWN else None
        return Content("input_file", file_id=source.file_id, file_url=source.url, filename=name_beside)

    def _audio(self, source: Source) -> Content | None:
        kind = source.media_type or ""
        known = _AUDIO.get(kind) or (kind.removeprefix("audio/") if self._request.form is _OWN else None)
        if source.data is None or known is None:
            self._lose("the Responses API takes wav and mp3 with their data only")
            return None
        return Content("input_audio", input_audio=AudioData(source.data, known))

    # -- tools ---------------------------------------------------------------------------------------

    def _call(self, call: ToolCall) -> None:
        self._mark(call.cache)
        if call.seal is not None:
            self._lose("a call has no signature in the Responses API", f"{self._path}.seal", is_hint=True)
        tool = self._tools.get(call.name)
        namespace = call.namespace or (tool.namespace.name if tool is not None and tool.namespace else None)
        name = bare_name(tool) if tool is not None else call.name
        kind = "custom_tool_call" if call.is_custom else "function_call"
        item = WrittenItem(kind, call_id=call.id, name=name, namespace=namespace)
        if call.is_custom:
            item.input = call.arguments
        else:
            item.arguments = call.arguments or "{}"
        self._add(item)

    def _result(self, result: ToolResult) -> None:
        self._mark(result.cache)
        if result.is_error:
            why = "a result does not say that it is an error; its text is sent"
            self._lose(why, f"{self._path}.is_error", is_hint=True)
        path = self._path
        content: list[Content | msgspec.Raw] = []
        for index, part in enumerate(result.content):
            self._path = f"{path}.content[{index}]"
            shown = part.raw if isinstance(part, Foreign) and part.form is _OWN else self._shown(part)
            if shown is not None:
                content.append(shown)
        self._path = path
        kind = "custom_tool_call_output" if result.is_custom else "function_call_output"
        text = _single_text(content) if content else ""
        self._add(WrittenItem(kind, call_id=result.call_id, output=content if text is None else text))

    # -- thoughts ------------------------------------------------------------------------------------

    def _thought(self, thought: Thought) -> None:
        seal = thought.seal
        if seal is not None and seal.form is not _OWN:
            self._lose("the signature is another provider's", f"{self._path}.seal", is_hint=True)
            seal = None
            if not thought.text:
                return
        if self._thoughts and not _is_same_item(self._thoughts[-1][1].seal, seal):
            self._flush_thoughts()
        self._thoughts.append((self._path, msgspec.structs.replace(thought, seal=seal)))

    def _flush_thoughts(self) -> None:
        thoughts, self._thoughts = self._thoughts, []
        if not thoughts:
            return
        seal, is_own = thoughts[-1][1].seal, self._request.form is _OWN
        is_sealed = seal is not None and seal.data != ""
        if not is_sealed and not is_own and not self._quirks.thinking_field:
            # What other forms' clients send back stands for nothing the provider has stored.
            for path, _ in thoughts:
                self._lose("this provider takes its own sealed reasoning back only", path, is_hint=True)
            return
        summary = [Content("summary_text", one.text) for _, one in thoughts if one.is_summary]
        content = [Content("reasoning_text", one.text) for _, one in thoughts if one.text and not one.is_summary]
        item = WrittenItem("reasoning", summary=summary, content=content or None)
        if seal is not None:
            item.encrypted_content = seal.data or None
            item.id = seal.id if is_sealed or is_own else None
        self._add(item)

    # -- what is noted -------------------------------------------------------------------------------

    def _mark(self, cache: CacheMark | None) -> None:
        if cache is not None:
            self._lose("the Responses API caches by itself", f"{self._path}.cache", is_hint=True)

    def _lose(self, why: str, what: str | None = None, *, is_hint: bool = False) -> None:
        self._lost.append(Inexpressible(what or self._path, why, is_hint))

    def _add(self, item: WrittenItem) -> None:
        self._items.append(msgspec.Raw(_JSON.encode(item)))


def _is_same_item(before: Seal | None, after: Seal | None) -> bool:
    """Whether two thoughts, one behind the other, are of one item; the seal itself ends it."""
    if before is None:
        return after is None or after.id is None
    return after is not None and not before.data and before.id is not None and before.id == after.id


def _single_text(content: list[Content | msgspec.Raw]) -> str | None:
    first = content[0]
    if len(content) > 1 or not isinstance(first, Content) or first.annotations:
        return None
    if first.type in {"input_text", "output_text"}:
        return first.text
    return None


def _url(source: Source, media_type: str) -> str:
    if source.data is not None:
        return f"data:{source.media_type or media_type};base64,{source.data}"
    return source.url or ""
