"""Answers as Gemini gives them, and what is read in them."""

import json

from narrowgate.model.conversation import Part
from narrowgate.model.reply import Event, Reply, fold
from narrowgate.providers.family import Quirks
from narrowgate.providers.gemini_generate import FAMILY


def chunk(*parts: object, finish: object = None, **members: object) -> dict[str, object]:
    candidate: dict[str, object] = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if finish is not None:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": "gemini-2.5-flash", "responseId": "r1", **members}


def body(*parts: object, finish: object = "STOP", **members: object) -> bytes:
    return json.dumps(chunk(*parts, finish=finish, **members)).encode()


def sse(*chunks: object) -> bytes:
    return b"".join(b"data: %b\r\n\r\n" % json.dumps(one, ensure_ascii=False).encode() for one in chunks)


def events_of(*pieces: bytes) -> list[Event]:
    decoder = FAMILY.decoder(Quirks())
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return [*events, *decoder.end()]


def streamed(*chunks: object) -> Reply:
    return fold(events_of(sse(*chunks)))


def whole(*parts: object, finish: object = "STOP", **members: object) -> Reply:
    return FAMILY.from_wire(body(*parts, finish=finish, **members), Quirks())


def parts_of(*parts: object) -> tuple[Part, ...]:
    return whole(*parts).choices[0].parts
