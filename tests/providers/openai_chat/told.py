"""Answers as providers write them, for the tests beside."""

import json

from narrowgate.model.reply import Event, Reply, fold
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat import FAMILY

DONE = b"data: [DONE]\n\n"


def chunk(delta: object, finish: str | None = None, **more: object) -> bytes:
    """Return one event with `delta`; `more` are members beside the choices."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return event(
        {"id": "c1", "object": "chat.completion.chunk", "created": 7, "model": "m", "choices": [choice], **more}
    )


def event(value: object, name: str = "") -> bytes:
    """Return one event with `value` as its data."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


def events_of(*pieces: bytes, quirks: Quirks | None = None) -> list[Event]:
    """Return the events of a stream, fed piece by piece."""
    decoder = FAMILY.decoder(quirks or Quirks())
    found: list[Event] = []
    for piece in pieces:
        found += decoder.feed(piece)
    return [*found, *decoder.end()]


def folded(*pieces: bytes) -> Reply:
    """Return the whole answer a stream adds up to."""
    return fold(events_of(*pieces))


def answered(message: object, finish: str | None = "stop", quirks: Quirks | None = None, **more: object) -> Reply:
    """Return what a whole answer with `message` says; `more` are members beside the choices."""
    choice = {"index": 0, "message": message, "finish_reason": finish}
    body = {"id": "c1", "object": "chat.completion", "created": 7, "model": "m", "choices": [choice], **more}
    return FAMILY.from_wire(json.dumps(body).encode(), quirks or Quirks())
