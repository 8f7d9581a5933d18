from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.ollama_chat import DIALECT, GENERATE
from narrowgate.model.conversation import Form, Text
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Choice, Delta, PartBegan, Reply

REPLY = Reply(Form.OPENAI_CHAT, "i", "m", (Choice((Text("ho"),)),))


def test_chat_is_a_message_for_messages() -> None:
    request = DIALECT.parse(Asked(b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'))
    assert (DIALECT.form, request.form, request.is_stream) == (Form.OLLAMA_CHAT, Form.OLLAMA_CHAT, True)
    assert b'"message":{"role":"assistant","content":"ho"}' in DIALECT.render(REPLY, request)
    encoder = DIALECT.encoder(request, "i", 0)
    encoder.encode(PartBegan(0, 0, Text("")))
    assert b'"message":{"role":"assistant","content":"h"}' in encoder.encode(Delta(0, 0, "h"))
    assert DIALECT.stream_type == b"application/x-ndjson"
    assert DIALECT.field("sampling.seed") == "options.seed"
    assert DIALECT.render_fault(Fault(FaultKind.INTERNAL, "x")) == b'{"error":"x"}'


def test_generate_is_a_text_for_a_prompt() -> None:
    request = GENERATE.parse(Asked(b'{"model":"m","prompt":"hi"}'))
    assert request.messages[0].parts == (Text("hi"),)
    assert b'"response":"ho"' in GENERATE.render(REPLY, request)
    encoder = GENERATE.encoder(request, "i", 0)
    encoder.encode(PartBegan(0, 0, Text("")))
    assert b'"response":"h"' in encoder.encode(Delta(0, 0, "h"))
