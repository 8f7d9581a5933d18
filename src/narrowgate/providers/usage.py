"""Read how many tokens a provider says a call used, by each provider's way of counting."""

import msgspec

from narrowgate.model.operation import Operation
from narrowgate.model.usage import Usage
from narrowgate.providers.profile import ReasoningCount

_MOST_TOKENS = 1_000_000_000


class _Details(msgspec.Struct, gc=False):
    cached_tokens: object = None
    cache_write_tokens: object = None
    audio_tokens: object = None
    image_tokens: object = None
    reasoning_tokens: object = None


class _Counts(msgspec.Struct, gc=False):
    """The union of what OpenAI-like providers call their counts."""

    prompt_tokens: object = None
    completion_tokens: object = None
    input_tokens: object = None
    output_tokens: object = None
    total_tokens: object = None
    prompt_tokens_details: _Details | None = None
    prompt_token_details: _Details | None = None
    completion_tokens_details: _Details | None = None
    input_tokens_details: _Details | None = None
    input_token_details: _Details | None = None
    output_tokens_details: _Details | None = None
    cached_tokens: object = None
    num_cached_tokens: object = None
    prompt_cache_hit_tokens: object = None
    reasoning_tokens: object = None


class _Groq(msgspec.Struct, gc=False):
    usage: _Counts | None = None


class _Inner(msgspec.Struct, gc=False):
    usage: _Counts | None = None


class _Body(msgspec.Struct, gc=False):
    usage: _Counts | None = None
    x_groq: _Groq | None = None
    response: _Inner | None = None


_BODY = msgspec.json.Decoder(_Body)


def usage_of_body(operation: Operation, body: bytes, reasoning: ReasoningCount) -> Usage | None:
    """Return the usage told in a whole JSON answer, None when it tells none (or is no JSON)."""
    try:
        counts = _BODY.decode(body).usage
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return None if counts is None else _normal(operation, counts, reasoning)


def usage_of_event(operation: Operation, data: bytes, reasoning: ReasoningCount) -> Usage | None:
    """Return the usage told in the data of one stream event, None when it tells none."""
    try:
        body = _BODY.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    counts = body.usage
    if counts is None and body.response is not None:
        counts = body.response.usage
    if counts is None and body.x_groq is not None:
        counts = body.x_groq.usage
    return None if counts is None else _normal(operation, counts, reasoning)


def _normal(operation: Operation, counts: _Counts, reasoning: ReasoningCount) -> Usage | None:
    into = _number(counts.prompt_tokens if counts.prompt_tokens is not None else counts.input_tokens)
    out = _number(counts.completion_tokens if counts.completion_tokens is not None else counts.output_tokens)
    if into is None and out is None:
        # Embeddings of some providers tell a total only.
        into = _number(counts.total_tokens)
        if into is None:
            return None
    into, out = into or 0, out or 0
    details_in = (
        counts.prompt_tokens_details
        or counts.input_tokens_details
        or counts.prompt_token_details
        or counts.input_token_details
        or _NO_DETAILS
    )
    details_out = counts.completion_tokens_details or counts.output_tokens_details or _NO_DETAILS
    cached = _first(
        details_in.cached_tokens, counts.prompt_cache_hit_tokens, counts.cached_tokens, counts.num_cached_tokens
    )
    cached = min(cached, into)
    written = min(_first(details_in.cache_write_tokens), into - cached)
    audio_in = min(_first(details_in.audio_tokens), into - cached - written)
    image_in = min(_first(details_in.image_tokens), into - cached - written - audio_in)
    thought = _first(details_out.reasoning_tokens, counts.reasoning_tokens)
    audio_out = min(_first(details_out.audio_tokens), out)
    image_out = min(_first(details_out.image_tokens), out - audio_out)
    if operation in _IMAGES and details_out is _NO_DETAILS:
        image_out = out
    if reasoning is ReasoningCount.INSIDE:
        thought = min(thought, out - audio_out - image_out)
        text_out = out - audio_out - image_out - thought
    else:
        text_out = out - audio_out - image_out
    return Usage(
        input_text=into - cached - written - audio_in - image_in,
        cache_read=cached,
        cache_write=written,
        input_audio=audio_in,
        input_image=image_in,
        output_text=text_out,
        reasoning=thought,
        output_audio=audio_out,
        output_image=image_out,
    )


_NO_DETAILS = _Details()
_IMAGES = frozenset({Operation.IMAGE_GENERATIONS, Operation.IMAGE_EDITS, Operation.IMAGE_VARIATIONS})


def _number(value: object) -> int | None:
    """Return a count, or None for what is none (negative, huge, a fraction, a word)."""
    if type(value) is int and 0 <= value <= _MOST_TOKENS:
        return value
    return None


def _first(*values: object) -> int:
    for value in values:
        if value is not None:
            return _number(value) or 0
    return 0
