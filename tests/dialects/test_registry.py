"""Paths lead to dialects."""

import msgspec
import pytest

from narrowgate.dialects.registry import DIALECTS, Route, Shape, route_of
from narrowgate.model.conversation import Form, Request, Text, ToolCall
from narrowgate.model.operation import Operation
from narrowgate.model.reply import Choice, Finish, Reply, unfold
from narrowgate.wire.sse_reader import SseReader

C = Operation.CHAT


@pytest.mark.parametrize(
    ("path", "route"),
    [
        (b"/v1/chat/completions", Route(C, Form.OPENAI_CHAT)),
        (b"/litellm/v1/chat/completions", Route(C, Form.OPENAI_CHAT)),
        (b"/openai/deployments/p/chat/completions", Route(C, Form.OPENAI_CHAT, "p")),
        (b"/v1/responses", Route(Operation.RESPONSES, Form.OPENAI_RESPONSES)),
        (b"/v1/embeddings", Route(Operation.EMBEDDINGS)),
        (b"/v1/messages", Route(C, Form.ANTHROPIC_MESSAGES)),
        (b"/anthropic/v1/messages", Route(C, Form.ANTHROPIC_MESSAGES)),
        (b"/v1beta/models/p/m:generateContent", Route(C, Form.GEMINI_GENERATE, "p/m", is_stream=False)),
        (b"/models/p/m:generateContent", Route(C, Form.GEMINI_GENERATE, "p/m", is_stream=False)),
        (b"/v1beta/p/m:generateContent", Route(C, Form.GEMINI_GENERATE, "p/m", is_stream=False)),
        (b"/genai/v1beta/models/p%2Fm:streamGenerateContent", Route(C, Form.GEMINI_GENERATE, "p/m", is_stream=True)),
        (
            b"/v1/projects/x/locations/y/publishers/google/models/m:generateContent",
            Route(C, Form.GEMINI_GENERATE, "m", is_stream=False),
        ),
        (b"/model/a.b-v1%3A0/converse", Route(C, Form.BEDROCK_CONVERSE, "a.b-v1:0", is_stream=False)),
        (b"/bedrock/model/m/converse-stream", Route(C, Form.BEDROCK_CONVERSE, "m", is_stream=True)),
        (
            b"/model/m/invoke-with-response-stream",
            Route(C, Form.ANTHROPIC_MESSAGES, "m", is_stream=True, shape=Shape.INVOKE),
        ),
        (b"/v2/chat", Route(C, Form.COHERE_CHAT)),
        (b"/api/chat", Route(C, Form.OLLAMA_CHAT)),
        (b"/v1/messages/count_tokens", Route(Operation.COUNTING, Form.ANTHROPIC_MESSAGES)),
        (b"/v1beta/models/m:countTokens", Route(Operation.COUNTING, Form.GEMINI_GENERATE, "m", is_stream=False)),
        (b"/api/generate", Route(C, Form.OLLAMA_CHAT, shape=Shape.GENERATE)),
        (b"/nothing", None),
        (b"/anthropic", None),
        (b"/model/%ff/converse", None),
    ],
)
def test_a_path_means_what_its_users_expect(path: bytes, route: Route | None) -> None:
    assert route_of(path) == route


def test_every_dialect_is_registered_under_its_own_form() -> None:
    assert all(dialect.form is form for form, dialect in DIALECTS.items())


@pytest.mark.parametrize("form", [form for form in DIALECTS if form is not Form.BEDROCK_CONVERSE])
def test_json_with_line_breaks_keeps_an_event_on_its_line(form: Form) -> None:
    parts = (Text("a\nb"), ToolCall("c1", "f", '{"x":\n 1,\r\n "y": "\\n"}'))
    reply = Reply(Form.BEDROCK_CONVERSE, "r", "m", (Choice(parts, Finish.TOOL_CALLS),))
    encoder = DIALECTS[form].encoder(Request(form, "m", (), is_stream=True), "id_1", 1)
    told = b"".join(encoder.encode(event) for event in unfold(reply))
    if form is Form.OLLAMA_CHAT:
        documents = told.splitlines()
    else:
        reader = SseReader()
        documents = [data for _, data in reader.feed(told) + reader.end() if data != b"[DONE]"]
    assert documents
    assert all(isinstance(msgspec.json.decode(document), dict) for document in documents)
    assert b"\n" not in b"".join(documents)
