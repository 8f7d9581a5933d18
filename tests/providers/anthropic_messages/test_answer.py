import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.model.conversation import Foreign, Form, Seal, Text, Thought, ToolCall
from narrowgate.model.fault import Failed
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage
from narrowgate.providers.anthropic_messages.answer import finish_of, from_wire, readable, usage_of
from narrowgate.schemas.anthropic_messages import CacheCreation, OutputDetails, UsageObject
from narrowgate.wire.errors import WireError

OWN = Form.ANTHROPIC_MESSAGES


def test_a_whole_answer_is_read() -> None:
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "s"},
            {"type": "text", "text": "yes", "citations": None},
            {"type": "tool_use", "name": "look", "input": {"a": 1}, "caller": {"type": "direct"}},
            {"type": "web_search_tool_result", "content": []},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "stop_details": None,
        "container": {"id": "c"},
        "usage": {
            "input_tokens": 3.0,
            "cache_creation_input_tokens": 7,
            "cache_read_input_tokens": None,
            "output_tokens": 11,
            "output_tokens_details": {"thinking_tokens": 9},
            "service_tier": "standard",
        },
    }
    parts = (
        Thought("hm", Seal(OWN, "s")),
        Text("yes"),
        ToolCall("call_2", "look", '{"a":1}'),
        Foreign(OWN, "web_search_tool_result", Raw(b'{"type":"web_search_tool_result","content":[]}')),
    )
    assert from_wire(msgspec.json.encode(body)) == Reply(
        OWN,
        "msg_1",
        "claude",
        (Choice(parts, Finish.TOOL_CALLS, finish_word="tool_use"),),
        Usage(3, 0, 7, output_text=2, reasoning=9),
        service_tier="standard",
        extras=(("container", Raw(b'{"id":"c"}')),),
    )


def test_usage_never_counts_below_nothing_or_thinking_beyond_the_output() -> None:
    told = UsageObject(-3, None, 2, 5, OutputDetails(9))
    assert usage_of(told) == Usage(0, 2, 0, reasoning=5)


def test_what_is_cached_for_an_hour_is_counted_apart() -> None:
    told = UsageObject(1, 9, cache_creation=CacheCreation(4, 5))
    assert usage_of(told) == Usage(1, cache_write=4, cache_write_1h=5)
    assert usage_of(UsageObject(1, None, cache_creation=CacheCreation(4, 5))) == usage_of(told)
    assert usage_of(UsageObject(1, 9)) == Usage(1, cache_write=9)


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("pause_turn", Finish.PAUSE),
        ("refusal", Finish.REFUSAL),
        ("new", Finish.OTHER),
        (None, None),
    ],
)
def test_reasons_are_neutral(word: str | None, finish: Finish | None) -> None:
    assert finish_of(word) is finish


def test_an_error_with_status_200_is_one() -> None:
    for body in (b'{"type":"error","error":{"type":"api_error","message":"no"}}', b'{"error":{"message":"no"}}'):
        with pytest.raises(Failed) as caught:
            from_wire(body)
        assert caught.value.fault.message == "no"


def test_half_an_emoji_does_not_spoil_the_answer() -> None:
    assert from_wire(b'{"content":[{"type":"text","text":"cut \\ud83d"}]}').choices[0].parts == (Text("cut \ufffd"),)


def test_what_is_not_utf_8_is_no_answer() -> None:
    with pytest.raises(WireError):
        readable(b'{"a":"\xff"}')


@pytest.mark.slow
@given(st.binary(max_size=100) | st.builds(msgspec.json.encode, st.recursive(st.text() | st.none(), st.lists)))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    for body in (junk, b'{"content":' + junk + b"}", b'{"content":[' + junk + b"]}", b"[" * 100_000):
        try:
            from_wire(body)
        except WireError:
            continue
        assert b"content" in body
