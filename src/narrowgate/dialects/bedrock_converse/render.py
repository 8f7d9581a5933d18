"""Write whole answers and errors of Bedrock's Converse API.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html,
…/CommonErrors.html (read 2026-11).
"""

from collections.abc import Iterator

import msgspec
from msgspec import UNSET, Raw

from narrowgate.model.conversation import Foreign, Image, Part, Refusal, Text, Thought, ToolCall
from narrowgate.model.fault import Fault, FaultKind, status_of
from narrowgate.model.reply import Finish, Reply
from narrowgate.model.usage import Usage
from narrowgate.schemas.bedrock_blocks import OWN, block_of
from narrowgate.schemas.bedrock_converse import (
    Block,
    CacheDetail,
    MediumObject,
    ServiceTier,
    SourceObject,
    TokenUsage,
)
from narrowgate.schemas.bedrock_media import IMAGE_FORMATS

_ENCODER = msgspec.json.Encoder()
_STOP_REASONS = {
    Finish.STOP: "end_turn",
    Finish.STOP_SEQUENCE: "stop_sequence",
    Finish.LENGTH: "max_tokens",
    Finish.TOOL_CALLS: "tool_use",
    Finish.CONTENT_FILTER: "content_filtered",
    Finish.REFUSAL: "content_filtered",
    Finish.PAUSE: "end_turn",
    Finish.OTHER: "end_turn",
}
_ERROR_TYPES = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}
_TIERS = frozenset({"priority", "default", "flex", "reserved"})


def render(reply: Reply) -> bytes:
    """Return the body of a whole answer: its first choice, which is all this form has."""
    choice = reply.choices[0]
    has_calls = any(isinstance(part, ToolCall) for part in choice.parts)
    word = choice.finish_word if reply.form is OWN else None
    body: dict[str, object] = {
        "output": {"message": {"role": "assistant", "content": list(_blocks(choice.parts))}},
        "stopReason": stop_reason(choice.finish, word, has_calls=has_calls),
        "usage": usage_object(reply.usage or Usage()),
        "metrics": {"latencyMs": 0},  # required, and not known here
    }
    if choice.stop_sequence is not None:
        body["additionalModelResponseFields"] = {"stop_sequence": choice.stop_sequence}
    if reply.service_tier in _TIERS:
        body["serviceTier"] = ServiceTier(reply.service_tier)
    if reply.form is OWN:
        body |= reply.extras
    return _ENCODER.encode(body)


def render_fault(fault: Fault) -> bytes:
    """Return the body of an error answer; its kind goes into a header, see `error_type`."""
    return _ENCODER.encode({"message": fault.message})


def error_type(fault: Fault) -> str:
    """Return the value of the header `x-amzn-errortype`, by which AWS's SDKs tell errors apart."""
    told = fault.upstream_type
    if told is not None and told.endswith("Exception") and told.isascii() and told.isalnum():
        return told
    if fault.kind is FaultKind.OVER_BUDGET:
        return "ServiceQuotaExceededException"  # ThrottlingException would be tried again
    status = status_of(fault)
    return _ERROR_TYPES.get(status, "InternalServerException" if status >= 500 else "ValidationException")


def stop_reason(finish: Finish | None, word: str | None, *, has_calls: bool) -> str:
    """Return why an answer ended. `word` is the provider's own, if it speaks this form.

    OpenAI says `stop` after a forced call too; clients of this form run tools on `tool_use` alone.
    """
    if word is not None:
        return word
    if finish in {None, Finish.STOP, Finish.OTHER} and has_calls:
        return "tool_use"
    return "end_turn" if finish is None else _STOP_REASONS[finish]


def usage_object(usage: Usage) -> TokenUsage:
    """Return token counts as this form counts: cached input beside, reasoning inside, the total over all."""
    return TokenUsage(
        usage.input_text + usage.input_audio + usage.input_image,
        usage.output_total,
        usage.input_total + usage.output_total,
        usage.cache_read,
        usage.cache_write_total,
        (CacheDetail("5m", usage.cache_write), CacheDetail("1h", usage.cache_write_1h))
        if usage.cache_write_1h
        else UNSET,
    )


def shown_block(part: Part) -> Block | Raw | None:
    """Return the block a client is shown for `part`, None for what this form has no place for."""
    match part:
        case Foreign():
            return part.raw if part.form is OWN else None
        case Image():
            word = IMAGE_FORMATS.get(part.source.media_type or "image/png")
            data = part.source.data
            return Block(image=MediumObject(word, SourceObject(data))) if word and data is not None else None
        case Text() | Thought() | Refusal() | ToolCall():
            return block_of(part)
        case _:
            return None


def _blocks(parts: tuple[Part, ...]) -> Iterator[Block | Raw]:
    for part in parts:
        block = shown_block(part)
        if block is not None:
            yield block
