"""The dialect does what its rooms do."""

import json

import pytest

from narrowgate.dialects.openai_chat import DIALECT
from narrowgate.model.conversation import Form, Text
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Began, Choice, Reply
from tests.dialects.openai_chat.asking import asked


def test_one_instance_speaks_all_of_it() -> None:
    assert (DIALECT.form, DIALECT.stream_type) == (Form.OPENAI_CHAT, b"text/event-stream")
    assert b'"content":"hi"' in DIALECT.render(Reply(Form.COHERE_CHAT, "x", "m", (Choice((Text("hi"),)),)), asked())
    assert b'"role":"assistant"' in DIALECT.encoder(asked(), "x", 1).encode(Began(Form.COHERE_CHAT))


def test_faults_have_openais_types() -> None:
    fault = Fault(FaultKind.UPSTREAM_REFUSED, "slow", upstream_status=429, upstream_type="RESOURCE_EXHAUSTED")
    assert json.loads(DIALECT.render_fault(fault))["error"]["type"] == "rate_limit_error"


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ("sampling.top_k", "top_k"),
        ("max_output_tokens", "max_completion_tokens"),
        ("messages[3].parts[0]", "messages[3].content[0]"),
        ("tools[2]", "tools[2]"),
        ("hints.cache_key", "prompt_cache_key"),
        ("hints.user", "user"),
        ("reasoning.effort", "reasoning_effort"),
        ("extensions.prediction", "prediction"),
        ("extensions.messages[0].parts[1].x", "messages[0].content[1].x"),
    ],
)
def test_neutral_paths_are_named_as_the_client_knows_them(what: str, field: str) -> None:
    assert DIALECT.field(what) == field
