"""Read the messages of Cohere's chat.

Source: https://docs.cohere.com/v2/reference/chat (read 2026-11).
"""

import msgspec

from narrowgate.dialects.asking import read_part, wrong
from narrowgate.model.conversation import (
    Citation,
    Document,
    Foreign,
    Form,
    Image,
    Message,
    Part,
    Role,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from narrowgate.model.seals import seal_of, split_id
from narrowgate.schemas import cohere_chat as schema
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

FORM = Form.COHERE_CHAT
_PART = msgspec.json.Decoder(schema.Part)
_STRING = msgspec.json.Decoder(str)
_TEXT_ALONE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_CITATION = msgspec.json.Decoder(schema.Citation)


def message_of(message: schema.Message, path: str) -> Message:
    """Return the turn at `path`.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong.
    """
    match message.role:
        case "system":
            return Message(Role.SYSTEM, _content(message.content, path))
        case "user":
            return Message(Role.USER, _content(message.content, path))
        case "assistant":
            return Message(Role.ASSISTANT, _assistant(message, path))
        case "tool":
            if message.tool_call_id is None:
                raise wrong(f"{path}.tool_call_id", "a tool message needs the id of the call that it answers")
            identity = split_id(message.tool_call_id)[0]
            return Message(Role.USER, (ToolResult(identity, _content(message.content, path)),))
        case _:
            shown = message.role[:40]
            raise wrong(f"{path}.role", f"'{shown}' is not one of system, user, assistant, tool")


def document_of(told: schema.Document, path: str) -> Document:
    """Return a document; the text of one with several members is their JSON.

    Raises:
        Failed: BAD_REQUEST; its data is neither an object nor text.
    """
    raw = msgspec.Raw(bytes(told.data))
    if bytes(raw).startswith(b'"'):
        return Document(text=read_part(_STRING, raw, f"{path}.data"), name=told.id)
    members = read_part(_TEXT_ALONE, raw, f"{path}.data")
    text = bytes(members.get("text", b""))
    context = bytes(members.get("context", b'""'))
    if text.startswith(b'"') and context.startswith(b'"') and members.keys() <= {"text", "context"}:
        said = read_part(_STRING, text, f"{path}.data.text")
        return Document(
            text=said,
            name=told.id,
            context=read_part(_STRING, context, f"{path}.data.context") if "context" in members else None,
        )
    return Document(text=bytes(raw).decode(), name=told.id)


def _content(content: str | list[msgspec.Raw] | None, path: str) -> tuple[Part, ...]:
    if content is None:
        return ()
    if isinstance(content, str):
        return (Text(content),)
    return tuple(_part(raw, f"{path}.content[{number}]") for number, raw in enumerate(content))


def _part(raw: msgspec.Raw, path: str) -> Part:
    part = read_part(_PART, raw, path)
    match part.type:
        case "text":
            if part.text is None:
                raise wrong(f"{path}.text", "a part of type text needs it")
            return Text(part.text)
        case "thinking":
            if part.signature is not None:
                return Thought(part.thinking or "", seal_of(part.signature, FORM), bool(part.redacted))
            return Thought(part.thinking or "")
        case "image_url":
            image = part.image_url
            if image is None:
                raise wrong(f"{path}.image_url", "a part of type image_url needs it")
            return Image(_source(image), None) if isinstance(image, str) else Image(_source(image.url), image.detail)
        case "document":
            if part.document is None:
                raise wrong(f"{path}.document", "a part of type document needs it")
            return document_of(part.document, f"{path}.document")
        case "":
            raise wrong(f"{path}.type", "a part needs one: text, image_url, thinking or document")
        case _:
            return Foreign(FORM, part.type, msgspec.Raw(bytes(raw)))


def _source(url: str) -> Source:
    head, comma, data = url.partition(",")
    if head.startswith("data:") and head.endswith(";base64") and comma:
        return Source(data=data, media_type=head[5:].partition(";")[0] or None)
    return Source(url=url)


def _assistant(message: schema.Message, path: str) -> tuple[Part, ...]:
    said = list(_content(message.content, path))
    texts = [number for number, part in enumerate(said) if isinstance(part, Text)]
    for raw in message.citations or ():
        citation, index = _citation(raw)
        at = texts[0] if index is None and texts else index
        cited = said[at] if at is not None and 0 <= at < len(said) else None
        if at is not None and isinstance(cited, Text):
            said[at] = msgspec.structs.replace(cited, citations=(*cited.citations, citation))
    plan = (Thought(message.tool_plan, Seal(FORM, schema.TOOL_PLAN)),) if message.tool_plan else ()
    calls = [_call(call, f"{path}.tool_calls[{n}]") for n, call in enumerate(message.tool_calls or ())]
    return (*plan, *said, *calls)


def _call(call: schema.ToolCall, path: str) -> ToolCall:
    if not call.id:
        raise wrong(f"{path}.id", "a tool call needs one, for its result to name")
    function = call.function
    if function is None or not function.name:
        raise wrong(f"{path}.function.name", "a tool call needs the name of what is called")
    identity, seal = split_id(call.id)
    return ToolCall(identity, function.name, function.arguments or "", seal=seal)


def _citation(raw: msgspec.Raw) -> tuple[Citation, int | None]:
    own = msgspec.Raw(bytes(raw))
    try:
        told = read(_CITATION, own)
    except WireError:  # for Cohere to judge
        return Citation(FORM, own), None
    start = None if told.start is None else int(told.start)
    end = None if told.end is None else int(told.end)
    return Citation(FORM, own, start=start, end=end), None if told.content_index is None else int(told.content_index)
