"""Requests as clients write them, for the tests beside."""

import json

import pytest

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.openai_chat import DIALECT
from narrowgate.model.conversation import Message, Request
from narrowgate.model.fault import Failed, Fault

Json = dict[str, object]


def asked(**members: object) -> Request:
    """Return what a request with `members` asks; model and a message are there already."""
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **members}
    return DIALECT.parse(Asked(json.dumps(body).encode()))


def said(*messages: object) -> tuple[Message, ...]:
    """Return what `messages` say."""
    return asked(messages=list(messages)).messages


def refused(**members: object) -> Fault:
    """Return the complaint about a request with `members`."""
    with pytest.raises(Failed) as caught:
        asked(**members)
    return caught.value.fault
