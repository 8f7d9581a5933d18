"""What the gateway reads of a request in the OpenAI dialect; everything else passes unread.

Source: https://platform.openai.com/docs/api-reference (read 2026-11).
"""

from codecs import utf_8_decode
from collections.abc import Mapping

import msgspec
from msgspec import UNSET, Raw, UnsetType

from narrowgate.wire.errors import WireError
from narrowgate.wire.escapes import mended

# Decoded text of this much fits what the allocator keeps; larger pieces cost more in page faults
# than in decoding.
_PIECE_BYTES = 16_384
_SHOWN_BYTES = 40
_PROMPTS_BYTES = 1 << 20  # a longer list of prompts is not counted


class RequestHead(msgspec.Struct, frozen=True, gc=False):
    """The top level of a request. Only `model` and `stream` are checked; of a name twice, the last counts."""

    model: str | None = None
    stream: bool | None = None
    stream_options: Raw | UnsetType = UNSET
    n: Raw | UnsetType = UNSET
    best_of: Raw | UnsetType = UNSET
    max_tokens: Raw | UnsetType = UNSET
    max_completion_tokens: Raw | UnsetType = UNSET
    max_output_tokens: Raw | UnsetType = UNSET
    # What is long in a request: kept as a view, not copied, so that it need not be scanned again.
    messages: Raw | UnsetType = UNSET
    tools: Raw | UnsetType = UNSET
    input: Raw | UnsetType = UNSET
    prompt: Raw | UnsetType = UNSET
    documents: Raw | UnsetType = UNSET
    response_format: Raw | UnsetType = UNSET
    fallbacks: Raw | UnsetType = UNSET
    previous_response_id: Raw | UnsetType = UNSET

    @property
    def output_limit(self) -> int | None:
        """The most output tokens the caller lets the provider make, over all choices; None if not said."""
        limit = 0
        for text in (self.max_tokens, self.max_completion_tokens, self.max_output_tokens):
            if text is not UNSET:
                limit = max(limit, _count(text))
        if limit and (self.n is not UNSET or self.best_of is not UNSET):
            limit *= max(_count(self.n), _count(self.best_of), 1)
        return limit * self._prompts if limit else None

    @property
    def choices(self) -> int:
        """How many choices the answer has, each with a finish reason of its own."""
        return max(_count(self.n), 1) * self._prompts

    @property
    def asks_for_usage(self) -> bool:
        """Whether the caller has said whether it wants a stream's usage, other than by null or false.

        What is no documented value counts as asking: it is for the provider to judge.
        """
        options = self.stream_options
        if isinstance(options, UnsetType):
            return False
        try:
            wanted = _STREAM_OPTIONS.decode(options)
        except (msgspec.DecodeError, RecursionError):
            return True
        return wanted is not None and wanted.include_usage not in _NOT_ASKED

    def long_values(self) -> Mapping[bytes, Raw]:
        """Return the text of the members that may be long, by name."""
        return {name: text for name, text in self._long() if isinstance(text, Raw)}

    def _long(self) -> tuple[tuple[bytes, Raw | UnsetType], ...]:
        return (
            (b"messages", self.messages),
            (b"tools", self.tools),
            (b"input", self.input),
            (b"prompt", self.prompt),
            (b"documents", self.documents),
            (b"response_format", self.response_format),
        )

    @property
    def _prompts(self) -> int:
        """How many prompts a legacy completion has: a list of texts or of token lists, else one."""
        prompt = self.prompt
        if isinstance(prompt, UnsetType):
            return 1
        text = bytes(prompt)
        if not text.startswith(b"[") or len(text) > _PROMPTS_BYTES:
            return 1
        try:
            prompts = [bytes(item)[:1] for item in _LIST.decode(text)]
        except RecursionError:  # it was read with fewer frames below
            return 1
        return len(prompts) if prompts and prompts[0] in {b'"', b"["} else 1


class _StreamOptions(msgspec.Struct, gc=False):
    include_usage: Raw = Raw(b"null")


class _Unchecked(msgspec.Struct, gc=False):
    model: Raw = Raw(b"null")
    stream: Raw = Raw(b"null")


_HEAD = msgspec.json.Decoder(RequestHead)
_UNCHECKED = msgspec.json.Decoder(_Unchecked)
_STREAM_OPTIONS = msgspec.json.Decoder(_StreamOptions | None)
_COUNT = msgspec.json.Decoder(int | float)
_LIST = msgspec.json.Decoder(list[Raw])
_NOT_ASKED = (Raw(b"null"), Raw(b"false"))


