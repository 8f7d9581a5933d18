"""Lines come out the same however the bytes were cut."""

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.ndjson import LineReader

STREAM = b'{"a":1}\r\n\n  \n{"b":"\xc3\xa9"}\n{"c":3}'
LINES = [b'{"a":1}', b'{"b":"\xc3\xa9"}']


def test_empty_lines_are_skipped_and_the_last_needs_no_newline() -> None:
    reader = LineReader()
    assert reader.feed(STREAM) == LINES
    assert reader.end() == b'{"c":3}'
    assert reader.end() == b""


@given(st.lists(st.integers(1, len(STREAM) - 1)))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    reader, at, found = LineReader(), 0, []
    for cut in [*sorted(cuts), len(STREAM)]:
        found += reader.feed(STREAM[at:cut])
        at = cut
    assert (found, reader.end()) == (LINES, b'{"c":3}')
