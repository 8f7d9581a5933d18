"""Read what a call used from answers in the OpenAI dialect; the last usage of a stream counts.

A count that is no plausible number is unknown: of the whole input or output, then there is no
usage; of a part of them, then that part counts as plain text.
"""

import msgspec
from msgspec import Raw

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
_TERMINAL_TEXTS = frozenset(name.encode() for name in _TERMINAL)
_UNKNOWN = -1
_CHAT = Operation.CHAT
_RESPONSES = Operation.RESPONSES  # with totals that contain the reasoning, whoever answers
_INSIDE = ReasoningCount.INSIDE
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_NO_INPUT_DETAILS = InputDetails()

_ANSWER = msgspec.json.Decoder(Answer)
_CHUNK = msgspec.json.Decoder(Chunk)
_RESPONSE_EVENT = msgspec.json.Decoder(ResponseEvent)
_LOOSE = msgspec.json.Decoder(Loose)
_MEMBERS = msgspec.json.Decoder(dict[str, object])
_LONG_BYTES = 4 << 20
_DOCUMENT = msgspec.json.Decoder(dict[str, Raw] | list[Raw])

_MEDIA = frozenset({Operation.SPEECH, Operation.IMAGE_GENERATIONS, Operation.IMAGE_EDITS, Operation.IMAGE_VARIATIONS})


def usage_of_body(operation: Operation, body: bytes, reasoning: ReasoningCount) -> Usage | None:
    """Return the usage that a whole answer reports; None when there is none to be read."""
    try:
        found = _ANSWER.decode(body).usage
    except _NOT_JSON:
        found = _loose_usage(body, is_response_event=False)
    return None if found is None else normal(operation, found, reasoning)


def is_document(body: bytes) -> bool:
    """Whether a whole answer is JSON, or would be but for half an emoji (which is not looked for in long ones)."""
    try:
        _DOCUMENT.decode(body)
    except _NOT_JSON:
        return len(body) > _LONG_BYTES or mended(body) is not None
    return True


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
    """Return `found` with every token in exactly one field; None when it does not tell enough."""
    given = found.input_tokens if found.prompt_tokens is None else found.prompt_tokens
    made = found.output_tokens if found.completion_tokens is None else found.completion_tokens
    total = found.total_tokens
    if total is None or not 0 <= total <= _MOST_TOKENS:
        total = _UNKNOWN
    if given is None:  # embeddings and rankings often name only a total
        given = total - (made or 0)
    if made is None:
        made = max(total - given, 0)
    if not (0 <= given <= _MOST_TOKENS and 0 <= made <= _MOST_TOKENS):
        return None
    details = (
        found.prompt_tokens_details
        or found.input_tokens_details
        or found.input_token_details
        or found.prompt_token_details
        or _NO_INPUT_DETAILS
    )
    # Providers, and even the models of one, differ in what they count within what: a total that
    # exceeds its sum says that something stands beside it, and mostly what.
    beside = total - given - made
    if beside > 0 and beside == details.audio_tokens:  # Mistral
        given = total - made
        beside = 0
    parts = _input_parts(found, details, given)
    outs = found.completion_tokens_details or found.output_tokens_details or found.completion_token_details
    thought = (outs.reasoning_tokens if outs is not None else None) or found.reasoning_tokens or 0
    if thought or beside > 0:
        usual = _INSIDE if operation is _RESPONSES else reasoning
        thought, inside = _reasoning(thought, made, beside, usual)
        made -= inside
    if operation is not _CHAT and operation in _MEDIA:
        return Usage(*parts, *_media_parts(operation, outs, made, thought))
    if outs is None or not (outs.audio_tokens or outs.image_tokens):
        return Usage(*parts, made, thought)
    audio = _part(outs.audio_tokens, made)
    image = _part(outs.image_tokens, made - audio)
    return Usage(*parts, made - audio - image, thought, audio, image)


def _input_parts(found: UsageObject, details: InputDetails, given: int) -> tuple[int, int, int, int, int]:
    """Return plain text, cache reads, cache writes, audio and images: together `given`."""
    read = (
        details.cached_tokens
        or found.cached_tokens
        or found.prompt_cache_hit_tokens
        or found.num_cached_tokens
        or found.cache_read_input_tokens
    )
    written = details.cache_write_tokens or details.cache_creation_input_tokens or found.cache_creation_input_tokens
    # More cached than given does occur (Grok on Azure): each part is at most what is left.
    read = _part(read, given) if read else 0
    rest = given - read
    written = _part(written, rest) if written else 0
    rest -= written
    if not (details.audio_tokens or details.image_tokens):
        return rest, read, written, 0, 0
    audio = _part(details.audio_tokens, rest)
    rest -= audio
    image = _part(details.image_tokens, rest)
    return rest - image, read, written, audio, image


def _reasoning(thought: int, made: int, beside: int, usual: ReasoningCount) -> tuple[int, int]:
    """Return the reasoning tokens, and how many of them `made` contains.

    `beside` is by how much the total exceeds its sum, negative when there is no total.
    """
    if not 0 < thought <= _MOST_TOKENS:
        # Gemini names its reasoning only in the total.
        return (beside, 0) if beside > 0 and usual is ReasoningCount.BESIDE else (0, 0)
    if beside == thought or (beside != 0 and usual is ReasoningCount.BESIDE):
        return thought, 0
    # More reasoning than output does occur (Vercel, OpenRouter).
    thought = min(thought, made)
    return thought, thought


def _media_parts(
    operation: Operation, details: OutputDetails | None, made: int, thought: int
) -> tuple[int, int, int, int]:
    """Return the output of an endpoint that makes media: what is not said to be text is the medium."""
    text = _part(details.text_tokens, made) if details is not None else 0
    rest = made - text
    return (text, thought, rest, 0) if operation is Operation.SPEECH else (text, thought, 0, rest)


def _part(count: int | None, whole: int) -> int:
    """Return `count` as a part of `whole`; 0 when it is no plausible count."""
    return min(count, whole) if count is not None and 0 < count <= _MOST_TOKENS else 0


def _loose_usage(text: bytes, *, is_response_event: bool) -> UsageObject | None:
    """Find the usage where something is of an unexpected type, or half an emoji makes the JSON unreadable."""
    try:
        found = _LOOSE.decode(text)
    except _NOT_JSON:
        whole = mended(text)
        return None if whole is None else _loose_usage(whole, is_response_event=is_response_event)
    if is_response_event:
        if bytes(found.type)[1:-1] not in _TERMINAL_TEXTS:
            return None
        return _within(found.response)
    return _checked(found.usage) or _within(found.x_groq)


def _within(text: Raw) -> UsageObject | None:
    try:
        return _checked(_LOOSE.decode(text).usage)
    except _NOT_JSON:
        return None


def _checked(text: Raw) -> UsageObject | None:
    """Read a usage object in which anything may be wrong."""
    if len(bytes(text)) > _LONGEST_USAGE_BYTES:
        return None
    try:
        members = _MEMBERS.decode(text)
        return msgspec.convert(_counts(members), UsageObject)
    except _NOT_JSON:
        return None


def _counts(members: dict[str, object]) -> dict[str, object]:
    """Return `members` with every count that is no integer turned into an unknown one."""
    counts: dict[str, object] = {}
    for name, value in members.items():
        if name.endswith("_details"):
            if isinstance(value, dict):
                counts[name] = _counts(value)
        elif value is not None:
            counts[name] = _count(value)
    return counts


def _count(value: object) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else _UNKNOWN
