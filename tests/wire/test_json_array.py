"""An array is read in any cuts, and its end is told apart from being cut off."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.errors import WireError
from narrowgate.wire.json_array import JsonArrayReader, JsonArrayWriter

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def pieces(text: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted({cut % (len(text) + 1) for cut in cuts}), len(text)]
    return [text[begin:end] for begin, end in itertools.pairwise(edges)]


@pytest.mark.slow
@given(st.lists(VALUES, max_size=5), st.lists(st.integers(0, 10_000), max_size=8), st.sampled_from([None, 1]))
def test_cuts_do_not_matter(values: list[object], cuts: list[int], indent: int | None) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=False).encode()
    reader = JsonArrayReader()
    found = [element for piece in pieces(text, cuts) for element in reader.feed(piece)]
    assert [json.loads(element) for element in found] == values
    assert reader.is_closed


@pytest.mark.slow
@given(st.lists(VALUES, max_size=5))
def test_what_is_written_is_one_array(values: list[object]) -> None:
    writer = JsonArrayWriter()
    text = b"".join([writer.element(json.dumps(value).encode()) for value in values]) + writer.end()
    assert json.loads(text) == values


def test_an_array_cut_off_is_not_closed() -> None:
    reader = JsonArrayReader()
    assert reader.feed(b'[{"a":"]"},{"b":') == [b'{"a":"]"}']
    assert not reader.is_closed


@pytest.mark.parametrize("text", [b'{"a":1}', b"data: x", b"[1] 2"])
def test_anything_else_is_refused(text: bytes) -> None:
    with pytest.raises(WireError):
        JsonArrayReader().feed(text)
