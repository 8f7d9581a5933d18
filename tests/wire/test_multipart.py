import contextlib
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from narrowgate.wire.errors import WireError
from narrowgate.wire.multipart import Found, ModelField, boundary_of

BOUNDARY = b"xX-7"
LIMIT = 100_000


def part(head: bytes, content: bytes) -> bytes:
    return b"--%b\r\n%b\r\n\r\n%b\r\n" % (BOUNDARY, head, content)


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--%b--\r\n" % BOUNDARY


def named(name: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="%b"' % name


FILE = part(
    b'Content-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg',
    b"\x00\r\n\xff--xX-6" * 9,
)
MODEL = part(named(b"model"), b"openai/whisper-1")
LANGUAGE = part(named(b"language"), b"en")


def read(pieces: list[bytes]) -> tuple[Found | None, bool]:
    """Feed all; put what comes after the value together."""
    field = ModelField(BOUNDARY, LIMIT)
    found = None
    after = b""
    for piece in pieces:
        now = field.feed(piece)
        if now is not None:
            assert found is None
            found, after = now, now.after
        elif found is not None:
            after += piece
    return (None if found is None else Found(found.before, found.value, after)), field.is_closed


def outcome(pieces: list[bytes]) -> object:
    try:
        return read(pieces)
    except WireError as error:
        return str(error), error.path


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted(place % (len(data) + 1) for place in places)
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)]


def bytewise(data: bytes) -> Iterator[bytes]:
    return (data[at : at + 1] for at in range(len(data)))


@pytest.mark.parametrize(
    "head",
    [
        named(b"model"),
        b"content-disposition: form-data; name=model",
        b'CONTENT-DISPOSITION:form-data;NAME="model"',
        b'Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data ; name = "model" ;',
        b'Content-Disposition: form-data; name="mo\\del"',
        b'Content-Transfer-Encoding: 8bit\r\nContent-Disposition: form-data; name="model"',
    ],
)
def test_the_model_is_found_however_its_part_is_written(head: bytes) -> None:
    body = form(LANGUAGE, part(head, b"whisper-1"), FILE)
    found, is_closed = read([body])
    assert found is not None
    assert is_closed
    assert found.value == b"whisper-1"
    assert found.before + found.value + found.after == body
    assert found.before.endswith(b"\r\n\r\n")
    assert found.after.startswith(b"\r\n--")


@pytest.mark.parametrize("body", [form(MODEL, FILE), form(FILE, MODEL), form(LANGUAGE, FILE, MODEL, LANGUAGE)])
def test_files_before_and_after_the_model_do_not_hide_it(body: bytes) -> None:
    found, _ = read([body])
    assert found is not None
    assert found.value == b"openai/whisper-1"
    assert read(list(bytewise(body)))[0] == found


def test_text_before_the_first_boundary_is_passed_over() -> None:
    found, _ = read([b"This is a form.\r\n" + form(MODEL)])
    assert found is not None
    assert found.before.startswith(b"This is a form.\r\n--xX-7\r\n")


def test_a_part_without_head_or_content_is_no_obstacle() -> None:
    bare = b"--xX-7\r\n\r\nno head\r\n"
    empty = b"--xX-7\r\n" + named(b"prompt") + b"\r\n\r\n"
    found, _ = read([form(bare, empty, part(named(b"temperature"), b""), MODEL)])
    assert found is not None
    assert found.value == b"openai/whisper-1"


def test_white_space_after_a_boundary_is_allowed() -> None:
    found, _ = read([form(LANGUAGE, MODEL).replace(b"xX-7\r\n", b"xX-7 \t\r\n")])
    assert found is not None


def test_a_form_without_model_closes_without_one() -> None:
    assert read([form(LANGUAGE, FILE)]) == (None, True)
    assert read([form(part(named(b"models"), b"m"), part(b'X-Name: "model"', b"m"))]) == (None, True)


def test_an_unfinished_form_is_neither_found_nor_closed() -> None:
    assert read([LANGUAGE + FILE]) == (None, False)
    assert read([MODEL.removesuffix(b"\r\n")]) == (None, False)


def test_a_second_model_is_refused_even_after_the_first_was_found() -> None:
    field = ModelField(BOUNDARY, LIMIT)
    first, second = form(MODEL, FILE).removesuffix(b"--xX-7--\r\n"), form(MODEL)
    assert field.feed(first) is not None
    with pytest.raises(WireError, match="names it twice") as raised:
        field.feed(second)
    assert raised.value.path == "model"


