import pytest

from narrowgate.adapters.server.heads import split_head

HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nContent-Length: %d\r\nx: content-length: 9"


def test_a_request_in_one_piece_is_split() -> None:
    assert split_head(HEAD % 4 + b"\r\n\r\nbody", 1_000) == (HEAD.replace(b"%d", b""), b"body")


def test_heads_that_differ_in_length_alone_have_one_template() -> None:
    one, other = split_head(HEAD % 1 + b"\r\n\r\n1", 1_000), split_head(HEAD % 12 + b"\r\n\r\n" + b"2" * 12, 1_000)
    assert one is not None
    assert other is not None
    assert one[0] == other[0]


@pytest.mark.parametrize(
    "data",
    [
        HEAD % 4 + b"\r\n\r\nbod",  # half of it
        HEAD % 4 + b"\r\n\r\nbody+",  # and the beginning of the next
        HEAD.replace(b"%d", b"4 ") + b"\r\n\r\nbody",
        HEAD.replace(b"%d", b"+4") + b"\r\n\r\nbody",
        b"GET / HTTP/1.1\r\nhost: h\r\n\r\n",
        b"\r\n\r\n",
        b"",
    ],
)
def test_anything_else_is_left_to_the_parser(data: bytes) -> None:
    assert split_head(data, 1_000) is None


def test_a_long_head_is_left_to_the_parser() -> None:
    assert split_head(HEAD % 4 + b"\r\n\r\nbody", 50) is None
