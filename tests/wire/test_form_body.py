import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.errors import WireError
from narrowgate.wire.form_body import FormBody, Part, read_form, write_form

PARTS = (
    Part("model", b"m"),
    Part("file", b"\x00\r\n--X\r\n\xff", "a.wav", b"audio/wav"),
    Part("tags[]", b"one"),
    Part("tags[]", b"two"),
)
FORM = FormBody(b"XX", PARTS)


def test_a_form_is_read_as_it_was_written() -> None:
    kind, body = write_form(FORM)
    assert kind == b'multipart/form-data; boundary="XX"'
    assert read_form(body, b"XX") == FORM


def test_fields_are_found_by_name() -> None:
    assert FORM.names() == ["model", "file", "tags"]
    assert FORM.file("file").filename == "a.wav"
    assert FORM.text("model") == "m"
    assert FORM.texts("tags") == ["one", "two"]
    assert FORM.text("nothing") is None
    with pytest.raises(WireError, match="twice"):
        FORM.text("tags")
    with pytest.raises(WireError, match="no such file"):
        FORM.file("model")
    with pytest.raises(WireError, match="UTF-8"):
        FormBody(b"XX", (Part("x", b"\xff"),)).text("x")


def test_what_would_end_a_header_line_does_not() -> None:
    sly = FormBody(b"XX", (Part("file", b"1", 'a"; x\r\ny: z\\'),))
    assert b"\r\ny: z" not in write_form(sly)[1]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--XX\r\n",
        b"--XX\r\nno head",
        b'--XX\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n',
        b"--XX\r\ncontent-disposition: form-data\r\n\r\n1\r\n--XX--",
        b'--XXjunk\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--XX--',
    ],
)
def test_a_malformed_form_is_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        read_form(body, b"XX")


_PART = st.builds(
    Part,
    st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1),
    st.binary().filter(lambda value: b"--XX" not in value),
    st.none() | st.text(st.characters(codec="ascii", categories=("L", "N"))),
    st.sampled_from((b"", b"audio/wav")),
)


@given(st.lists(_PART).map(tuple))
def test_reading_undoes_writing(parts: tuple[Part, ...]) -> None:
    form = FormBody(b"XX", parts)
    assert read_form(write_form(form)[1], b"XX") == form
