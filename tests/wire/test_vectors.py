import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.errors import WireError
from narrowgate.wire.vectors import packed, unpacked


@given(st.lists(st.floats(width=32, allow_nan=False)))
def test_unpacking_undoes_packing(vector: list[float]) -> None:
    assert unpacked(packed(vector)) == vector


def test_the_lowest_byte_comes_first() -> None:
    assert packed([0.5, 1.0]) == "AAAAPwAAgD8="


@pytest.mark.parametrize("text", ["AAA", "?", "AAAAPw", "AAAA", "ü"])
def test_what_is_no_vector_says_so(text: str) -> None:
    with pytest.raises(WireError):
        unpacked(text)


def test_a_number_beyond_32_bits_says_so() -> None:
    with pytest.raises(WireError):
        packed([1e300])
