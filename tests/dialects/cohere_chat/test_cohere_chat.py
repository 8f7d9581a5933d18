from narrowgate.dialects.cohere_chat import DIALECT
from narrowgate.dialects.dialect import Asked
from narrowgate.model.conversation import Form, Text
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Began, Choice, Reply


def test_the_dialect_reads_and_writes_coheres_form() -> None:
    request = DIALECT.parse(Asked(b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'))
    assert (DIALECT.form, request.form, request.is_stream) == (Form.COHERE_CHAT, Form.COHERE_CHAT, False)
    assert b'"text":"ho"' in DIALECT.render(Reply(Form.OPENAI_CHAT, "i", "m", (Choice((Text("ho"),)),)), request)
    assert b"message-start" in DIALECT.encoder(request, "i", 0).encode(Began(Form.OPENAI_CHAT))
    assert DIALECT.stream_type == b"text/event-stream"
    assert DIALECT.field("sampling.top_p") == "p"
    assert DIALECT.render_fault(Fault(FaultKind.INTERNAL, "x")) == b'{"id":"","message":"x"}'
