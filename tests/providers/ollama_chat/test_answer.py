import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.conversation import Text, Thought, ToolCall
from narrowgate.model.fault import Failed
from narrowgate.model.reply import Finish
from narrowgate.model.usage import Usage
from narrowgate.providers.ollama_chat.answer import reply_of
from narrowgate.wire.errors import WireError

ANSWER = (
    b'{"model":"q","created_at":"2026-08-17T15:59:50.05206Z","message":{"role":"assistant","content":"Hi",'
    b'"thinking":"Hm.","tool_calls":[{"function":{"index":0,"name":"f","arguments":{"a": 1}}}]},"done":true,'
    b'"done_reason":"stop","total_duration":7,"prompt_eval_count":3,"eval_count":2.0}'
)


def test_a_whole_answer_is_a_stream_of_one_line() -> None:
    reply = reply_of(ANSWER)
    choice = reply.choices[0]
    assert choice.parts == (Thought("Hm."), Text("Hi"), ToolCall("call_0", "f", '{"a": 1}'))
    assert (choice.finish, choice.finish_word) == (Finish.TOOL_CALLS, "stop")
    assert (reply.model, reply.created_s, reply.usage) == ("q", 1_786_982_390, Usage(3, output_text=2))


def test_durations_are_kept_for_ollamas_own_clients() -> None:
    assert [(name, bytes(value)) for name, value in reply_of(ANSWER).extras] == [("total_duration", b"7")]


def test_an_error_with_a_good_status_is_a_fault() -> None:
    with pytest.raises(Failed, match="no model"):
        reply_of(b'{"error":"no model"}')


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"message":{"content":"a"},"done":false}', b'{"done":"x"}', b"\xff"]
)
def test_what_is_no_whole_answer_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        reply_of(body)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists))
def test_junk_in_an_answer_is_a_wire_error_or_a_fault(junk: object) -> None:
    for body in ({"message": junk, "done": True}, {"done": junk}, {"error": junk, "done": True}):
        try:
            reply_of(msgspec.json.encode(body))
        except (WireError, Failed):
            continue
