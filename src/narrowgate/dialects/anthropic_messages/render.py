"""Write whole answers, token counts and errors of Anthropic's Messages API.

Source: https://platform.claude.com/docs/en/api/messages, …/errors (read 2026-11).
"""

from collections.abc import Iterator

import msgspec

from narrowgate.model.conversation import Foreign, Form, Image, Part, Refusal, Text, Thought, ToolCall
from narrowgate.model.fault import Fault, status_of
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage
from narrowgate.schemas.anthropic_blocks import OWN, block_of
from narrowgate.schemas.anthropic_messages import CacheCreation, ImageBlock, OutputDetails, SourceObject, UsageObject

_ENCODER = msgspec.json.Encoder()
_STOP_REASONS = {
    Finish.STOP: "end_turn",
    Finish.STOP_SEQUENCE: "stop_sequence",
    Finish.LENGTH: "max_tokens",
    Finish.TOOL_CALLS: "tool_use",
    Finish.CONTENT_FILTER: "refusal",
    Finish.REFUSAL: "refusal",
    Finish.PAUSE: "pause_turn",
    Finish.OTHER: "end_turn",
}
_OWN_TIERS = frozenset({"standard", "priority", "batch"})
_TIERS = {"default": "standard", "auto": "standard"}
_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_OWN_ERROR_TYPES = frozenset(_ERROR_TYPES.values())


def render(reply: Reply, model: str) -> bytes:
    """Return the body of a whole answer: its first choice, which is all this form has.

    `model` was asked for; it stands in where the provider names none.
    """
    choice = reply.choices[0]
    body: dict[str, object] = {
        "id": reply.id or "msg_0",
        "type": "message",
        "role": "assistant",
        "model": reply.model or model,
        "content": list(_blocks(choice.parts)),
        "stop_reason": _whole_stop_reason(choice, reply.form),
        "stop_sequence": choice.stop_sequence,
        "usage": usage_object(reply.usage or Usage(), reply.service_tier),
    }
    if reply.form is OWN:
        body |= reply.extras
    return _ENCODER.encode(body)


def render_count(input_tokens: int) -> bytes:
    """Return the answer of `count_tokens`."""
    return _ENCODER.encode({"input_tokens": input_tokens})


def render_fault(fault: Fault) -> bytes:
    """Return the body of an error answer."""
    return _ENCODER.encode(error_object(fault))


def error_object(fault: Fault) -> object:
    """Return the JSON of an error, in a stream as in a body."""
    error = {"type": _error_type(fault), "message": fault.message}
    body: dict[str, object] = {"type": "error", "error": error}
    if fault.request_id is not None:
        body["request_id"] = fault.request_id
    return body


def stop_reason(finish: Finish | None, word: str | None, *, has_calls: bool) -> str:
    """Return why an answer ended. `word` is the provider's own, if it speaks this form.

    OpenAI says `stop` after a forced call too; clients of this form run tools on `tool_use` alone.
    """
    if word is not None:
        return word
    if finish in {None, Finish.STOP, Finish.OTHER} and has_calls:
        return "tool_use"
    return "end_turn" if finish is None else _STOP_REASONS[finish]


def usage_object(usage: Usage, service_tier: str | None = None) -> UsageObject:
    """Return token counts as this form counts: cached input beside, thinking inside."""
    tier = _TIERS.get(service_tier or "", service_tier)
    return UsageObject(
        usage.input_text + usage.input_audio + usage.input_image,
        usage.cache_write_total,
        usage.cache_read,
        usage.output_total,
        OutputDetails(usage.reasoning) if usage.reasoning else None,
        tier if tier in _OWN_TIERS else None,
        CacheCreation(usage.cache_write, usage.cache_write_1h) if usage.cache_write_total else None,
    )


def shown_block(part: Text | Thought | Refusal | ToolCall | Image | Foreign) -> object | None:
    """Return the block a client is shown for `part`, None for what only another form knows."""
    match part:
        case Foreign():
            return part.raw if part.form is OWN else None
        case Image():
            source = part.source
            kind = "base64" if source.data is not None else "url" if source.url is not None else "file"
            return ImageBlock(SourceObject(kind, source.media_type, source.data, source.url, source.file_id))
        case _:
            return block_of(part)


def _blocks(parts: tuple[Part, ...]) -> Iterator[object]:
    for part in parts:
        if isinstance(part, Text | Thought | Refusal | ToolCall | Image | Foreign):
            block = shown_block(part)
            if block is not None:
                yield block


def _whole_stop_reason(choice: Choice, form: Form) -> str:
    has_calls = any(isinstance(part, ToolCall) for part in choice.parts)
    return stop_reason(choice.finish, choice.finish_word if form is OWN else None, has_calls=has_calls)


def _error_type(fault: Fault) -> str:
    if fault.upstream_type in _OWN_ERROR_TYPES:
        return fault.upstream_type or ""
    status = status_of(fault)
    return _ERROR_TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