def test_what_is_held_is_bounded_but_what_follows_the_model_is_not() -> None:
    field = ModelField(BOUNDARY, 1_000)
    with pytest.raises(WireError, match="not within the first 1000 bytes of the form; send it before the files"):
        field.feed(form(part(named(b"file"), b"a" * 2_000)).removesuffix(b"--xX-7--\r\n"))
    late = ModelField(BOUNDARY, 1_000)
    assert late.feed(MODEL) is None
    assert late.feed(b"--xX-7\r\n" + named(b"file") + b"\r\n\r\n") is not None
    for _ in range(9):
        assert late.feed(b"a" * 1_000) is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (form(part(named(b"model"), b"m" * 1_100)), "model: longer than 1024 bytes"),
        (form(part(b"X: " + b"a" * 9_000, b"")), "head is longer than 8192 bytes"),
        (b"--xX-7" + b" " * 80 + b"\r\n", "something follows a boundary"),
        (b"--xX-77\r\n" + named(b"model") + b"\r\n\r\nm\r\n--xX-7--", "something follows a boundary"),
        (form(part(named(b"file"), b"a--xX-7")), "middle of a line"),
        (form(part(named(b"file"), b"a\n--xX-7\n" + named(b"model") + b"\n\nm")), "middle of a line"),
        (form(part(named(b"model"), b"m\n--xX-7\nX: y")), "middle of a line"),
        (form(b"--xX-7\r\n" + named(b"model") + b"\r\n\r\n"), "model: empty"),
        (form(part(named(b"a") + b"\n" + named(b"model"), b"m")), "continued or broken"),
        (form(part(b'Content-Disposition: form-data;\r\n name="model"', b"m")), "continued or broken"),
        (form(part(b'Content-Disposition : form-data; name="model"', b"m")), "continued or broken"),
        (form(part(b"no header", b"m")), "continued or broken"),
        (form(part(named(b"a") + b"\r\n" + named(b"model"), b"m")), "a header twice"),
        (form(part(named(b"a") + b'; name="model"', b"m")), "names 'name' twice"),
        (form(part(b'Content-Disposition: form-data; name="mo"del"', b"m")), "cannot be read"),
        (form(part(b"Content-Disposition: form-data; name*=utf-8''model", b"m")), "which RFC 7578 does not allow"),
        (form(part(named(b"model") + b'; filename="m.txt"', b"m")), "model: the form has it as a file"),
        (form(part(b"Content-Transfer-Encoding: Base64\r\n" + named(b"model"), b"bQ==")), "in a transfer encoding"),
        (form(MODEL, MODEL), "names it twice"),
        (form(LANGUAGE) + MODEL, "something follows its last boundary"),
    ],
)
def test_what_readers_could_understand_differently_is_refused(body: bytes, message: str) -> None:
    for pieces in ([body], list(bytewise(body))):
        with pytest.raises(WireError, match=message):
            read(pieces)


PIECES = st.sampled_from(
    [
        FILE,
        MODEL,
        LANGUAGE,
        b"--xX-7",
        b"--",
        b"\r\n",
        b"\r",
        b"\n",
        b"-",
        b"xX",
        named(b"model"),
        named(b"f"),
        b"m",
        b" ",
    ]
)


@given(body=st.lists(PIECES, max_size=8).map(b"".join), places=st.lists(st.integers(0, 2_000), max_size=6))
@example(body=form(FILE, MODEL, LANGUAGE), places=[1, 2, 3])
def test_cuts_do_not_matter(body: bytes, places: list[int]) -> None:
    whole = outcome([body])
    assert outcome(cut(body, places)) == whole
    assert outcome(list(bytewise(body))) == whole


SAFE = st.binary(max_size=60).filter(lambda content: b"--xX-7" not in content)


@given(
    files=st.lists(SAFE, max_size=3), value=st.from_regex(rb"[a-z0-9/.-]{1,30}", fullmatch=True), at=st.integers(0, 3)
)
def test_the_value_is_found_among_any_parts(files: list[bytes], value: bytes, at: int) -> None:
    parts = [part(named(b"file"), content) for content in files]
    parts.insert(at, part(named(b"model"), value))
    body = form(*parts)
    found, is_closed = read([body])
    assert found is not None
    assert is_closed
    assert found.value == value
    assert found.before + found.value + found.after == body


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        (b"multipart/form-data; boundary=----WebKitFormBoundaryX", b"----WebKitFormBoundaryX"),
        (b'Multipart/Form-Data;charset=utf-8;BOUNDARY="a b:c"', b"a b:c"),
        (b"multipart/form-data; boundary===x==;", b"==x=="),
        (b'multipart/form-data; boundary="a\\b"', b"ab"),
        (b"multipart/form-data; boundary=" + b"b" * 70, b"b" * 70),
    ],
)
def test_the_boundary_is_read_quoted_or_not(content_type: bytes, boundary: bytes) -> None:
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        (b"", "expected multipart/form-data"),
        (b"application/json; boundary=x", "expected multipart/form-data"),
        (b"multipart/form-data", "has no boundary"),
        (b'multipart/form-data; boundary=""', "has no boundary"),
        (b"multipart/form-data; boundary=" + b"b" * 71, "longer than 70 bytes"),
        (b"multipart/form-data; boundary=a; boundary=b", "names 'boundary' twice"),
        (b'multipart/form-data; boundary="a', "cannot be read"),
        (b'multipart/form-data; boundary="a\xff"', "does not allow"),
        (b'multipart/form-data; boundary="a "', "does not allow"),
    ],
)
def test_a_content_type_without_a_usable_boundary_is_refused(content_type: bytes, message: str) -> None:
    with pytest.raises(WireError, match=message):
        boundary_of(content_type)


@given(st.binary(max_size=200))
def test_junk_is_a_wire_error_at_most(junk: bytes) -> None:
    outcome([junk])
    outcome([b"--xX-7\r\n" + junk])
    with contextlib.suppress(WireError):
        boundary_of(b"multipart/form-data;" + junk)
