"""One call is heard, whatever a model says besides."""

import json

import pytest

from narrowgate.model.conversation import Form, Text, ToolCall
from narrowgate.model.reply import fold
from narrowgate.providers.families import FAMILIES
from narrowgate.providers.family import Quirks
from narrowgate.providers.one_call import OneCall

CALLS: list[dict[str, object]] = [{"functionCall": {"name": name, "args": {}}} for name in ("f", "g")]
BODY = json.dumps(
    {"candidates": [{"content": {"parts": [{"text": "t"}, *CALLS]}, "finishReason": "STOP"}], "responseId": "r"}
).encode()


@pytest.mark.parametrize("is_stream", [False, True])
def test_the_first_call_stays_and_what_is_no_call(is_stream: bool) -> None:
    family = OneCall(FAMILIES[Form.GEMINI_GENERATE])
    if is_stream:
        decoder = family.decoder(Quirks())
        reply = fold([*decoder.feed(b"data: %b\n\n" % BODY), *decoder.end()])
    else:
        reply = family.from_wire(BODY, Quirks())
    text, call = reply.choices[0].parts
    assert isinstance(text, Text)
    assert isinstance(call, ToolCall)
    assert (text.text, call.name) == ("t", "f")
    assert family.form is Form.GEMINI_GENERATE
