import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.escapes import mended


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        (rb'"cut \ud83d"', rb'"cut \ufffd"'),
        (rb'"\uDE00 begun late"', rb'"\ufffd begun late"'),
        (rb'"\ud83d\ud83d\ude00"', rb'"\ufffd\ud83d\ude00"'),
        (rb'"\\\ud83d"', rb'"\\\ufffd"'),
        (rb'"\ud83d\\ude00"', rb'"\ufffd\\ude00"'),
    ],
)
def test_half_a_pair_becomes_the_replacement_character(text: bytes, readable: bytes) -> None:
    assert mended(text) == readable


@pytest.mark.parametrize("text", [rb'"\ud83d\ude00"', rb'"\\ud83d"', b'"plain"', b"", rb'"\ud83"'])
def test_a_text_without_half_pairs_needs_no_mending(text: bytes) -> None:
    assert mended(text) is None


def test_a_very_long_text_is_not_looked_through() -> None:
    assert mended(rb'"\ud83d"' + b" " * (4 << 20)) is None


@given(st.text(alphabet=st.sampled_from('a\\ud8\ud83d\ude00\udbff\udc00é"')))
def test_what_was_mended_says_the_same_but_for_the_halves(value: str) -> None:
    text = json.dumps(value).encode()
    said = json.loads(text)  # where two halves have met by now
    whole = "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in said)
    readable = mended(text)
    assert json.loads(text if readable is None else readable) == whole
    assert readable is None or len(readable) == len(text)
