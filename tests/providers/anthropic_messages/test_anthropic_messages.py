from narrowgate.model.conversation import Form, Message, Request, Role, Text
from narrowgate.model.reply import Ended
from narrowgate.providers.anthropic_messages import FAMILY, count_tokens_body, for_vertex
from narrowgate.providers.family import Family, Quirks


def test_it_is_a_family_that_is_asked_and_read() -> None:
    family: Family = FAMILY
    asked = Request(Form.ANTHROPIC_MESSAGES, "m", (Message(Role.USER, (Text("hi"),)),))
    body = family.to_wire(asked, "claude", Quirks()).body
    assert b'"claude"' not in for_vertex(body)
    assert b"max_tokens" not in count_tokens_body(asked, "claude")
    assert family.from_wire(b'{"content":[]}', Quirks()).form is family.form is Form.ANTHROPIC_MESSAGES
    decoder = family.decoder(Quirks())
    assert isinstance(decoder.feed(b'data: {"type":"message_stop"}\n\n')[-1], Ended)
    assert family.fault(500, {}, b"no").message == "no"
