"""Read input items of OpenAI's Responses API as the messages of a conversation.

Source: https://platform.openai.com/docs/api-reference/responses/create#responses-create-input (read 2026-11).
"""

import msgspec

from narrowgate.dialects.openai_responses.reading import at, text_of
from narrowgate.model.conversation import (
    Audio,
    Citation,
    Document,
    Foreign,
    Form,
    Image,
    Message,
    Part,
    Refusal,
    Role,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from narrowgate.model.seals import seal_of, split_id
from narrowgate.schemas.openai_responses import Annotation, Content, Item, ItemKind
from narrowgate.wire.errors import WireError

_OWN = Form.OPENAI_RESPONSES
_KIND = msgspec.json.Decoder(ItemKind)
_ITEM = msgspec.json.Decoder(Item)
_CONTENT = msgspec.json.Decoder(Content)
_ANNOTATION = msgspec.json.Decoder(Annotation)
_ROLES = {"system": Role.SYSTEM, "developer": Role.SYSTEM, "user": Role.USER, "assistant": Role.ASSISTANT}
_KNOWN_CONTENT = frozenset(
    {"input_text", "output_text", "text", "refusal", "input_image", "input_file", "input_audio", "summary_text"}
)
_AUDIO = {"mp3": "audio/mpeg"}
REDACTED = "redacted"  # stands in a tagged seal for the name of the item, which other forms do not have


def read_items(raws: list[msgspec.Raw]) -> list[Message]:
    """Return the messages; what the model did in one go is one, results behind each other are one.

    Raises:
        WireError: an item is not as documented.
    """
    reader = _ItemReader()
    for index, raw in enumerate(raws):
        reader.read(raw, f"input[{index}]")
    reader.flush()
    return reader.messages


class _ItemReader:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._role = Role.USER
        self._parts: list[Part] = []

    def flush(self) -> None:
        """Make a message of what has come together."""
        if self._parts:
            self.messages.append(Message(self._role, tuple(self._parts)))
            self._parts = []

    def read(self, raw: msgspec.Raw, path: str) -> None:
        told = at(_KIND, raw, path)
        kind = told.type or ("message" if told.role else "")
        match kind:
            case "message":
                self._message(at(_ITEM, raw, path), path)
            case "function_call" | "custom_tool_call":
                self._join(Role.ASSISTANT, [_call(at(_ITEM, raw, path), kind, path)])
            case "function_call_output" | "custom_tool_call_output":
                self._join(Role.USER, [_result(at(_ITEM, raw, path), kind, path)], only=ToolResult)
            case "reasoning":
                self._join(Role.ASSISTANT, _thoughts(at(_ITEM, raw, path), path))
            case "additional_tools":
                pass  # they are read with the tools of the request
            case "":
                raise WireError(f"{path}.type: there is none; say what kind of item it is", f"{path}.type")
            case _:
                is_answer = kind.endswith(("_output", "_response"))
                self._join(Role.USER if is_answer else Role.ASSISTANT, [Foreign(_OWN, kind, raw)])

    def _join(self, role: Role, parts: list[Part], only: type[ToolResult] | None = None) -> None:
        """Add parts to the message under way if it has that role (and, with `only`, nothing else in it)."""
        if self._role is not role or (only and not all(isinstance(part, only) for part in self._parts)):
            self.flush()
        self._role = role
        self._parts += parts

    def _message(self, item: Item, path: str) -> None:
        role = _ROLES.get(item.role or "")
        if role is None:
            where = f"{path}.role"
            raise WireError(f"{where}: '{(item.role or '')[:40]}' is not one of {', '.join(_ROLES)}", where)
        parts = read_content(item.content, f"{path}.content")
        if role is Role.ASSISTANT:
            if any(isinstance(part, Text | Refusal) for part in self._parts):
                self.flush()
            self._join(role, parts)
            return
        self.flush()
        if parts:
            self.messages.append(Message(role, tuple(parts), is_developer=item.role == "developer"))


def read_content(content: str | list[msgspec.Raw] | None, path: str) -> list[Part]:
    """Return the parts of a message, or of a tool's output.

    Raises:
        WireError: a part is not as documented.
    """
    if isinstance(content, str):
        return [Text(content)]
    return [_part(raw, f"{path}[{index}]") for index, raw in enumerate(content or [])]


def _part(raw: msgspec.Raw, path: str) -> Part:
    kind = at(_KIND, raw, path).type or ""
    if not kind:
        raise WireError(f"{path}.type: there is none; say what kind of content it is", f"{path}.type")
    if kind not in _KNOWN_CONTENT:
        return Foreign(_OWN, kind, raw)
    told = at(_CONTENT, raw, path)
    match kind:
        case "refusal":
            return Refusal(told.refusal or "")
        case "input_image":
            address = (
                told.image_url if isinstance(told.image_url, str) or told.image_url is None else told.image_url.url
            )
            if not address and not told.file_id:
                raise WireError(f"{path}.image_url: there is none; give it or a file_id", f"{path}.image_url")
            return Image(_source(address, None, told.file_id), told.detail)
        case "input_file":
            if not (told.file_url or told.file_data or told.file_id):
                raise WireError(
                    f"{path}.file_data: there is none; give it, a file_url or a file_id", f"{path}.file_data"
                )
            return Document(_source(told.file_url, told.file_data, told.file_id), name=told.filename)
        case "input_audio":
            audio = told.input_audio
            if audio is None or not audio.data:
                raise WireError(f"{path}.input_audio: there is none; give data and format", f"{path}.input_audio")
            media_type = _AUDIO.get(audio.format, f"audio/{audio.format}")
            return Audio(Source(data=audio.data, media_type=media_type))
        case _:
            return Text(told.text or "", citations=tuple(_citation(one, path) for one in told.annotations or []))


def _source(url: str | None, data: str | None, file_id: str | None) -> Source:
    """Return where the bytes are: a data URL holds them itself."""
    if file_id:
        return Source(file_id=file_id)
    text = data or url or ""
    if text.startswith("data:"):
        head, found, rest = text.removeprefix("data:").partition(";base64,")
        if found:
            return Source(data=rest, media_type=head.partition(";")[0] or None)
    return Source(data=data) if data else Source(url=url)


def _call(item: Item, kind: str, path: str) -> ToolCall:
    if not item.call_id:
        raise WireError(f"{path}.call_id: there is none; give that of the call", f"{path}.call_id")
    call_id, seal = split_id(item.call_id)
    arguments = item.input or "" if kind == "custom_tool_call" else text_of(item.arguments, f"{path}.arguments")
    is_custom = kind == "custom_tool_call"
    return ToolCall(call_id, item.name or "", arguments, is_custom, seal, namespace=item.namespace)


def _result(item: Item, kind: str, path: str) -> ToolResult:
    if not item.call_id:
        raise WireError(f"{path}.call_id: there is none; give that of the call", f"{path}.call_id")
    content = tuple(read_content(item.output, f"{path}.output"))
    return ToolResult(split_id(item.call_id)[0], content, is_custom=kind == "custom_tool_call_output")


def _thoughts(item: Item, path: str) -> list[Part]:
    """Return a thought for each piece; the seal is at the last, the name of the item at all."""
    seal = seal_of(item.encrypted_content, _OWN, item.id) if item.encrypted_content else None
    named = Seal(_OWN, "", item.id) if item.id else None
    is_foreign = seal is not None and seal.form is not _OWN
    if is_foreign:
        named = None  # what another provider thought has its name from the gateway
    pieces = [(True, one.text or "") for one in item.summary or []]
    contents = [] if isinstance(item.content, str) else item.content or []
    pieces += [(False, at(_CONTENT, raw, f"{path}.content").text or "") for raw in contents]
    if isinstance(item.content, str):
        pieces.append((False, item.content))
    is_redacted = seal is not None and is_foreign and seal.id == REDACTED
    if seal is not None and is_redacted:
        seal = Seal(seal.form, seal.data)
    thoughts = [Thought(text, named, is_summary=is_summary and not is_foreign) for is_summary, text in pieces]
    last = thoughts.pop() if thoughts else Thought()
    return [*thoughts, Thought(last.text, seal or named, is_redacted, last.is_summary)]


def _citation(raw: msgspec.Raw, path: str) -> Citation:
    told = at(_ANNOTATION, raw, path)
    return Citation(_OWN, raw, told.url, told.title or told.filename)
