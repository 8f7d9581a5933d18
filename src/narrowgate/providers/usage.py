"""Read what a call used from answers in the OpenAI dialect; the last usage of a stream counts.

A count that is no plausible number is unknown: of the whole input or output, then there is no
usage; of a part of them, then that part counts as plain text.
"""

import msgspec
from msgspec import UnsetType

from narrowgate.model.operation import Operation
from narrowgate.model.usage import Usage
from narrowgate.providers.profile import ReasoningCount
from narrowgate.schemas.openai_usage import (
    Answer,
    Chunk,
    InputDetails,
    Loose,
    OutputDetails,
    ResponseEvent,
    UsageObject,
)
from narrowgate.wire.escapes import mended

_MOST_TOKENS = 1_000_000_000  # a thousand times the largest context window
_LONGEST_USAGE_BYTES = 65_536
_TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed"})
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_NO_INPUT_DETAILS = InputDetails()
_NO_OUTPUT_DETAILS = OutputDetails()

_ANSWER = msgspec.json.Decoder(Answer)
_CHUNK = msgspec.json.Decoder(Chunk)
_RESPONSE_EVENT = msgspec.json.Decoder(ResponseEvent)
_LOOSE = msgspec.json.Decoder(Loose)
_MEMBERS = msgspec.json.Decoder(dict[str, object])

_IMAGES = frozenset({Operation.IMAGE_GENERATIONS, Operation.IMAGE_EDITS, Operation.IMAGE_VARIATIONS})


def usage_of_body(operation: Operation, body: bytes, reasoning: ReasoningCount) -> Usage | None:
    """Return the usage that a whole answer reports; None when there is none to be read."""
    try:
        found = _ANSWER.decode(body).usage
    except _NOT_JSON:
        found = _loose_usage(body, is_response_event=False)
    return None if found is None else normal(operation, found, reasoning)


def usage_of_event(operation: Operation, data: bytes, reasoning: ReasoningCount) -> Usage | None:
    """Return the usage that the data of one stream event reports; None when there is none to be read."""
    is_response_event = operation is Operation.RESPONSES
    found: UsageObject | None = None
    try:
        if is_response_event:
            event = _RESPONSE_EVENT.decode(data)
            if event.type in _TERMINAL and event.response is not None:
                found = event.response.usage
        else:
            chunk = _CHUNK.decode(data)
            found = chunk.usage
            if found is None and chunk.x_groq is not None:
                found = chunk.x_groq.usage
    except _NOT_JSON:
        found = _loose_usage(data, is_response_event=is_response_event)
    return None if found is None else normal(operation, found, reasoning)


def normal(operation: Operation, found: UsageObject, reasoning: ReasoningCount) -> Usage | None:
    """Return `found` with every token in exactly one field; None when it does not tell the input."""
    given = found.prompt_tokens if found.prompt_tokens is not None else found.input_tokens
    made = found.completion_tokens if found.completion_tokens is not None else found.output_tokens
    total = found.total_tokens
    if total is not None and not 0 <= total <= _MOST_TOKENS:
        total = None
    if given is None:
        if total is None:
            return None
        given = max(total - (made or 0), 0)
    if made is None:
        made = 0 if total is None else max(total - given, 0)
    if not (0 <= given <= _MOST_TOKENS and 0 <= made <= _MOST_TOKENS):
        return None
    cache_read, cache_write, input_audio, input_image = _input_parts(found, given)
    thought, audio, image = _output_parts(operation, found, given, made, reasoning)
    ...
