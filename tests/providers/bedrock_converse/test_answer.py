from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.model.conversation import Foreign, Text, Thought, ToolCall
from narrowgate.model.fault import Failed
from narrowgate.model.reply import Choice, Finish
from narrowgate.model.usage import Usage
from narrowgate.providers.bedrock_converse.answer import finish_of, from_wire, readable, stop_sequence_in, usage_of
from narrowgate.schemas.bedrock_converse import TokenUsage
from narrowgate.wire.errors import WireError


def _body(content: str, more: str = "") -> bytes:
    return f'{{"output":{{"message":{{"role":"assistant","content":[{content}]}}}}{more}}}'.encode()


def test_a_whole_answer_is_read() -> None:
    content = '{"reasoningContent":{"reasoningText":{"text":"hm"}}},{"text":"hi"},{"toolUse":{"name":"f","input":{}}}'
    more = (
        ',"stopReason":"tool_use","metrics":{"latencyMs":3},"serviceTier":{"type":"flex"},'
        '"usage":{"inputTokens":1,"outputTokens":2.0,"totalTokens":14,"cacheReadInputTokens":4,'
        '"cacheWriteInputTokens":7,"cacheReadInputTokenCount":4}'
    )
    reply = from_wire(_body(content, more))
    parts = (Thought("hm"), Text("hi"), ToolCall("call_2", "f", "{}"))
    assert reply.choices == (Choice(parts, Finish.TOOL_CALLS, finish_word="tool_use"),)
    assert reply.usage == Usage(1, 4, 7, output_text=2)
    assert reply.service_tier == "flex"
    assert reply.extras == (("metrics", Raw(b'{"latencyMs":3}')),)


def test_what_is_cached_for_an_hour_is_counted_apart() -> None:
    details = '"cacheDetails":[{"ttl":"5m","inputTokens":3},{"ttl":"1h","inputTokens":4}]'
    reply = from_wire(_body('{"text":"hi"}', f',"usage":{{"inputTokens":1,"cacheWriteInputTokens":7,{details}}}'))
    assert reply.usage == Usage(1, cache_write=3, cache_write_1h=4)


def test_what_bedrock_ran_itself_is_not_for_the_client_to_run() -> None:
    block = '{"toolUse":{"toolUseId":"t","name":"web","type":"server_tool_use","input":{}}}'
    (part,) = from_wire(_body(block)).choices[0].parts
    assert isinstance(part, Foreign)


def test_null_is_as_good_as_absent() -> None:
    reply = from_wire(_body('{"text":"x"},{"text":null}', ',"stopReason":null,"usage":null,"serviceTier":null'))
    assert reply.choices == (Choice((Text("x"),)),)
    assert reply.usage is None


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("model_context_window_exceeded", Finish.LENGTH),
        ("stop_sequence", Finish.STOP_SEQUENCE),
        ("guardrail_intervened", Finish.CONTENT_FILTER),
        ("content_filtered", Finish.CONTENT_FILTER),
        ("malformed_tool_use", Finish.OTHER),
        (None, None),
    ],
)
def test_a_stop_reason_has_its_meaning(word: str | None, finish: Finish | None) -> None:
    assert finish_of(word) is finish


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (b'{"stop_sequence":"END"}', "END"),
        (b'{"delta":{"stop_sequence":"END"}}', "END"),
        (b'{"delta":{"stop_sequence":null}}', None),
        (b'{"delta":[]}', None),
        (b"[]", None),
        (b"null", None),
    ],
)
def test_the_stop_sequence_is_found_where_models_tell_it(fields: bytes, found: str | None) -> None:
    assert stop_sequence_in(Raw(fields)) == found


def test_counts_are_never_negative() -> None:
    assert usage_of(TokenUsage(-1, None)) == Usage()


def test_an_error_in_spite_of_its_status_is_a_failure() -> None:
    with pytest.raises(Failed) as caught:
        from_wire(b'{"__type":"com.amazon#ThrottlingException","message":"slow"}')
    assert caught.value.fault.upstream_status == 429


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"output":{}}', b'{"output":{"message":{"role":1}}}', b"\xff"])
def test_what_is_no_answer_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        from_wire(body)


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner)
    )
)
def test_any_json_as_a_block_is_a_part_or_a_wire_error(document: object) -> None:
    with suppress(WireError):
        from_wire(_body(msgspec.json.encode(document).decode()))


def test_half_an_emoji_is_mended_and_bytes_that_are_no_text_refused() -> None:
    assert readable(b'"\\ud83d"') == b'"\\ufffd"'
    with pytest.raises(WireError):
        readable(b'{"a":"\xff"}')
