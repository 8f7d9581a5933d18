import msgspec

from narrowgate.model.conversation import Form, Message, Request, Role, Text
from narrowgate.model.reply import fold
from narrowgate.providers.bedrock_converse import FAMILY
from narrowgate.providers.family import Family, Quirks
from narrowgate.wire.event_stream import frame


def test_the_family_does_what_a_family_does() -> None:
    family: Family = FAMILY
    assert family.form is Form.BEDROCK_CONVERSE
    request = Request(Form.OPENAI_CHAT, "m", (Message(Role.USER, (Text("hi"),)),), is_stream=True)
    out = family.to_wire(request, "amazon.nova-lite-v1:0", Quirks())
    assert msgspec.json.decode(out.body) == {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}
    reply = family.from_wire(b'{"output":{"message":{"role":"assistant","content":[{"text":"x"}]}}}', Quirks())
    decoder = family.decoder(Quirks())
    events = [
        *decoder.feed(frame({":event-type": "contentBlockDelta"}, b'{"delta":{"text":"x"}}')),
        *decoder.feed(frame({":event-type": "messageStop"}, b"{}")),
        *decoder.end(),
    ]
    assert fold(events).choices == reply.choices
    assert family.fault(500, {}, b"").upstream_status == 500
