import msgspec
import pytest

from narrowgate.dialects.openai_responses.reading import at, given, text_of
from narrowgate.schemas.openai_responses import NULL, ToolChoice
from narrowgate.wire.errors import WireError

CHOICE = msgspec.json.Decoder(ToolChoice)
LIST = msgspec.json.Decoder(list[int])


@pytest.mark.parametrize(
    ("decoder", "raw", "path", "message"),
    [
        (CHOICE, b'{"name":1}', "tool_choice.name", "tool_choice.name: expected `str | null`, got `int`"),
        (CHOICE, b"3", "tool_choice", "tool_choice: expected `object`, got `int`"),
        (LIST, b'[1,"x"]', "tool_choice[1]", "tool_choice[1]: expected `int`, got `str`"),
    ],
)
def test_what_is_wrong_is_named_by_its_path_in_the_whole(
    decoder: msgspec.json.Decoder[object], raw: bytes, path: str, message: str
) -> None:
    with pytest.raises(WireError) as caught:
        at(decoder, msgspec.Raw(raw), "tool_choice")
    assert (str(caught.value), caught.value.path) == (message, path)


def test_null_is_nothing() -> None:
    assert given(msgspec.Raw(b"null")) is None
    assert given(msgspec.Raw(b"1")) is not None


@pytest.mark.parametrize(("raw", "text"), [(b'"{}"', "{}"), (b'{"x": 1}', '{"x": 1}'), (bytes(NULL), "")])
def test_arguments_are_text_whatever_they_come_as(raw: bytes, text: str) -> None:
    assert text_of(msgspec.Raw(raw), "x") == text
