import gzip

import pytest

from narrowgate.pipeline.manner import EVENTS, PIECES, WHOLE, WHOLE_LIMIT_BYTES, manner_of, unpacked
from narrowgate.wire.answer import Head


def head(kind: bytes, *, status: int = 200, length: int | None = None, encoding: bytes = b"") -> Head:
    made = Head(status, [], is_keep_alive=True)
    made.content_type, made.length, made.content_encoding = kind, length, encoding
    made.kept = [b"Content-Encoding: " + encoding, b"x-id: 1"] if encoding else [b"x-id: 1"]
    return made


@pytest.mark.parametrize(
    ("kind", "status", "length", "manner"),
    [
        (b"text/event-stream", 200, None, EVENTS),
        (b"Text/Event-Stream; charset=utf-8", 200, None, EVENTS),
        (b"text/event-stream", 400, None, WHOLE),
        (b"application/json", 200, None, WHOLE),
        (b"application/json", 200, WHOLE_LIMIT_BYTES, WHOLE),
        (b"application/json", 200, WHOLE_LIMIT_BYTES + 1, PIECES),
        (b"application/problem+json", 500, 10, WHOLE),
        (b"audio/mpeg", 503, None, WHOLE),
        (b"audio/mpeg", 200, None, PIECES),
        (b"audio/mpeg", 200, 1 << 20, WHOLE),
        (b"audio/mpeg", 200, (1 << 20) + 1, PIECES),
        (b"", 200, 2, WHOLE),
    ],
)
def test_the_head_tells_the_manner(kind: bytes, status: int, length: int | None, manner: int) -> None:
    assert manner_of(head(kind, status=status, length=length)) == manner


@pytest.mark.parametrize("encoding", [b"gzip", b"x-gzip"])
def test_a_packed_body_is_unpacked_and_the_head_no_longer_says_it_is_packed(encoding: bytes) -> None:
    answer, data = head(b"application/json", length=30, encoding=encoding), gzip.compress(b"{}")
    inflate = unpacked(answer)
    assert inflate is not None
    assert inflate.feed(data, is_last=True) == b"{}"
    assert (answer.kept, answer.length) == ([b"x-id: 1"], None)


@pytest.mark.parametrize("encoding", [b"", b"identity", b"br"])
def test_what_is_not_packed_or_in_an_unknown_way_stays(encoding: bytes) -> None:
    answer = head(b"application/json", length=30, encoding=encoding)
    before = list(answer.kept)
    assert unpacked(answer) is None
    assert (answer.kept, answer.length) == (before, 30)
