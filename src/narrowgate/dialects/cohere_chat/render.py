"""Write Cohere's whole answers, and what they have in common with its streams.

Source: https://docs.cohere.com/v2/reference/chat (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import Citation, Foreign, Form, Refusal, Text, Thought, ToolCall
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.seals import seal_text, sealed_id
from narrowgate.model.usage import Usage
from narrowgate.schemas import cohere_chat as schema

FORM = Form.COHERE_CHAT
_ENCODER = msgspec.json.Encoder()
_WORDS = {
    None: "COMPLETE",
    Finish.STOP: "COMPLETE",
    Finish.STOP_SEQUENCE: "STOP_SEQUENCE",
    Finish.LENGTH: "MAX_TOKENS",
    Finish.TOOL_CALLS: "TOOL_CALL",
    Finish.CONTENT_FILTER: "ERROR",
    Finish.REFUSAL: "ERROR",
    Finish.PAUSE: "COMPLETE",
    Finish.OTHER: "ERROR",
}


class _Logprob(msgspec.Struct):
    token: str = ""
    logprob: float | None = None


class _Logprobs(msgspec.Struct):
    content: list[_Logprob] | None = None


_LOGPROBS = msgspec.json.Decoder(_Logprobs)


def body_of(reply: Reply) -> bytes:
    """Return the body of a whole answer: its first choice, for Cohere has no more."""
    choice = reply.choices[0]
    body: dict[str, object] = {
        "id": reply.id,
        "finish_reason": word_of(choice.finish, _own_word(reply, choice), has_calls=_has_calls(choice)),
        "message": _message(choice),
    }
    if reply.usage is not None:
        body["usage"] = usage_of(reply.usage, reply.charged)
    logprobs = logprobs_of(choice.logprobs) if choice.logprobs is not None else []
    if logprobs:
        body["logprobs"] = logprobs
    if reply.form is FORM:
        for name, value in reply.extras:
            body.setdefault(name, value)
    return _ENCODER.encode(body)


def fault_of(fault: Fault) -> bytes:
    """Return the body of an error answer."""
    body = {"id": fault.request_id or "", "message": fault.message}
    kind = fault.upstream_type or fault.code
    return _ENCODER.encode(body | {"error_type": kind} if kind else body)


def word_of(finish: Finish | None, own_word: str | None, *, has_calls: bool) -> str:
    """Return Cohere's word for why the model stopped, `own_word` if that is Cohere's."""
    if own_word is not None:
        return own_word
    return "TOOL_CALL" if has_calls and finish in (None, Finish.STOP) else _WORDS[finish]


def usage_of(usage: Usage, charged: Usage | None) -> dict[str, object]:
    """Return `usage` as Cohere counts: charged units, tokens with the template, cached ones of them."""
    bill = charged or usage
    tokens = {"input_tokens": usage.input_total - usage.input_image, "output_tokens": usage.output_total}
    images = bill.input_image
    if images:
        tokens["image_tokens"] = images
    if usage.reasoning:
        tokens["reasoning_tokens"] = usage.reasoning
    return {
        "billed_units": {"input_tokens": bill.input_total, "output_tokens": bill.output_total},
        "tokens": tokens,
        "cached_tokens": usage.cache_read,
    }


def citation_of(citation: Citation, text: str, content_index: int) -> object:
    """Return a citation of `text`, as it came if it is Cohere's."""
    if citation.form is FORM:
        return citation.raw
    start, end = citation.start, citation.end
    document = {"title": citation.title, "url": citation.url, "text": citation.quote}
    shown = {name: value for name, value in document.items() if value is not None}
    identity = citation.url or citation.title or ""
    written: dict[str, object] = {
        "text": text[start:end] if start is not None and end is not None else "",
        "sources": [{"type": "document", "id": identity, "document": {"id": identity, **shown}}],
        "type": "TEXT_CONTENT",
        "content_index": content_index,
    }
    return written | {name: value for name, value in (("start", start), ("end", end)) if value is not None}


def thinking_of(part: Thought) -> dict[str, object]:
    """Return the part of a content that stands for reasoning, with its seal for when it comes back."""
    written: dict[str, object] = {"type": "thinking", "thinking": part.text}
    if part.seal is not None:
        written["signature"] = seal_text(part.seal, FORM)
    return written | {"redacted": True} if part.is_redacted else written


def is_plan(part: Thought) -> bool:
    """Whether reasoning is Cohere's `tool_plan`."""
    return part.seal is not None and part.seal.form is FORM and part.seal.data == schema.TOOL_PLAN


def logprobs_of(raw: msgspec.Raw) -> list[dict[str, object]]:
    """Return Cohere's items for OpenAI Chat's `logprobs` object."""
    try:
        told = _LOGPROBS.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return []
    return [{"text": item.token, "token_ids": [], "logprobs": [item.logprob]} for item in told.content or ()]


def _message(choice: Choice) -> dict[str, object]:  # noqa: C901 - one case a part
    message: dict[str, object] = {"role": "assistant"}
    content: list[object] = []
    citations: list[object] = []
    calls: list[object] = []
    plans: list[str] = []
    for part in choice.parts:
        match part:
            case Text():
                citations += [citation_of(citation, part.text, len(content)) for citation in part.citations]
                content.append({"type": "text", "text": part.text})
            case Refusal():
                content.append({"type": "text", "text": part.text})
            case Thought() if is_plan(part):
                plans.append(part.text)
            case Thought():
                content.append(thinking_of(part))
            case ToolCall():
                function = {"name": part.name, "arguments": part.arguments}
                calls.append({"id": sealed_id(part), "type": "function", "function": function})
            case Foreign() if part.form is FORM:
                content.append(part.raw)
            case _:
                pass  # Cohere's answers have no place for it
    if content:
        message["content"] = content
    if plans:
        message["tool_plan"] = "".join(plans)
    if calls:
        message["tool_calls"] = calls
    if citations:
        message["citations"] = citations
    return message


def _own_word(reply: Reply, choice: Choice) -> str | None:
    return choice.finish_word if reply.form is FORM else None


def _has_calls(choice: Choice) -> bool:
    return any(isinstance(part, ToolCall) for part in choice.parts)