class _Fallback(msgspec.Struct, gc=False):
    model: str | None = None
    provider: str | None = None


_FALLBACKS = msgspec.json.Decoder(list[str | _Fallback])
_MAPPED = msgspec.json.Decoder(list[dict[str, list[str]]])
_MOST_FALLBACKS = 10


def named_fallbacks(text: Raw) -> tuple[str, ...]:
    """Return the models that `fallbacks` names, in order.

    Written as LiteLLM's clients do (names, or objects from a name to a list of names) or as Bifrost's
    (objects with `provider` and `model`).

    Raises:
        WireError: it is written in none of these ways, or is too long.
    """
    if bytes(text).strip() == b"null":
        return ()
    try:
        found = tuple(
            one if isinstance(one, str) else f"{one.provider}/{one.model}" if one.provider else one.model or ""
            for one in _FALLBACKS.decode(text)
        )
    except (msgspec.DecodeError, RecursionError):
        found = ("",)
    if not all(found):
        try:
            found = tuple(name for one in _MAPPED.decode(text) for names in one.values() for name in names)
        except (msgspec.DecodeError, RecursionError):
            message = "fallbacks: is no list of models; write names, or objects with provider and model"
            raise WireError(message, "fallbacks") from None
    if len(found) > _MOST_FALLBACKS:
        raise WireError(f"fallbacks: names more than {_MOST_FALLBACKS} models; name fewer", "fallbacks")
    return found


def read_head(body: bytes) -> RequestHead:
    """Read the top level of a request body.

    Raises:
        WireError: not UTF-8, not JSON, not an object, nested too deep, or a member of the wrong type.
    """
    if not body.isascii():
        _check_utf8(body)
    try:
        return _HEAD.decode(body)
    except msgspec.ValidationError as error:
        raise _wrong_type(body, error) from None
    except msgspec.DecodeError as error:
        whole = mended(body)
        if whole is not None:
            return read_head(whole)
        raise WireError(f"the body is not valid JSON: {_reason(body, error)}") from None
    except RecursionError:
        raise WireError("the body is nested too deep; send flatter JSON") from None


def _check_utf8(body: bytes) -> None:
    """Check what the JSON decoder does not: strings that are skipped."""
    view = memoryview(body)
    at = 0
    try:
        while at < len(body):
            taken = utf_8_decode(view[at : at + _PIECE_BYTES], "strict", len(body) - at <= _PIECE_BYTES)[1]
            at += taken
    except UnicodeDecodeError as error:
        raise WireError(f"the body is not UTF-8 at byte {at + error.start}; send JSON in UTF-8") from None


def _wrong_type(body: bytes, error: msgspec.ValidationError) -> WireError:
    try:
        head = _UNCHECKED.decode(body)
    except msgspec.ValidationError:
        return WireError('the body is not a JSON object; send one, such as {"model": …}')
    except (msgspec.DecodeError, RecursionError):
        return WireError("the body is not valid JSON")
    model, stream = bytes(head.model), bytes(head.stream)
    if not model.startswith((b'"', b"null")):
        return WireError(f"model: expected a string, got {_shown(model)}", "model")
    if stream not in {b"true", b"false", b"null"}:
        return WireError(f"stream: expected true or false, got {_shown(stream)}", "stream")
    path = "model" if "model" in str(error) else "stream"
    return WireError(f"{path}: named more than once, and not each time as it should be; name it once", path)


def _shown(text: bytes) -> str:
    if text.startswith(b"{"):
        return "an object"
    if text.startswith(b"["):
        return "a list"
    return text.decode() if len(text) <= _SHOWN_BYTES else "a longer text"


def _reason(body: bytes, error: msgspec.DecodeError) -> str:
    said = str(error)
    if said.startswith("JSON is malformed: "):
        return said.removeprefix("JSON is malformed: ").replace("(byte ", "at byte ").removesuffix(")")
    return f"it ends too early, after {len(body)} bytes"


def _count(text: Raw | UnsetType) -> int:
    """Return a positive number as an integer, 0 for everything else."""
    if isinstance(text, UnsetType):
        return 0
    try:
        return max(int(_COUNT.decode(text)), 0)
    except msgspec.DecodeError:
        return 0
