"""Gemini's token counts in the normal form.

Cached tokens are in the prompt's count; thoughts and what tools put into the prompt stand beside.
Source: https://ai.google.dev/api/generate-content#UsageMetadata (read 2026-11).
"""

from narrowgate.model.usage import Usage
from narrowgate.schemas.gemini_generate import ModalityCount, Number, UsageMetadata
from narrowgate.schemas.gemini_words import modality_word

_MOST_TOKENS = 1_000_000_000
_SEEN = frozenset({"IMAGE", "VIDEO"})
_HEARD = frozenset({"AUDIO"})


def usage_of(found: UsageMetadata) -> Usage | None:
    """Return `found` with every token in exactly one field; None when the prompt is not counted."""
    if found.prompt_token_count is None:
        return None
    prompt = count(found.prompt_token_count)
    cached = min(count(found.cached_content_token_count), prompt)
    used = count(found.tool_use_prompt_token_count)
    fresh = prompt - cached + used
    made = count(found.candidates_token_count)
    thought = count(found.thoughts_token_count)
    given = (found.prompt_tokens_details or []) + (found.tool_use_prompt_tokens_details or [])
    audio = min(max(_of(given, _HEARD) - _of(found.cache_tokens_details, _HEARD), 0), fresh)
    image = min(max(_of(given, _SEEN) - _of(found.cache_tokens_details, _SEEN), 0), fresh - audio)
    spoken = min(_of(found.candidates_tokens_details, _HEARD), made)
    drawn = min(_of(found.candidates_tokens_details, _SEEN), made - spoken)
    return Usage(
        input_text=fresh - audio - image,
        cache_read=cached,
        input_audio=audio,
        input_image=image,
        output_text=made - spoken - drawn,
        reasoning=thought,
        output_audio=spoken,
        output_image=drawn,
    )


def count(number: Number | None) -> int:
    """Return `number` as a count of tokens; 0 when it is no plausible one."""
    return int(number) if number is not None and 0 < number <= _MOST_TOKENS else 0


def _of(details: list[ModalityCount] | None, modalities: frozenset[str]) -> int:
    found = 0
    for detail in details or ():
        if detail.modality is not None and detail.modality != "TEXT" and modality_word(detail.modality) in modalities:
            found += count(detail.token_count)
    return found
