"""Paths lead to dialects."""

import pytest

from narrowgate.dialects.registry import DIALECTS, Route, route_of
from narrowgate.model.conversation import Form
from narrowgate.model.operation import Operation

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
        (b"/genai/v1beta/models/p%2Fm:streamGenerateContent", Route(C, Form.GEMINI_GENERATE, "p/m", is_stream=True)),
        (
            b"/v1/projects/x/locations/y/publishers/google/models/m:generateContent",
            Route(C, Form.GEMINI_GENERATE, "m", is_stream=False),
        ),
        (b"/model/a.b-v1%3A0/converse", Route(C, Form.BEDROCK_CONVERSE, "a.b-v1:0", is_stream=False)),
        (b"/bedrock/model/m/converse-stream", Route(C, Form.BEDROCK_CONVERSE, "m", is_stream=True)),
        (b"/v2/chat", Route(C, Form.COHERE_CHAT)),
        (b"/api/chat", Route(C, Form.OLLAMA_CHAT)),
        (b"/nothing", None),
        (b"/anthropic", None),
        (b"/model/%ff/converse", None),
    ],
)
def test_a_path_means_what_its_users_expect(path: bytes, route: Route | None) -> None:
    assert route_of(path) == route


def test_every_dialect_is_registered_under_its_own_form() -> None:
    assert all(dialect.form is form for form, dialect in DIALECTS.items())
