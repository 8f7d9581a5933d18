"""Read Cohere's whole answers, and what they have in common with its streams.

Source: https://docs.cohere.com/v2/reference/chat (read 2026-11).
"""

from collections.abc import Sequence

import msgspec

from narrowgate.model import conversation as talk
from narrowgate.model.conversation import Form, Seal, Text, Thought
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage
from narrowgate.schemas import cohere_chat as schema
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound

FORM = Form.COHERE_CHAT
PLAN = Seal(FORM, schema.TOOL_PLAN)
_ANSWER = msgspec.json.Decoder(schema.Answer)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PART = msgspec.json.Decoder(schema.Part)
_CITATION = msgspec.json.Decoder(schema.Citation)
_KNOWN = frozenset(schema.Answer.__struct_fields__)
_FINISHES = {
    "COMPLETE": Finish.STOP,
    "STOP_SEQUENCE": Finish.STOP_SEQUENCE,
    "MAX_TOKENS": Finish.LENGTH,
    "TOOL_CALL": Finish.TOOL_CALLS,
    "ERROR_TOXIC": Finish.CONTENT_FILTER,
}


def reply_of(body: bytes) -> Reply:
    """Return what a whole answer says.

    Raises:
        WireError: the body is not what Cohere documents.
        Failed: it is an error.
    """
    text = sound(body)
    answer = read(_ANSWER, text)
    message = answer.message
    if isinstance(message, str):
        raise Failed(broken(message, None))
    if message is None:
        raise WireError("message: an answer has one", "message")
    choice = Choice(
        _parts(message),
        finish_of(answer.finish_reason),
        None,
        logprobs_of(answer.logprobs) if answer.logprobs else None,
        answer.finish_reason,
    )
    usage, charged = usages(answer.usage)
    extras = tuple((name, value) for name, value in read(_MEMBERS, text).items() if name not in _KNOWN)
    return Reply(FORM, answer.id or "", "", (choice,), usage, extras=extras, charged=charged)


def finish_of(word: str | None) -> Finish | None:
    """Return why the model stopped, None when it was not told."""
    return _FINISHES.get(word, Finish.OTHER) if word else None


def broken(words: str, kind: str | None) -> Fault:
    """Return the fault of an answer that turned out to be an error."""
    return Fault(FaultKind.UPSTREAM_REFUSED, words, code=kind, upstream_type=kind)


def usages(told: schema.Usage | None) -> tuple[Usage | None, Usage | None]:
    """Return the tokens used and those charged for: Cohere does not charge for its template.

    Of the pictures' tokens it tells beside `input_tokens`, only those charged are counted.
    """
    if told is None or (told.tokens is None and told.billed_units is None):
        return None, None
    billed, tokens = told.billed_units, told.tokens or told.billed_units or schema.Counts()
    taken, made = _count(tokens.input_tokens), _count(tokens.output_tokens)
    cached = min(_count(told.cached_tokens), taken)
    thought = min(_count(tokens.reasoning_tokens), made)
    usage = Usage(input_text=taken - cached, cache_read=cached, output_text=made - thought, reasoning=thought)
    if billed is None:
        return usage, None
    charged_in, charged_out = _count(billed.input_tokens), _count(billed.output_tokens)
    images = min(_count(tokens.image_tokens), charged_in)
    return usage, Usage(input_text=charged_in - images, input_image=images, output_text=charged_out)


def citation_of(raw: msgspec.Raw) -> tuple[talk.Citation, int | None]:
    """Return a citation and the index of the content it is of, None when that is not told."""
    try:
        told = read(_CITATION, raw)
    except WireError:  # it is shown to Cohere's own clients, whatever it is
        return talk.Citation(FORM, raw), None
    source = next(iter(told.sources or ()), None)
    document = (source.document or source.tool_output) if source is not None else None
    citation = talk.Citation(
        FORM,
        raw,
        _text(document.url) if document is not None else None,
        (_text(document.title) if document is not None else None) or (source.id if source is not None else None),
        _text(document.text) if document is not None else None,
        None if told.start is None else int(told.start),
        None if told.end is None else int(told.end),
    )
    return citation, None if told.content_index is None else int(told.content_index)


def logprobs_of(items: Sequence[schema.LogprobItem]) -> msgspec.Raw:
    """Return OpenAI Chat's `logprobs` object: Cohere tells the text of several tokens at once."""
    content: list[dict[str, object]] = []
    for item in items:
        known = [value for value in item.logprobs or () if value is not None]
        text = item.text or ""
        content.append({"token": text, "logprob": sum(known), "bytes": list(text.encode()), "top_logprobs": []})
    return msgspec.Raw(msgspec.json.encode({"content": content}))


def part_of(raw: msgspec.Raw) -> Text | Thought | talk.Foreign:
    """Return a part of an answer's content."""
    part = read(_PART, raw)
    if part.type == "thinking" or (not part.type and part.thinking is not None):
        return Thought(part.thinking or "")
    if part.type in ("text", ""):
        return Text(part.text or "")
    return talk.Foreign(FORM, part.type, msgspec.Raw(bytes(raw)))


def _parts(message: schema.AnswerMessage) -> tuple[talk.Part, ...]:
    plan = [Thought(message.tool_plan, PLAN)] if message.tool_plan else []
    content = message.content or []
    said: list[Text | Thought | talk.Foreign] = (
        [Text(content)] if isinstance(content, str) else [part_of(raw) for raw in content]
    )
    for raw in message.citations or ():
        citation, index = citation_of(msgspec.Raw(bytes(raw)))
        at = index if index is not None else next((i for i, part in enumerate(said) if isinstance(part, Text)), -1)
        cited = said[at] if 0 <= at < len(said) else None
        if isinstance(cited, Text):
            said[at] = msgspec.structs.replace(cited, citations=(*cited.citations, citation))
    calls = [
        talk.ToolCall(
            call.id or f"call_{number}",
            (call.function and call.function.name) or "",
            (call.function and call.function.arguments) or "",
        )
        for number, call in enumerate(message.tool_calls or ())
    ]
    return (*plan, *said, *calls)


def _count(value: float | None) -> int:
    return max(int(value), 0) if value else 0


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
