import pytest

from narrowgate.wire.http1 import chunk, framing_complaint, status_line

HOST = {b"host": b"x"}


def test_a_status_line_has_its_phrase() -> None:
    assert status_line(404) == b"HTTP/1.1 404 Not Found\r\n"
    assert status_line(599).startswith(b"HTTP/1.1 599 ")


def test_a_chunk_is_framed() -> None:
    assert chunk(b"x" * 20) == b"14\r\n" + b"x" * 20 + b"\r\n"


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        ({}, "1.1"),
        (HOST, "0.9"),
        (HOST, "2.0"),
        (HOST | {b"content-length": b"+1"}, "1.1"),
        (HOST | {b"content-length": b""}, "1.1"),
        (HOST | {b"content-length": b"9" * 16}, "1.1"),
        (HOST | {b"transfer-encoding": b"gzip, chunked"}, "1.1"),
        (HOST | {b"transfer-encoding": b"chunked", b"content-length": b"1"}, "1.1"),
        (HOST | {b"transfer-encoding": b"chunked"}, "1.0"),
    ],
)
def test_an_ambiguous_head_is_complained_about(headers: dict[bytes, bytes], version: str) -> None:
    assert framing_complaint(headers, version)


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        (HOST, "1.1"),
        ({}, "1.0"),
        (HOST | {b"content-length": b"5"}, "1.1"),
        (HOST | {b"transfer-encoding": b"Chunked"}, "1.1"),
    ],
)
def test_a_clear_head_is_not(headers: dict[bytes, bytes], version: str) -> None:
    assert not framing_complaint(headers, version)
