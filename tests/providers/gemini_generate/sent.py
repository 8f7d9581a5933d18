"""Requests as they reach Gemini."""

import json
from typing import TypedDict

from narrowgate.model.conversation import Form, Message, Part, Request, Role, Text
from narrowgate.providers.family import Outgoing, Quirks
from narrowgate.providers.gemini_generate import FAMILY

USER = Message(Role.USER, (Text("hi"),))


def said(*parts: Part, role: Role = Role.USER) -> Message:
    return Message(role, parts)


def asked(*messages: Message, form: Form = Form.OPENAI_CHAT) -> Request:
    return Request(form, "m", messages or (USER,))


def outgoing(request: Request, model: str = "gemini-2.5-flash") -> Outgoing:
    return FAMILY.to_wire(request, model, Quirks())


def sent(request: Request, model: str = "gemini-2.5-flash") -> dict[str, object]:
    found: dict[str, object] = json.loads(outgoing(request, model).body)
    return found


class Turn(TypedDict):
    parts: list[dict[str, object]]
    role: str


def contents(*messages: Message, model: str = "gemini-2.5-flash") -> list[Turn]:
    body: dict[str, list[Turn]] = json.loads(outgoing(asked(*messages), model).body)
    return body["contents"]


def lost(request: Request, model: str = "gemini-2.5-flash") -> dict[str, bool]:
    return {one.what: one.is_hint for one in outgoing(request, model).inexpressible}
