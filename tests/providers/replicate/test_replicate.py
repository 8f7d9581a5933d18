import pytest

from narrowgate.model.conversation import Form, Message, Request, Role, Text
from narrowgate.providers.family import Quirks
from narrowgate.providers.replicate import FAMILY
from narrowgate.wire.errors import WireError


def test_the_family_asks_and_hears_predictions() -> None:
    assert FAMILY.form is Form.REPLICATE
    request = Request(Form.OPENAI_CHAT, "m", (Message(Role.USER, (Text("hi"),)),))
    out = FAMILY.to_wire(request, "meta/llama", Quirks())
    assert out.body == b'{"version":"meta/llama","input":{"prompt":"hi"}}'
    assert dict(out.headers) == {"prefer": "wait=10"}
    answer = b'{"id":"p","status":"succeeded","output":["H","o"]}'
    assert FAMILY.from_wire(answer, Quirks()).choices[0].parts == (Text("Ho"),)
    assert FAMILY.fault(422, {}, b'{"title":"x","detail":"no such version"}').message == "no such version"


def test_a_stream_is_none() -> None:
    decoder = FAMILY.decoder(Quirks())
    assert (decoder.feed(b""), decoder.end()) == ([], [])
    with pytest.raises(WireError):
        decoder.feed(b"event: output\n")
