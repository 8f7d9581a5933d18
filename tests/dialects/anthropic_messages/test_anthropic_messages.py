import msgspec
import pytest

from narrowgate.dialects.anthropic_messages import DIALECT, render_count
from narrowgate.dialects.dialect import Asked, Dialect
from narrowgate.model.conversation import Form, Text
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Began, Choice, Ended, Reply


def test_it_is_a_dialect_that_reads_writes_and_streams() -> None:
    dialect: Dialect = DIALECT
    request = dialect.parse(Asked(b'{"model":"m","messages":[]}'))
    assert request.form is dialect.form is Form.ANTHROPIC_MESSAGES
    reply = Reply(Form.OPENAI_CHAT, "i", "", (Choice((Text("x"),)),))
    assert msgspec.json.decode(dialect.render(reply, request), type=dict[str, object])["model"] == "m"
    encoder = dialect.encoder(request, "msg_1", 0)
    assert encoder.encode(Began(Form.OPENAI_CHAT)) == b""
    assert encoder.encode(Ended()).endswith(b'event: message_stop\ndata: {"type":"message_stop"}\n\n')
    assert b'"not_found_error"' in dialect.render_fault(Fault(FaultKind.NOT_FOUND, "x"))
    assert render_count(1) == b'{"input_tokens":1}'


@pytest.mark.parametrize(
    ("what", "path"),
    [
        ("sampling.stop", "stop_sequences"),
        ("sampling.top_k", "top_k"),
        ("max_output_tokens", "max_tokens"),
        ("format.schema", "output_config.format.schema"),
        ("reasoning", "thinking"),
        ("reasoning.effort", "output_config.effort"),
        ("is_parallel", "tool_choice.disable_parallel_tool_use"),
        ("hints.user", "metadata.user_id"),
        ("hints.service_tier", "service_tier"),
        ("extensions.tools[0].defer_loading", "tools[0].defer_loading"),
        ("messages[2].parts[1].content[0]", "messages[2].content[1].content[0]"),
        ("tools[3]", "tools[3]"),
    ],
)
def test_fields_are_named_as_clients_know_them(what: str, path: str) -> None:
    assert DIALECT.field(what) == path
