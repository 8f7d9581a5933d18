import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import as_object, in_object, one_line, sound


def test_a_body_that_is_not_utf8_is_refused_even_in_what_is_skipped() -> None:
    with pytest.raises(WireError, match="not UTF-8 at byte 6"):
        sound(b'{"x":"\xff"}')


def test_half_an_emoji_is_mended() -> None:
    assert msgspec.json.decode(sound(b'["\\ud83d","\xc3\xa9"]')) == ["�", "é"]


def test_an_object_stays_as_it_is() -> None:
    assert as_object('{"a": 1}') == b'{"a": 1}'
    assert as_object(" ") == as_object("null") == b"{}"


@pytest.mark.parametrize("text", ['{"a": ', "[1]", "free text", "\ufffd"])
def test_what_is_no_object_is_held_whole_in_one(text: str) -> None:
    assert msgspec.json.decode(as_object(text)) == {"input": text}


def test_json_over_several_lines_is_put_on_one() -> None:
    text = b'{\r\n "a": "b\\n"\n}'
    assert b"\n" not in one_line(text)
    assert msgspec.json.decode(one_line(text)) == {"a": "b\n"}


@given(st.text())
def test_every_text_becomes_an_object(text: str) -> None:
    assert isinstance(msgspec.json.decode(as_object(text)), dict)
    assert msgspec.json.decode(in_object(text)) == {"input": text}
