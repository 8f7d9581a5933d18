"""Requests as Gemini's clients write them."""

import json

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.gemini_generate import DIALECT
from narrowgate.model.conversation import Message, Part, Request
from narrowgate.model.fault import Failed

HELLO: list[object] = [{"role": "user", "parts": [{"text": "hi"}]}]


def parsed(contents: object = HELLO, **members: object) -> Request:
    body = json.dumps({"contents": contents, **members}).encode()
    return DIALECT.parse(Asked(body, model="gemini-2.5-flash", is_stream=False))


def messages(*turns: object) -> tuple[Message, ...]:
    return parsed(list(turns)).messages


def parts(*given: object, role: str = "user") -> tuple[Part, ...]:
    return messages({"role": role, "parts": list(given)})[0].parts


def complaint(contents: object = HELLO, **members: object) -> str | None:
    try:
        parsed(contents, **members)
    except Failed as failed:
        return failed.fault.param
    return "(none)"
