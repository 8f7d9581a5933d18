import json

from narrowgate.dialects.dialect import Asked, Dialect
from narrowgate.dialects.openai_responses import DIALECT
from narrowgate.model.conversation import Form, Text
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Choice, Ended, Finish, Reply


def test_the_dialect_does_what_dialects_do() -> None:
    dialect: Dialect = DIALECT
    request = dialect.parse(Asked(b'{"model":"m","input":"hi"}'))
    assert (dialect.form, request.form) == (Form.OPENAI_RESPONSES, Form.OPENAI_RESPONSES)
    assert dialect.stream_type.startswith(b"text/event-stream")
    reply = Reply(Form.OPENAI_CHAT, "", "", (Choice((Text("hi"),), Finish.STOP),))
    assert json.loads(dialect.render(reply, request))["output"][0]["content"][0]["text"] == "hi"
    assert b"event: response.completed\n" in dialect.encoder(request, "resp_1", 5).encode(Ended())
    assert json.loads(dialect.render_fault(Fault(FaultKind.INTERNAL, "x")))["error"]["message"] == "x"
    assert dialect.field("format") == "text.format"
