"""A whole answer says what its stream says."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.conversation import Form, Text, ToolCall
from narrowgate.model.fault import Failed
from narrowgate.model.reply import Finish, fold, unfold
from narrowgate.model.usage import Usage
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat.answer import read_answer
from narrowgate.wire.errors import WireError
from tests.providers.openai_chat.told import answered, chunk, folded

CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}


def test_everything_is_read() -> None:
    usage = {
        "prompt_tokens": 5,
        "completion_tokens": 3,
        "total_tokens": 8,
        "prompt_tokens_details": {"cached_tokens": 2},
    }
    reply = answered(
        {"role": "assistant", "content": "hi", "tool_calls": [CALL]},
        "tool_calls",
        usage=usage,
        service_tier="flex",
        system_fingerprint="fp",
    )
    assert (reply.form, reply.id, reply.model, reply.created_s) == (Form.OPENAI_CHAT, "c1", "m", 7)
    assert reply.choices[0].parts == (Text("hi"), ToolCall("a", "f", '{"x":1}'))
    assert reply.choices[0].finish is Finish.TOOL_CALLS
    assert reply.usage == Usage(3, 2, output_text=3)
    assert reply.service_tier == "flex"
    assert reply.extras == (("system_fingerprint", msgspec.Raw(b'"fp"')),)


@given(st.text(max_size=5), st.text(max_size=5), st.booleans(), st.sampled_from(["stop", "length", "eos", None]))
def test_whole_and_streamed_answers_agree(text: str, thought: str, has_call: bool, finish: str | None) -> None:
    message = {"content": text, "reasoning_content": thought, "tool_calls": [CALL] if has_call else None}
    whole = answered(message, finish)
    parts = [
        chunk({"reasoning_content": thought}),
        chunk({"content": text}),
        chunk({"tool_calls": message["tool_calls"]}),
    ]
    assert folded(*parts, chunk({}, finish), b"data: [DONE]\n\n") == whole
    assert fold(unfold(whole)) == whole


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"{}", b'{"choices":[]}', b'{"choices":[1]}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_completion_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        read_answer(body, Quirks())


def test_an_error_in_a_successful_answer_is_a_failure() -> None:
    with pytest.raises(Failed) as caught:
        read_answer(json.dumps({"error": {"message": "no more", "code": 503}}).encode(), Quirks())
    assert (caught.value.fault.message, caught.value.fault.upstream_status) == ("no more", 503)
