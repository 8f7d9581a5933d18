from narrowgate.model.conversation import Form, Message, Request, Role, Text
from narrowgate.providers.family import Quirks
from narrowgate.providers.ollama_chat import FAMILY


def test_the_family_speaks_ollamas_form_both_ways() -> None:
    assert FAMILY.form is Form.OLLAMA_CHAT
    request = Request(Form.OPENAI_CHAT, "m", (Message(Role.USER, (Text("hi"),)),))
    sent = FAMILY.to_wire(request, "qwen3", Quirks())
    assert sent.body == b'{"model":"qwen3","messages":[{"role":"user","content":"hi"}],"stream":false}'
    answer = b'{"model":"qwen3","message":{"role":"assistant","content":"ho"},"done":true}'
    assert FAMILY.from_wire(answer, Quirks()).choices[0].parts == (Text("ho"),)
    assert FAMILY.decoder(Quirks()).feed(b"") == []
    assert FAMILY.fault(404, {}, b'{"error":"model not found"}').message == "model not found"
