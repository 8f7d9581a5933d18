from narrowgate.model.conversation import Form, Message, Request, Role, Text
from narrowgate.providers.cohere_chat import FAMILY
from narrowgate.providers.family import Quirks


def test_the_family_speaks_coheres_form_both_ways() -> None:
    assert FAMILY.form is Form.COHERE_CHAT
    request = Request(Form.OPENAI_CHAT, "m", (Message(Role.USER, (Text("hi"),)),))
    sent = FAMILY.to_wire(request, "command-a", Quirks())
    assert sent.body == b'{"model":"command-a","messages":[{"role":"user","content":"hi"}],"stream":false}'
    assert FAMILY.from_wire(b'{"id":"1","message":{"content":"ho"}}', Quirks()).choices[0].parts == (Text("ho"),)
    assert FAMILY.fault(429, {}, b'{"message":"slow down"}').message == "slow down"
