"""What is wrong with JSON is said with its path."""

import msgspec
import pytest

from narrowgate.schemas.reading import given, read
from narrowgate.wire.errors import WireError


class Item(msgspec.Struct):
    name: str


DECODER = msgspec.json.Decoder(list[Item])


def test_what_fits_is_returned() -> None:
    assert read(DECODER, b'[{"name":"a"}]') == [Item("a")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'[{"name":1}]', "[0].name: expected `str`, got `int`"),
        (b"{}", "expected `array`, got `object`"),
        (b"[", "the body is not valid JSON"),
        (b'[{"name":"\xff"}]', "the body is not UTF-8; send JSON in UTF-8"),
    ],
)
def test_what_does_not_fit_is_told(text: bytes, said: str) -> None:
    with pytest.raises(WireError) as caught:
        read(DECODER, text)
    assert str(caught.value) == said


def test_depth_has_an_end() -> None:
    with pytest.raises(WireError, match="nested too deep"):
        read(msgspec.json.Decoder(), b"[" * 100_000)


def test_null_is_the_same_as_absent() -> None:
    assert given(msgspec.UNSET) is None
    assert given(msgspec.Raw(b"null")) is None
    assert given(msgspec.Raw(b"{}")) == msgspec.Raw(b"{}")
