import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.conversation import Foreign, Text, Thought, ToolCall
from narrowgate.model.fault import Failed
from narrowgate.model.reply import Finish, fold
from narrowgate.model.usage import Usage
from narrowgate.providers.cohere_chat.answer import PLAN, finish_of, reply_of, usages
from narrowgate.schemas import cohere_chat as schema
from narrowgate.wire.errors import WireError
from tests.providers.cohere_chat.told import CALLED, CITATION, CITED, heard

WHOLE_CITED = (
    '{"id":"m-1","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"thinking",'
    '"thinking":"Hm."},{"type":"text","text":"Hé"}],"citations":['
    + CITATION
    + ']},"usage":{"billed_units":{"input_tokens":3,'
    '"output_tokens":5},"tokens":{"input_tokens":90.0,"output_tokens":7,"reasoning_tokens":4},"cached_tokens":80}}'
).encode()
WHOLE_CALLED = (
    b'{"id":"m-1","finish_reason":"TOOL_CALL","message":{"role":"assistant","tool_plan":"I will look.","content":null,'
    b'"tool_calls":[{"id":"c0","type":"function","function":{"name":"look","arguments":"{}"}},'
    b'{"id":"c1","type":"function","function":{"name":"ask","arguments":"{}"}}]}}'
)


@pytest.mark.parametrize(("whole", "stream"), [(WHOLE_CITED, CITED), (WHOLE_CALLED, CALLED)])
def test_an_answer_is_its_stream_folded(whole: bytes, stream: bytes) -> None:
    assert reply_of(whole) == fold(heard(stream))


def test_a_citation_belongs_to_the_content_it_names() -> None:
    body = b'{"id":"x","message":{"content":[{"text":"a"},{"text":"b"}],"citations":[{"content_index":1},{"start":0}]}}'
    first, second = reply_of(body).choices[0].parts
    assert isinstance(first, Text)
    assert isinstance(second, Text)
    assert [bytes(c.raw) for c in first.citations] == [b'{"start":0}']
    assert [bytes(c.raw) for c in second.citations] == [b'{"content_index":1}']


def test_what_is_unknown_is_kept_for_cohere_alone() -> None:
    reply = reply_of(b'{"message":{"content":[{"type":"image","x":1}]},"meta":{"y":2}}')
    assert isinstance(reply.choices[0].parts[0], Foreign)
    assert [(name, bytes(value)) for name, value in reply.extras] == [("meta", b'{"y":2}')]


def test_nulls_and_missing_ids_are_no_harm() -> None:
    reply = reply_of(
        b'{"id":null,"finish_reason":null,"message":{"content":"hi","tool_calls":[{"function":null}]},"usage":null}'
    )
    assert reply.choices[0].parts == (Text("hi"), ToolCall("call_0", "", ""))
    assert reply.choices[0].finish is None


def test_a_picture_costs_its_tokens_and_is_not_in_the_text_count() -> None:
    told = schema.Usage(schema.Counts(267, 66), schema.Counts(34, 70, 0, 259), 0)
    assert usages(told) == (
        Usage(input_text=34, output_text=70),
        Usage(input_text=8, input_image=259, output_text=66),
    )


def test_without_token_counts_the_charged_ones_are_used() -> None:
    usage, charged = usages(schema.Usage(schema.Counts(2, 3)))
    assert usage == charged == Usage(input_text=2, output_text=3)
    assert usages(None) == (None, None)


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("COMPLETE", Finish.STOP),
        ("STOP_SEQUENCE", Finish.STOP_SEQUENCE),
        ("MAX_TOKENS", Finish.LENGTH),
        ("TOOL_CALL", Finish.TOOL_CALLS),
        ("ERROR_TOXIC", Finish.CONTENT_FILTER),
        ("TIMEOUT", Finish.OTHER),
        (None, None),
    ],
)
def test_words_for_the_end_are_understood(word: str | None, finish: Finish | None) -> None:
    assert finish_of(word) is finish


def test_an_error_with_a_good_status_is_a_fault() -> None:
    with pytest.raises(Failed, match="overloaded"):
        reply_of(b'{"id":"1","message":"overloaded"}')


def test_the_plan_stands_first() -> None:
    assert reply_of(WHOLE_CALLED).choices[0].parts[0] == Thought("I will look.", PLAN)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"message":{"content":[1]}}', b'{"message":{}', b"\xff"])
def test_what_is_no_answer_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        reply_of(body)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists))
def test_junk_in_an_answer_is_a_wire_error_or_a_fault(junk: object) -> None:
    for body in ({"message": junk}, {"message": {"content": junk}}, {"message": {}, "usage": junk}):
        try:
            reply_of(msgspec.json.encode(body))
        except (WireError, Failed):
            continue
