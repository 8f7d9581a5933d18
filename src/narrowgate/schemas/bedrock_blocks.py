"""Content blocks that requests and answers of Bedrock's Converse API share, to parts and back.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html (read 2026-11).
"""

from base64 import b64decode, b64encode
from binascii import Error

import msgspec
from msgspec import Raw, UnsetType

from narrowgate.model.conversation import (
    CacheMark,
    Citation,
    Foreign,
    Form,
    Part,
    Refusal,
    Seal,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from narrowgate.model.seals import seal_of, seal_text, sealed_id, split_id
from narrowgate.schemas.bedrock_converse import (
    Block,
    CachePoint,
    CitationLocation,
    CitationObject,
    CitationsContent,
    ReasoningContent,
    ReasoningText,
    TextLocation,
    TextPiece,
    ToolUseObject,
    WebLocation,
)
from narrowgate.schemas.bedrock_media import medium_of
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

OWN = Form.BEDROCK_CONVERSE
_BLOCK = msgspec.json.Decoder(Block)
_CITATION = msgspec.json.Decoder(CitationObject)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_NO_INPUT = Raw(b"{}")
_TAG = "ng1."  # how `seal_text` marks a seal of another form


def part_of(raw: Raw, spare_id: str = "") -> Part | CachePoint:
    """Return the part a block stands for; one that others do not know is a Foreign.

    `spare_id` names a call that has no id. JSON of a tool's result becomes its text.

    Raises:
        WireError: the block is not of its form.
    """
    block = read(_BLOCK, raw)
    result = block.tool_result
    if result is None or result.type is not None:
        return _plain_part(block, raw, spare_id)
    parts = tuple(_result_part(item, f"toolResult.content[{at}]") for at, item in enumerate(result.content or ()))
    identity = split_id(_given(result.tool_use_id, "toolResult.toolUseId"))[0]
    return ToolResult(identity, parts, is_error=result.status == "error")


def kind_of(raw: Raw) -> str:
    """Return the name of the member that says what an object is, "" when there is none."""
    return next((name for name, value in read(_MEMBERS, raw).items() if bytes(value) != b"null"), "")


def block_of(part: Text | Thought | ToolCall | Refusal) -> Block:
    """Return the block for `part`; seals that are not Bedrock's are tagged, to be known again."""
    match part:
        case Text(citations=()) | Refusal():
            return Block(text=part.text)
        case Text():
            citations = tuple(citation_object(citation) for citation in part.citations)
            return Block(citations_content=CitationsContent((TextPiece(part.text),), citations))
        case Thought(is_redacted=True):
            sealed = redacted_text(part.seal) if part.seal is not None else ""
            return Block(reasoning_content=ReasoningContent(redacted_content=sealed))
        case Thought():
            signature = seal_text(part.seal, OWN) if part.seal is not None else None
            return Block(reasoning_content=ReasoningContent(ReasoningText(part.text, signature)))
        case ToolCall():
            return Block(tool_use=ToolUseObject(sealed_id(part), part.name, input_of(part)))


def input_of(call: ToolCall) -> Raw:
    """Return a call's arguments as the object this form wants; free and broken text is its `input`."""
    if call.is_custom:
        return _wrapped(call.arguments)
    if not call.arguments.strip():
        return _NO_INPUT
    text = call.arguments.encode("utf-8", "replace")
    try:
        _MEMBERS.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return _wrapped(call.arguments)
    return Raw(text)


def redacted_of(text: str) -> Seal:
    """Return the seal that encrypted reasoning is; SDKs insist that it is base64."""
    try:
        tagged = b64decode(text, validate=True).decode()
    except (Error, ValueError):
        return seal_of(text, OWN)
    return seal_of(tagged, OWN) if tagged.startswith(_TAG) else seal_of(text, OWN)


def redacted_text(seal: Seal) -> str:
    """Return encrypted reasoning as base64; the mirror of `redacted_of`."""
    return seal.data if seal.form is OWN else b64encode(seal_text(seal, OWN).encode()).decode()


def citation_of(raw: Raw) -> Citation:
    """Return a citation as others can show it, with `raw` itself for its own form.

    Raises:
        WireError: it is no citation.
    """
    cited = read(_CITATION, raw)
    location = cited.location or CitationLocation()
    source = cited.source if cited.source and cited.source.startswith("http") else None
    quote = "".join(piece.text or "" for piece in cited.source_content or ())
    place = location.document_char or TextLocation()
    url = location.web.url if location.web is not None else None
    return Citation(OWN, owned(raw), url or source, cited.title, quote or None, place.start, place.end)


def citation_object(citation: Citation) -> Raw:
    """Return the JSON of a citation; one of another form becomes what is nearest to it."""
    if citation.form is OWN:
        return citation.raw
    if citation.url is not None:
        location = CitationLocation(web=WebLocation(citation.url))
    else:
        location = CitationLocation(document_char=TextLocation(0, citation.start or 0, citation.end or 0))
    quote = (TextPiece(citation.quote),) if citation.quote is not None else None
    return Raw(msgspec.json.encode(CitationObject(citation.title, citation.url, quote, location)))


def mark_of(point: CachePoint) -> CacheMark:
    """Return the neutral mark of a cache point."""
    return CacheMark(point.ttl or None)


def point_of(mark: CacheMark) -> CachePoint:
    """Return the cache point of a neutral mark."""
    return CachePoint() if mark.ttl is None else CachePoint(ttl=mark.ttl)


def said(raw: Raw | UnsetType) -> Raw | None:
    """Return JSON that is there and not null, else None."""
    return None if isinstance(raw, UnsetType) or bytes(raw) == b"null" else raw


def owned(raw: Raw) -> Raw:
    """Return `raw` as bytes of its own: a view would keep the whole body alive."""
    return raw.copy()


def _plain_part(block: Block, raw: Raw, spare_id: str) -> Part | CachePoint:
    """Return the part of any block but the result of a client's tool."""
    if block.text is not None:
        return Text(block.text)
    if block.cache_point is not None:
        return block.cache_point
    if block.reasoning_content is not None:
        return _thought_of(block.reasoning_content)
    if block.citations_content is not None:
        return _cited_of(block.citations_content)
    if block.tool_use is not None and block.tool_use.type in {None, "tool_use"}:
        return _call_of(block.tool_use, spare_id)
    if (json := said(block.json)) is not None:
        return Text(bytes(json).decode())
    found = medium_of(block)
    return found if found is not None else Foreign(OWN, kind_of(raw), owned(raw))


def _result_part(raw: Raw, path: str) -> Part:
    try:
        part = _plain_part(read(_BLOCK, raw), raw, "")
    except WireError as error:
        where = f"{path}.{error.path}" if error.path else path
        raise WireError(f"{where}: {str(error).removeprefix(f'{error.path}: ')}", where) from None
    return Foreign(OWN, "cachePoint", owned(raw)) if isinstance(part, CachePoint) else part


def _thought_of(content: ReasoningContent) -> Thought:
    if content.redacted_content is not None:
        seal = redacted_of(content.redacted_content) if content.redacted_content else None
        return Thought("", seal, is_redacted=True)
    said_text = content.reasoning_text or ReasoningText()
    return Thought(said_text.text or "", seal_of(said_text.signature, OWN) if said_text.signature else None)


def _cited_of(content: CitationsContent) -> Text:
    text = "".join(piece.text or "" for piece in content.content or ())
    return Text(text, citations=tuple(citation_of(raw) for raw in content.citations or ()))


def _call_of(use: ToolUseObject, spare_id: str) -> ToolCall:
    identity, seal = split_id(use.tool_use_id or _given(spare_id or None, "toolUse.toolUseId"))
    arguments = bytes(said(use.input) or _NO_INPUT).decode()
    return ToolCall(identity, _given(use.name, "toolUse.name"), arguments, seal=seal)


def _wrapped(text: str) -> Raw:
    return Raw(msgspec.json.encode({"input": text.encode("utf-8", "replace").decode()}))


def _given(value: str | None, path: str) -> str:
    if not value:
        raise WireError(f"{path}: missing", path)
    return value
