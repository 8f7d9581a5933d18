import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.operation import Operation
from narrowgate.wire.sse import (
    EventWatch,
    data_of,
    events,
    first_event_with,
    has_done,
    last_data_with,
    without_broken,
)

FINISH = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n'
STREAM = (
    b": comment\n\n"
    + 'data: {"choices":[{"delta":{"content":"é😀 [DONE]"},"finish_reason":null}]}\r\n\r\n'.encode()
    + FINISH
    + USAGE
    + b"data: [DONE]\n\n"
)


def watch(data: bytes, cuts: list[int], operation: Operation = Operation.CHAT) -> tuple[EventWatch, list[bytes]]:
    seen, found, at = EventWatch(operation), [], 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        if cut > at:
            piece = seen.feed(data[at:cut])
            if piece:
                found.append(piece)
            at = cut
    return seen, found


@given(st.lists(st.integers(min_value=0, max_value=1000)))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    seen, pieces = watch(STREAM, cuts)
    assert b"".join(pieces) == STREAM
    assert seen.is_complete
    assert seen.is_at_boundary
    assert b"usage" in seen.usage_piece


@given(st.lists(st.integers(min_value=0, max_value=1000)))
def test_only_whole_events_come_out(cuts: list[int]) -> None:
    for piece in watch(STREAM, cuts)[1]:
        assert piece.endswith((b"\n\n", b"\r\n\r\n"))


@pytest.mark.parametrize("length", range(0, len(FINISH), 7))
def test_a_stream_cut_before_its_end_is_not_complete(length: int) -> None:
    assert not watch(FINISH[:length], [])[0].is_complete


def test_the_word_in_a_text_is_no_end() -> None:
    seen, _ = watch(b'data: {"choices":[{"delta":{"content":"data: [DONE]"}}]}\n\n', [])
    assert not seen.is_complete


def test_every_choice_needs_its_finish_reason() -> None:
    seen = EventWatch(Operation.CHAT, choices=2)
    seen.feed(FINISH)
    assert not seen.is_complete
    seen.feed(FINISH.replace(b'"index":0', b'"index":1'))
    assert seen.is_complete


def test_responses_end_with_their_terminal_event() -> None:
    data = b'event: response.completed\ndata: {"type":"response.completed","response":{}}\n\n'
    assert watch(data, [], Operation.RESPONSES)[0].is_complete
    assert not watch(FINISH, [], Operation.RESPONSES)[0].is_complete


def test_operations_without_a_sign_do_not_know_their_end() -> None:
    assert not EventWatch(Operation.EMBEDDINGS).knows_its_end
    assert EventWatch(Operation.CHAT).knows_its_end


@given(st.lists(st.integers(min_value=0, max_value=10), max_size=4))
def test_a_byte_order_mark_is_removed(cuts: list[int]) -> None:
    assert b"".join(watch(b"\xef\xbb\xbf" + FINISH, cuts)[1]) == FINISH


def test_half_an_event_is_held_and_can_be_had() -> None:
    seen, pieces = watch(FINISH + b"data: {half", [])
    assert pieces == [FINISH]
    assert not seen.is_at_boundary
    assert seen.flush() == b"data: {half"


@given(st.binary(max_size=200))
def test_events_are_a_partition(data: bytes) -> None:
    assert b"".join(events(data)) == data


def test_data_lines_are_joined() -> None:
    assert data_of(b"event: x\ndata: a\ndata:b\r\ndata\n\n") == b"a\nb"
    assert data_of(b": only a comment\n\n") == b""


def test_the_end_mark_is_found_with_and_without_its_space() -> None:
    assert has_done(b"data: [DONE]\n\n")
    assert has_done(b"x\n\ndata:[DONE]")
    assert not has_done(b'data: {"a":"[DONE]"}')


def test_a_line_can_be_looked_up_by_what_it_holds() -> None:
    assert last_data_with(b'data: {"usage":1}\n\ndata: {"usage":2}\r\n\r\ndata: x\n\n', b"usage") == b' {"usage":2}'
    assert last_data_with(b"data: x\n\n", b"usage") == b""
    assert last_data_with(b"event: usage\n\n", b"usage") == b""


GOOD = b'data: {"a":1}\n\n'


@pytest.mark.parametrize("good", [GOOD, GOOD * 3, GOOD * 2 + b"data: [DONE]\n\n", b"data: [DONE]\n\n", b": hi\n\n"])
def test_good_events_pass_as_the_same_object(good: bytes) -> None:
    assert without_broken(good) == good


@pytest.mark.parametrize("bad", [b"data: nope\n\n", b'data: {"a":\n\n', b"data: {x}\n\n", b"event: e\ndata: {\n\n"])
def test_an_event_that_is_no_json_is_left_out(bad: bytes) -> None:
    named = b'event: e\ndata: {"b":"\\ud83d"}\n\n'
    assert without_broken(GOOD + bad + named + b"data: [DONE]\n\n") == GOOD + named + b"data: [DONE]\n\n"
    assert without_broken(bad) == b""


@given(st.lists(st.sampled_from([FINISH, USAGE, b": usage\r\n\r\n", b"data: x\r\r"]), max_size=6))
def test_the_first_event_that_holds_a_text_is_found(sent: list[bytes]) -> None:
    first = next((index for index, event in enumerate(sent) if b"usage" in event), len(sent))
    assert first_event_with(b"".join(sent), b"usage") == sum(map(len, sent[:first]))
