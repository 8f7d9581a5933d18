"""Read whole answers of Anthropic's Messages API, and what streams share with them.

Source: https://platform.claude.com/docs/en/api/messages (read 2026-11).
"""

import msgspec
from msgspec import Raw

from narrowgate.model.conversation import Part
from narrowgate.model.fault import Failed
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage
from narrowgate.providers.anthropic_messages.faults import fault_in
from narrowgate.schemas.anthropic_blocks import OWN, kind_of, owned, part_of, said
from narrowgate.schemas.anthropic_messages import MessageAnswer, UsageObject
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.escapes import mended

_ANSWER = msgspec.json.Decoder(MessageAnswer)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_KNOWN = frozenset({*(field.name for field in msgspec.structs.fields(MessageAnswer)), "role"})
_FINISHES = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP_SEQUENCE,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "tool_use": Finish.TOOL_CALLS,
    "refusal": Finish.REFUSAL,
    "pause_turn": Finish.PAUSE,
}


def from_wire(body: bytes) -> Reply:
    """Return what a whole answer says.

    Raises:
        WireError: the body is no message.
        Failed: the body is an error in spite of its status.
    """
    body = readable(body)
    answer = read(_ANSWER, body)
    if answer.type == "error" or (answer.content is None and said(answer.error) is not None):
        raise Failed(fault_in(body))
    if answer.content is None:
        raise WireError("content: missing; this is no message", "content")
    choice = Choice(
        tuple(_parts(answer.content)),
        finish_of(answer.stop_reason),
        answer.stop_sequence,
        finish_word=answer.stop_reason,
    )
    extras = tuple(
        (name, owned(value))
        for name, value in read(_MEMBERS, body).items()
        if name not in _KNOWN and bytes(value) != b"null"
    )
    usage = usage_of(answer.usage) if answer.usage is not None else None
    tier = answer.usage.service_tier if answer.usage is not None else None
    return Reply(OWN, answer.id or "", answer.model or "", (choice,), usage, service_tier=tier, extras=extras)


def readable(body: bytes) -> bytes:
    """Return JSON of the provider's with half surrogate pairs mended.

    Raises:
        WireError: it is not UTF-8, which skipped strings would hide.
    """
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            raise WireError("the answer is not UTF-8") from None
    return mended(body) or body


def finish_of(stop_reason: str | None) -> Finish | None:
    """Return the neutral reason for `stop_reason`."""
    return None if stop_reason is None else _FINISHES.get(stop_reason, Finish.OTHER)


def usage_of(usage: UsageObject) -> Usage:
    """Return token counts in the normal form: cached input is beside here, and thinking inside of the output."""
    output = _count(usage.output_tokens)
    details = usage.output_tokens_details
    reasoning = min(_count(details.thinking_tokens), output) if details is not None else 0
    written, split = _count(usage.cache_creation_input_tokens), usage.cache_creation
    hour = _count(split.ephemeral_1h_input_tokens) if split is not None else 0
    # The sum is in every answer, its parts are not.
    written = max(written, hour + (_count(split.ephemeral_5m_input_tokens) if split is not None else 0))
    return Usage(
        _count(usage.input_tokens),
        _count(usage.cache_read_input_tokens),
        written - hour,
        output_text=output - reasoning,
        reasoning=reasoning,
        cache_write_1h=hour,
    )


def _parts(blocks: tuple[Raw, ...]) -> list[Part]:
    parts: list[Part] = []
    for number, block in enumerate(blocks):
        parts.append(part_of(kind_of(block), block, f"call_{number}"))
    return parts


def _count(number: float | None) -> int:
    return max(int(number), 0) if number is not None else 0
