"""Read whole answers of Bedrock's Converse API.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (read 2026-11).
"""

from collections.abc import Iterator

import msgspec
from msgspec import Raw, UnsetType

from narrowgate.model.conversation import Foreign, Part
from narrowgate.model.fault import Failed
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage
from narrowgate.providers.bedrock_converse.faults import fault_in
from narrowgate.schemas.bedrock_blocks import OWN, kind_of, owned, part_of, said
from narrowgate.schemas.bedrock_converse import CachePoint, ConverseAnswer, TokenUsage
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.escapes import mended

_ANSWER = msgspec.json.Decoder(ConverseAnswer)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_ANY = msgspec.json.Decoder(object)
# What `Reply` has a place for.
_KNOWN = frozenset({"output", "stopReason", "usage", "serviceTier"})
_FINISHES = {
    "end_turn": Finish.STOP,
    "tool_use": Finish.TOOL_CALLS,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "stop_sequence": Finish.STOP_SEQUENCE,
    "guardrail_intervened": Finish.CONTENT_FILTER,
    "content_filtered": Finish.CONTENT_FILTER,
}


def from_wire(body: bytes) -> Reply:
    """Return what a whole answer says.

    Raises:
        WireError: the body is not what Bedrock documents.
        Failed: the body is an error in spite of its status.
    """
    body = readable(body)
    answer = read(_ANSWER, body)
    if answer.output is None or answer.output.message is None:
        fault = fault_in(body)
        if fault is not None:
            raise Failed(fault)
        raise WireError("output.message: missing", "output.message")
    choice = Choice(
        tuple(_parts(answer.output.message.content or ())),
        finish_of(answer.stop_reason),
        stop_sequence_in(answer.additional_model_response_fields),
        finish_word=answer.stop_reason,
    )
    extras = ((name, owned(value)) for name, value in read(_MEMBERS, body).items() if name not in _KNOWN)
    return Reply(
        OWN,
        "",  # Bedrock names neither the answer nor the model
        "",
        (choice,),
        usage_of(answer.usage) if answer.usage is not None else None,
        service_tier=answer.service_tier.type if answer.service_tier is not None else None,
        extras=tuple(extras),
    )


def readable(text: bytes) -> bytes:
    """Return JSON with half surrogate pairs mended: models cut emojis in two.

    Raises:
        WireError: it is not UTF-8, which skipped strings would hide.
    """
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError as error:
            raise WireError(f"the answer is not UTF-8 at byte {error.start}") from None
    return mended(text) or text


def finish_of(word: str | None) -> Finish | None:
    """Return what a `stopReason` means."""
    return _FINISHES.get(word, Finish.OTHER) if word is not None else None


def usage_of(usage: TokenUsage) -> Usage:
    """Return token counts in their normal form: cached input is beside the input already."""
    written = _count(usage.cache_write_input_tokens)
    details = usage.cache_details or ()
    hour = min(written, sum(_count(detail.input_tokens) for detail in details if detail.ttl == "1h"))
    return Usage(
        _count(usage.input_tokens),
        _count(usage.cache_read_input_tokens),
        written - hour,
        output_text=_count(usage.output_tokens),
        cache_write_1h=hour,
    )


def stop_sequence_in(fields: Raw | UnsetType) -> str | None:
    """Return the stop sequence met, which is told only to who asked for that field of the model's answer."""
    told = said(fields)
    document: object = read(_ANY, told) if told is not None else None
    for _ in range(2):
        if not isinstance(document, dict):
            return None
        found = document.get("stop_sequence")
        if isinstance(found, str):
            return found
        document = document.get("delta")
    return None


def _parts(content: tuple[Raw, ...]) -> Iterator[Part]:
    for number, block in enumerate(content):
        if not kind_of(block):
            continue
        part = part_of(block, f"call_{number}")
        yield Foreign(OWN, "cachePoint", owned(block)) if isinstance(part, CachePoint) else part


def _count(value: float | None) -> int:
    return max(int(value), 0) if value is not None else 0
