"""Events come out the same however the bytes were cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.sse_reader import SseReader

STREAM = b"\xef\xbb\xbf: hello\n\nevent: a\ndata: 1\n\ndata:[2,\r\ndata: 3]\r\n\r\n"
STREAM += b": c\r\rdata: 4\r\rid: 9\ndata: 5\n\r\ndata: 6"
EVENTS = [(b"a", b"1"), (b"", b"[2,\n3]"), (b"", b"4"), (b"", b"5"), (b"", b"6")]


def test_events_are_cut_at_every_kind_of_empty_line() -> None:
    reader = SseReader()
    assert reader.feed(STREAM) + reader.end() == EVENTS


@given(st.lists(st.integers(1, len(STREAM) - 1)))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    reader, at, found = SseReader(), 0, []
    for cut in [*sorted(cuts), len(STREAM)]:
        found += reader.feed(STREAM[at:cut])
        at = cut
    assert found + reader.end() == EVENTS


def test_an_event_that_is_no_json_is_skipped_and_the_rest_is_read() -> None:
    reader = SseReader()
    found = reader.feed(b'data: {"a":1}\n\ndata: {"a":\n\ndata: nope\n\ndata: [DONE]\n\ndata: {') + reader.end()
    assert found == [(b"", b'{"a":1}'), (b"", b"[DONE]")]


@pytest.mark.parametrize("rest", [b"", b": only a comment", b"event: x"])
def test_what_has_no_data_is_no_event(rest: bytes) -> None:
    reader = SseReader()
    assert reader.feed(rest) + reader.end() == []


_LINES = st.sampled_from(
    ["data: 1", "data:2", "data: [3,", "data: 4]", "event: a", "event:b", ": c", "id: 9", "", "data"]
)


@given(
    st.lists(st.tuples(_LINES, st.sampled_from(["\n", "\r\n", "\r"])), max_size=12),
    st.sampled_from(["\n\n", "\r\n\r\n"]),
)
def test_in_one_piece_events_are_what_they_are_byte_for_byte(lines: list[tuple[str, str]], end: str) -> None:
    text = ("".join(line + ending for line, ending in lines) + "data: 0" + end).encode()
    whole, apart = SseReader(), SseReader()
    one = whole.feed(text) + whole.end()
    assert one == [event for at in range(len(text)) for event in apart.feed(text[at : at + 1])] + apart.end()
