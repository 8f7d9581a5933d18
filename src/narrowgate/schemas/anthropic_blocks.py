"""Content blocks that requests and answers of Anthropic's Messages API share, to parts and back.

Source: https://platform.claude.com/docs/en/api/messages (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import (
    CacheMark,
    Citation,
    Foreign,
    Form,
    Refusal,
    Seal,
    Text,
    Thought,
    ToolCall,
)
from narrowgate.model.seals import seal_of, seal_text, sealed_id, split_id
from narrowgate.schemas.anthropic_messages import (
    CacheControl,
    CitationObject,
    Kind,
    RedactedThinkingBlock,
    TextBlock,
    ThinkingBlock,
    ToolUseBlock,
)
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

OWN = Form.ANTHROPIC_MESSAGES
_KIND = msgspec.json.Decoder(Kind)
_TEXT = msgspec.json.Decoder(TextBlock)
_THINKING = msgspec.json.Decoder(ThinkingBlock)
_REDACTED = msgspec.json.Decoder(RedactedThinkingBlock)
_TOOL_USE = msgspec.json.Decoder(ToolUseBlock)
_CITATION = msgspec.json.Decoder(CitationObject)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NO_INPUT = msgspec.Raw(b"{}")


def kind_of(block: msgspec.Raw) -> str:
    """Return a block's type.

    Raises:
        WireError: it is no object, or has no type.
    """
    kind = read(_KIND, block).type
    if not kind:
        raise WireError("type: missing; every block has one", "type")
    return kind


def part_of(kind: str, block: msgspec.Raw, spare_id: str = "") -> Text | Thought | ToolCall | Foreign:
    """Return the part a block of `kind` stands for; one that others do not know is a Foreign.

    `spare_id` names a call that has no id.

    Raises:
        WireError: the block is not what its type asks for.
    """
    match kind:
        case "text":
            text = read(_TEXT, block)
            return Text(
                _given(text.text, "text"),
                mark_of(text.cache_control),
                tuple(citation_of(citation) for citation in text.citations or ()),
            )
        case "thinking":
            thinking = read(_THINKING, block)
            seal = seal_of(thinking.signature, OWN) if thinking.signature else None
            return Thought(thinking.thinking or "", seal)
        case "redacted_thinking":
            data = read(_REDACTED, block).data
            return Thought("", seal_of(data, OWN) if data else None, is_redacted=True)
        case "tool_use":
            use = read(_TOOL_USE, block)
            identity, call_seal = split_id(use.id or _given(spare_id or None, "id"))
            caller = said(use.caller)
            if caller is not None and read(_KIND, caller).type != "direct":
                call_seal = Seal(OWN, bytes(caller).decode())  # must come back with the call, unread
            arguments = bytes(said(use.input) or b"{}").decode()
            return ToolCall(
                identity, _given(use.name, "name"), arguments, seal=call_seal, cache=mark_of(use.cache_control)
            )
        case _:
            return Foreign(OWN, kind, owned(block))


def block_of(part: Text | Thought | ToolCall | Refusal) -> object:
    """Return the block for `part`; seals that are not Anthropic's are tagged, to be known again."""
    match part:
        case Text():
            citations = tuple(citation_object(citation) for citation in part.citations) or None
            return TextBlock(part.text, citations, control_of(part.cache))
        case Refusal():
            return TextBlock(part.text)
        case Thought():
            sealed = seal_text(part.seal, OWN) if part.seal is not None else ""
            return RedactedThinkingBlock(sealed) if part.is_redacted else ThinkingBlock(part.text, sealed)
        case ToolCall():
            cache = control_of(part.cache)
            if part.seal is not None and part.seal.form is OWN:
                caller = msgspec.Raw(part.seal.data.encode("utf-8", "replace"))
                return ToolUseBlock(part.id, part.name, input_of(part), caller, cache)
            return ToolUseBlock(sealed_id(part), part.name, input_of(part), cache_control=cache)


def input_of(call: ToolCall) -> msgspec.Raw:
    """Return a call's arguments as the object this form wants; free and broken text is its `input`."""
    if call.is_custom:
        return wrapped(call.arguments)
    if call.arguments.strip() in {"", "null"}:
        return _NO_INPUT
    text = call.arguments.encode("utf-8", "replace")
    try:
        _OBJECT.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return wrapped(call.arguments)
    return msgspec.Raw(text)


def wrapped(text: str) -> msgspec.Raw:
    """Return the object that carries free text."""
    return msgspec.Raw(msgspec.json.encode({"input": text}))


def citation_of(raw: msgspec.Raw) -> Citation:
    """Return a citation as others can show it, with `raw` itself for its own form.

    Raises:
        WireError: it is no citation.
    """
    cited = read(_CITATION, raw)
    source = cited.source if cited.source and cited.source.startswith("http") else None
    return Citation(
        OWN,
        owned(raw),
        cited.url or source,
        cited.title or cited.document_title,
        cited.cited_text,
        cited.start_char_index,
        cited.end_char_index,
    )


def citation_object(citation: Citation) -> msgspec.Raw:
    """Return the JSON of a citation; one of another form becomes the kind that is nearest to it."""
    if citation.form is OWN:
        return citation.raw
    quote = citation.quote or ""
    shown: dict[str, object]
    if citation.url is not None:
        shown = {
            "type": "web_search_result_location",
            "url": citation.url,
            "title": citation.title,
            "encrypted_index": "",
            "cited_text": quote,
        }
    else:
        shown = {
            "type": "char_location",
            "cited_text": quote,
            "document_index": 0,
            "document_title": citation.title,
            "start_char_index": citation.start or 0,
            "end_char_index": citation.end or 0,
        }
    return msgspec.Raw(msgspec.json.encode(shown))


def mark_of(control: CacheControl | None) -> CacheMark | None:
    """Return the neutral mark of a cache breakpoint."""
    return None if control is None else CacheMark(control.ttl)


def control_of(mark: CacheMark | None) -> CacheControl | None:
    """Return the cache breakpoint of a neutral mark."""
    return None if mark is None else CacheControl(mark.ttl)


def said(raw: msgspec.Raw | msgspec.UnsetType) -> msgspec.Raw | None:
    """Return JSON that is there and not null, else None."""
    return None if isinstance(raw, msgspec.UnsetType) or bytes(raw) == b"null" else raw


def owned(raw: msgspec.Raw) -> msgspec.Raw:
    """Return `raw` as bytes of its own: a view would keep the whole body alive."""
    return raw.copy()


def _given(value: str | None, name: str) -> str:
    if value is None:
        raise WireError(f"{name}: missing", name)
    return value
