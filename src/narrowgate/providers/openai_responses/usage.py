"""What OpenAI's Responses API counts, in the normal form: cached tokens and reasoning are inside its totals.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11).
"""

from narrowgate.model.usage import Usage
from narrowgate.schemas.openai_responses import InputDetails, OutputDetails
from narrowgate.schemas.openai_responses import Usage as Told


def normal(told: Told) -> Usage:
    """Return the counts with every token in one field; details never exceed the total they are part of."""
    into, out = told.input_tokens_details or InputDetails(), told.output_tokens_details or OutputDetails()
    given, made = _count(told.input_tokens), _count(told.output_tokens)
    reasoning = _count(out.reasoning_tokens)
    # xAI counts reasoning beside the output in some answers; its total shows it.
    if reasoning and _count(told.total_tokens) == given + made + reasoning:
        made += reasoning
    cache_read, rest = _taken(into.cached_tokens, given)
    cache_write, rest = _taken(into.cache_write_tokens, rest)
    input_audio, rest = _taken(into.audio_tokens, rest)
    input_image, input_text = _taken(into.image_tokens, rest)
    reasoning, rest = _taken(out.reasoning_tokens, made)
    output_audio, rest = _taken(out.audio_tokens, rest)
    output_image, output_text = _taken(out.image_tokens, rest)
    return Usage(
        input_text=input_text,
        cache_read=cache_read,
        cache_write=cache_write,
        input_audio=input_audio,
        input_image=input_image,
        output_text=output_text,
        reasoning=reasoning,
        output_audio=output_audio,
        output_image=output_image,
    )


def _taken(wanted: float | None, available: int) -> tuple[int, int]:
    """Return (what can be taken of `wanted`, what is left)."""
    taken = min(_count(wanted), available)
    return taken, available - taken


def _count(value: float | None) -> int:
    return max(int(value or 0), 0)
