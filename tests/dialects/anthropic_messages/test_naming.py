"""An answer that passes names the model as its client does."""

import json

import pytest

from narrowgate.dialects.anthropic_messages.naming import named, start_named

MESSAGE = b'{"id": "m",  "model": "x", "content": [{"type":"text","text":"\\"model\\": 1"}]}'
PING = b'event: ping\ndata: {"type": "ping"}\n\n'


def start(message: bytes) -> bytes:
    return b'event: message_start\ndata: {"type":"message_start","message":%b}\n\n' % message


def test_nothing_but_the_name_changes() -> None:
    assert named(MESSAGE, 'p/"m') == MESSAGE.replace(b'"x"', b'"p/\\"m"')
    assert start_named(PING + start(MESSAGE) + PING, "p/m") == PING + start(MESSAGE.replace(b'"x"', b'"p/m"')) + PING


def test_a_message_without_a_name_gets_one() -> None:
    assert json.loads(named(b"{}", "m")) == {"model": "m"}


@pytest.mark.parametrize("body", [b"", b"[]", b"junk", b'{"a":'])
def test_what_is_no_message_stays(body: bytes) -> None:
    assert named(body, "m") == body
    assert start_named(start(body), "m") in (None, start(body))


def test_other_events_start_nothing() -> None:
    assert start_named(PING, "m") is None
    assert start_named(b'data: {"text": "message_start"}\n\n', "m") is None
