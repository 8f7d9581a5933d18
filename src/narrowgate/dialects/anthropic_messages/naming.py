"""The name of the model in an answer that passes as the provider sent it.

Claude Code sends thinking back only if the answer it came in names the very model that it asked for (seen in 2.1.197).
"""

import msgspec

from narrowgate.wire.errors import WireError
from narrowgate.wire.splice import splice
from narrowgate.wire.sse import data_of, events

_ENCODER = msgspec.json.Encoder()


class _Start(msgspec.Struct):
    message: msgspec.Raw


_START = msgspec.json.Decoder(_Start)


def named(body: bytes, model: str) -> bytes:
    """Return a message with the name `model` in it; what is no JSON object stays as it is."""
    try:
        return splice(body, {b"model": _ENCODER.encode(model)})
    except (WireError, ValueError):
        return body


def start_named(data: bytes, model: str) -> bytes | None:
    """Return whole events with the name `model` in the one that starts the message; None if that is not among them."""
    if b"message_start" not in data:
        return None
    for event in events(data):
        try:
            message = bytes(_START.decode(data_of(event)).message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        return data.replace(message, named(message, model), 1)
    return None
