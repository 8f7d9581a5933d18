"""Complaints say where."""

import msgspec
import pytest

from narrowgate.dialects.openai_chat.reading import read_at, whole
from narrowgate.model.fault import Failed

LIST = msgspec.json.Decoder(list[int])
OBJECT = msgspec.json.Decoder(dict[str, int])


@pytest.mark.parametrize(
    ("text", "path", "where"),
    [(b'{"a":"x"}', "", "[...]"), (b"7", "", None), (b"7", "a.b", "a.b")],
)
def test_the_path_is_joined(text: bytes, path: str, where: str | None) -> None:
    with pytest.raises(Failed) as caught:
        read_at(OBJECT, text, path)
    assert caught.value.fault.param == where


def test_a_position_follows_without_a_point() -> None:
    with pytest.raises(Failed) as caught:
        read_at(LIST, b'[1,"x"]', "a")
    assert caught.value.fault.param == "a[1]"
    assert caught.value.fault.message == "a[1]: expected `int`, got `str`"


def test_counts_may_be_written_as_floats() -> None:
    assert (whole(None, "n"), whole(3, "n"), whole(100.0, "n")) == (None, 3, 100)
    for value in (1.5, float("inf"), 0):
        with pytest.raises(Failed):
            whole(value, "n", least=1)
