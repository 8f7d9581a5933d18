"""What the demo provider answers with, and how it says no."""

import msgspec

_JSON = "application/json"
_SSE = "text/event-stream; charset=utf-8"

Json = dict[str, object]


class DemoAnswer(msgspec.Struct, frozen=True):
    """An answer; `frames` are the body's pieces in order, one an event for a stream."""

    status: int
    content_type: str
    frames: tuple[bytes, ...]


class Refused(Exception):
    """The request is wrong; `answer` says how, in OpenAI's error format."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        error = {"message": message, "type": "invalid_request_error", "param": param, "code": None}
        self.answer = DemoAnswer(400, _JSON, (msgspec.json.encode({"error": error}),))


def whole(document: object) -> DemoAnswer:
    """Return `document` as an answer in one piece."""
    return DemoAnswer(200, _JSON, (msgspec.json.encode(document),))


def stream(*frames: bytes) -> DemoAnswer:
    """Return events as an answer."""
    return DemoAnswer(200, _SSE, frames)


def data_event(document: object) -> bytes:
    """Return an event without a name, as chat and completions have them."""
    return b"data: %b\n\n" % msgspec.json.encode(document)


def named_event(name: str, document: object) -> bytes:
    """Return an event with a name, as responses have them."""
    return b"event: %b\ndata: %b\n\n" % (name.encode("ascii"), msgspec.json.encode(document))


def wants_stream(request: Json) -> bool:
    """Whether the answer is to be streamed.

    Raises:
        Refused: `stream` is no boolean.
    """
    wish = request.get("stream")
    if wish is not None and not isinstance(wish, bool):
        raise Refused("stream: expected true or false", "stream")
    return wish is True


def wants_usage(request: Json) -> bool:
    """Whether a stream is to end with its usage."""
    options = request.get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True


def limit_of(request: Json, *names: str) -> int | None:
    """Return the most tokens to make, by the first of `names` that the request has.

    Raises:
        Refused: it is no positive whole number.
    """
    for name in names:
        value = request.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise Refused(f"{name}: expected a whole number of at least 1", name)
        return value
    return None


def refuse_several(request: Json) -> None:
    """Say that the demo provider makes one choice.

    Raises:
        Refused: `n` asks for something else.
    """
    if request.get("n", 1) not in (1, None):
        raise Refused("n: the demo provider makes one choice; leave it out", "n")


def texts_of(given: object, name: str) -> list[str]:
    """Return every text of the field `name`; one that is a list of token numbers as those numbers.

    Raises:
        Refused: it is neither a text nor tokens nor a list of either.
    """
    if isinstance(given, str):
        return [given]
    if isinstance(given, list) and given:
        if (text := _of_tokens(given)) is not None:
            return [text]
        texts = [one if isinstance(one, str) else _of_tokens(one) for one in given]
        known = [text for text in texts if text is not None]
        if len(known) == len(texts):
            return known
    raise Refused(f"{name}: expected text, a list of texts, or tokens", name)


def _of_tokens(given: object) -> str | None:
    if not isinstance(given, list) or not all(isinstance(one, int) for one in given):
        return None
    return " ".join(map(str, given))
