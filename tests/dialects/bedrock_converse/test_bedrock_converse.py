import msgspec
import pytest

from narrowgate.dialects.bedrock_converse import DIALECT
from narrowgate.dialects.dialect import Asked, Dialect
from narrowgate.model.conversation import Form, Text
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Choice, Reply, unfold
from narrowgate.wire.event_stream import EventStreamReader


def test_the_dialect_does_what_a_dialect_does() -> None:
    dialect: Dialect = DIALECT
    assert dialect.form is Form.BEDROCK_CONVERSE
    request = dialect.parse(Asked(b'{"messages":[{"role":"user","content":[{"text":"hi"}]}]}', "m"))
    reply = Reply(Form.OPENAI_CHAT, "", "", (Choice((Text("x"),)),))
    assert b'"text":"x"' in dialect.render(reply, request)
    encoder = dialect.encoder(request, "answer", 0)
    frames = EventStreamReader().feed(b"".join(encoder.encode(event) for event in unfold(reply)))
    assert frames[0].headers[":event-type"] == "messageStart"
    assert dialect.stream_type == b"application/vnd.amazon.eventstream"
    assert msgspec.json.decode(dialect.render_fault(Fault(FaultKind.INTERNAL, "no"))) == {"message": "no"}


@pytest.mark.parametrize(
    ("what", "path"),
    [
        ("sampling.stop", "inferenceConfig.stopSequences"),
        ("sampling.top_k", "additionalModelRequestFields.top_k"),
        ("sampling.top_p", "inferenceConfig.topP"),
        ("max_output_tokens", "inferenceConfig.maxTokens"),
        ("format.schema.minimum", "outputConfig.textFormat.schema.minimum"),
        ("tools[2].format", "toolConfig.tools[2].format"),
        ("tool_choice", "toolConfig.toolChoice"),
        ("hints.metadata", "requestMetadata"),
        ("extensions.guardrailConfig", "guardrailConfig"),
        ("messages[1].parts[0].source.url", "messages[1].content[0].source.url"),
    ],
)
def test_a_neutral_path_has_its_own(what: str, path: str) -> None:
    assert DIALECT.field(what) == path
