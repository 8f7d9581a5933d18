from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.answer import AnswerReader, FieldNames
from narrowgate.wire.errors import WireError

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-a: 1\r\n\r\n"
    b"5;ext=1\r\nhello\r\n1f\r\n" + b"x" * 31 + b"\r\n0\r\nx-trailer: y\r\n\r\n"
)
CLOSING = b"HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nhello"


def read(data: bytes, cuts: list[int]) -> tuple[AnswerReader, bytes]:
    reader, body, at = AnswerReader(FieldNames(bool)), b"", 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        if cut > at:
            body += reader.feed(data[at:cut])
            at = cut
    return reader, body


@given(st.lists(st.integers(min_value=0, max_value=400)))
@pytest.mark.parametrize(("data", "body"), [(PLAIN, b"hello"), (CHUNKED, b"hello" + b"x" * 31)])
def test_cuts_do_not_matter(data: bytes, body: bytes, cuts: list[int]) -> None:
    reader, found = read(data, cuts)
    assert found == body
    assert reader.is_done
    assert reader.head is not None
    assert reader.head.status == 200
    assert not reader.excess


def test_single_bytes_are_cuts_too() -> None:
    assert read(CHUNKED, list(range(len(CHUNKED))))[1] == b"hello" + b"x" * 31


@pytest.mark.parametrize("data", [PLAIN, CHUNKED])
def test_a_truncated_answer_is_never_whole(data: bytes) -> None:
    start = data.rindex(b"HTTP/1.1 200")
    for length in range(start, len(data)):
        reader, _ = read(data[:length], [])
        assert not reader.end()


def test_an_answer_without_length_ends_with_its_connection() -> None:
    reader, body = read(CLOSING, [])
    assert (body, reader.is_done) == (b"hello", False)
    assert reader.end()
    assert reader.head is not None
    assert not reader.head.is_keep_alive


def test_bytes_behind_the_end_are_excess() -> None:
    reader, body = read(PLAIN + b"more", [])
    assert (body, reader.excess) == (b"hello", b"more")


def test_answers_without_a_body_are_done_at_once() -> None:
    reader, body = read(b"HTTP/1.1 204 No Content\r\ncontent-length: 7\r\n\r\n", [])
    assert (body, reader.is_done) == (b"", True)


@pytest.mark.parametrize(
    "data",
    [
        b"garbage\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 99 X\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: b\nc: d\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: b\rc: d\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: b\r\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: b\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: b\r\n folded: c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: b\n\rc: d\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: b\x00\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhelloXX",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"1" * 300,
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * 140_000 + b"\r\n\r\n",
    ],
)
def test_what_is_ambiguous_or_malformed_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        read(data, [])


@given(st.binary(max_size=300), st.lists(st.integers(min_value=0, max_value=300), max_size=5))
def test_junk_is_a_wire_error_and_nothing_else(junk: bytes, cuts: list[int]) -> None:
    for start in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"):
        with suppress(WireError):
            read(start + junk, cuts)


PIECES = st.sampled_from(
    [b"x" * 300, b"data: {}\n\n", b"a\r\nb", b"\r\n", b"5\r\nhello\r\n", b"0", b"\r\n0\r\n", b"y" * 5_000]
)
CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@given(
    st.lists(PIECES, min_size=1, max_size=40),
    st.sampled_from([b"", b"x-trailer: y\r\n"]),
    st.lists(st.integers(min_value=0, max_value=20_000), max_size=5),
)
def test_many_chunks_are_read_as_they_were_written_whatever_is_in_them(
    pieces: list[bytes], trailer: bytes, cuts: list[int]
) -> None:
    data = CHUNKED_HEAD + b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + b"0\r\n" + trailer + b"\r\n"
    reader, found = read(data, cuts)
    assert found == b"".join(pieces)
    assert reader.is_done
    assert not reader.excess


@pytest.mark.parametrize("size", [b"12b", b"12d", b"-1", b"", b"0x12c", b"12c "])
@pytest.mark.parametrize("index", [0, 7, 19])
def test_one_wrong_size_among_many_is_found(size: bytes, index: int) -> None:
    chunks = [b"12c\r\n" + b"x" * 300 + b"\r\n"] * 20
    chunks[index] = size + chunks[index][3:]
    data = CHUNKED_HEAD + b"".join(chunks) + b"0\r\n\r\n"
    if size == b"12c ":  # a blank is allowed there (RFC 9112 section 7.1.1)
        assert read(data, [])[1] == b"x" * 6_000
        return
    with pytest.raises(WireError):
        read(data, [])
