"""Requests for the tests beside, and what is written of them."""

import json

import msgspec

from narrowgate.model.conversation import Form, Message, Part, Request, Role
from narrowgate.providers.family import Outgoing, Quirks
from narrowgate.providers.openai_chat import FAMILY

Json = dict[str, object]
HELLO = Request(Form.ANTHROPIC_MESSAGES, "m", (Message(Role.USER, ()),))
OWN = msgspec.structs.replace(HELLO, form=Form.OPENAI_CHAT)


def sent(request: Request, quirks: Quirks | None = None) -> tuple[Json, Outgoing]:
    """Return the body written, read again, and all that was returned."""
    out = FAMILY.to_wire(request, "model-x", quirks or Quirks())
    body: Json = json.loads(out.body)
    return body, out


def lost(out: Outgoing) -> dict[str, bool]:
    """Return what had no place, and whether it is a hint."""
    return {loss.what: loss.is_hint for loss in out.inexpressible}


def messages(*said: Message, quirks: Quirks | None = None, own: bool = False) -> tuple[list[Json], dict[str, bool]]:
    """Return the messages written for `said`, and what was lost."""
    request = msgspec.structs.replace(OWN if own else HELLO, messages=said)
    out = FAMILY.to_wire(request, "model-x", quirks or Quirks())
    written: list[Json] = json.loads(out.body)["messages"]
    return written, lost(out)


def user(*parts: Part) -> Message:
    """Return a user's message."""
    return Message(Role.USER, parts)


def assistant(*parts: Part) -> Message:
    """Return an assistant's message."""
    return Message(Role.ASSISTANT, parts)
