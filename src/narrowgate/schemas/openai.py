"""What the gateway reads of an OpenAI-dialect request; everything else goes by unread."""

import msgspec

from narrowgate.wire.errors import WireError

_MOST_CHOICES = 128
_MOST_TOKENS = 10_000_000
# Looking at every byte of a long conversation costs more than all else that is done with it; there
# the provider's own complaint about invalid UTF-8 reaches the caller.
_UTF8_CHECK_BYTES = 16_384


class RequestHead(msgspec.Struct, gc=False):
    """The members that decide where a request goes and how its answer is read.

    Only `model` and `stream` are checked for their type; odd values elsewhere are the provider's
    to refuse.
    """

    model: str | None = None
    stream: bool | None = None
    stream_options: msgspec.Raw | None = None
    max_tokens: object = None
    max_completion_tokens: object = None
    max_output_tokens: object = None
    n: object = None

    @property
    def choices(self) -> int:
        """How many choices the answer will have."""
        number = self.n
        return number if isinstance(number, int) and 1 <= number <= _MOST_CHOICES else 1

    @property
    def output_limit(self) -> int | None:
        """The most tokens the answer may have by the caller's own word, all choices together."""
        for limit in (self.max_completion_tokens, self.max_tokens, self.max_output_tokens):
            if isinstance(limit, int) and not isinstance(limit, bool) and 0 <= limit <= _MOST_TOKENS:
                return limit * self.choices
        return None

    @property
    def asks_for_usage(self) -> bool:
        """Whether the caller wants the usage event of a stream."""
        if self.stream_options is None:
            return False
        try:
            return _STREAM_OPTIONS.decode(self.stream_options).include_usage is True
        except (msgspec.DecodeError, RecursionError):
            return True  # malformed: left as it is, for the provider to refuse


class _StreamOptions(msgspec.Struct):
    include_usage: object = None


_STREAM_OPTIONS = msgspec.json.Decoder(_StreamOptions | None)
_HEAD = msgspec.json.Decoder(RequestHead)


def read_head(body: bytes) -> RequestHead:
    """Read a request body's head.

    Raises:
        WireError: not JSON, not an object, not UTF-8, or `model` or `stream` of a wrong type.
    """
    try:
        head = _HEAD.decode(body)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None
    except msgspec.DecodeError as error:
        raise WireError(f"the body is not valid JSON: {_decode_reason(str(error))}") from None
    except RecursionError:
        raise WireError("the body is not valid JSON: it is nested too deeply") from None
    if len(body) <= _UTF8_CHECK_BYTES and not body.isascii():
        # The decoder passes over strings it does not keep without looking at their bytes.
        try:
            body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise WireError(f"the body is not valid UTF-8 at byte {error.start}") from None
    return head


def _invalid(text: str) -> WireError:
    """Turn the decoder's words into the house's: `model: expected a string, got an integer`."""
    reason, _, place = text.partition(" - at `$")
    path = place.rstrip("`").lstrip(".") or None
    if path is None:
        return WireError(f"the body is not a JSON object: {reason[:1].lower()}{reason[1:]}")
    return WireError(f"{path}: {reason[:1].lower()}{reason[1:]}".replace("`", ""), path)


def _decode_reason(text: str) -> str:
    text = text.removeprefix("JSON is malformed: ")
    return f"{text[:1].lower()}{text[1:]}"
