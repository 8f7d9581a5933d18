import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.chat_repair import has_calls, mend_answer, mend_finish


def test_words_of_their_own_are_openais() -> None:
    for word in (b"eos", b"eos_token", b"stop_sequence"):
        data = b'data: {"choices":[{"index":0,"delta":{},"finish_reason": "%b"}]}\n\n' % word
        assert mend_finish(data, has_called=False) == data.replace(word, b"stop")
        assert mend_finish(data, has_called=True) == data.replace(word, b"tool_calls")


@pytest.mark.parametrize(
    "data",
    [
        b'{"finish_reason":"stop"}',
        b'{"content":"eos"}',
        b'{"content":"say \\"finish_reason\\":\\"eos\\""}',
        b'{"finish_reason":null,"content":"eos_token"}',
        b"",
    ],
)
def test_what_is_right_or_only_talked_about_stays(data: bytes) -> None:
    assert mend_finish(data, has_called=False) == data
    assert mend_answer(data) == data


def test_calls_get_ids_and_arguments_are_text() -> None:
    calls = [
        {"id": 0, "type": "function", "function": {"name": "f", "arguments": {"a": 1.5}}},
        {"id": "given", "type": "function", "function": {"name": "g", "arguments": "{}"}},
        {"type": "function", "function": {"name": "h", "arguments": "{}"}},
    ]
    answer = {"id": "", "choices": [{"index": 0, "message": {"tool_calls": calls}, "finish_reason": "eos_token"}]}
    assert has_calls(json.dumps(answer).encode())
    told = json.loads(mend_answer(json.dumps(answer).encode()))["choices"][0]
    assert told["finish_reason"] == "tool_calls"
    assert [call["id"] for call in told["message"]["tool_calls"]] == ["call_0", "given", "call_2"]
    assert told["message"]["tool_calls"][0]["function"]["arguments"] == '{"a":1.5}'


@pytest.mark.parametrize(
    "body",
    [
        b'{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"arguments":"{}"}}]}}]}',
        b'{"choices":3,"tool_calls":[{}]}',
        b'{"choices":[null,{"message":3},{"message":{"tool_calls":3}}],"tool_calls": [ {}]}',
        b'{"tool_calls":[{',
    ],
)
def test_what_needs_no_mending_is_not_touched(body: bytes) -> None:
    assert mend_answer(body) == body


_JSON = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["eos", "stop", "a", 0]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["choices", "message", "tool_calls", "id"]), inner),
)


@given(_JSON)
def test_whatever_it_is_it_stays_json(document: object) -> None:
    msgspec.json.decode(mend_answer(msgspec.json.encode(document)))
