import pytest

from narrowgate.pipeline.answer_head import is_kept, joined, usd
from narrowgate.wire.answer import AnswerReader, FieldNames


def test_fields_keep_their_order_and_spelling() -> None:
    reader = AnswerReader(FieldNames(is_kept))
    reader.feed(
        b"HTTP/1.1 200 OK\r\nX-B: 1\r\nSet-Cookie: s\r\nx-a: 2\r\nConnection: close\r\n"
        b"Access-Control-Allow-Origin: *\r\n"
        b"X-Narrowgate-Call-Id: forged\r\nContent-Length: 0\r\n\r\n"
    )
    assert reader.head is not None
    assert joined(reader.head.kept) == b"X-B: 1\r\nx-a: 2\r\n"
    assert joined(reader.head.without(b"x-b")) == b"x-a: 2\r\n"
    assert joined([]) == b""


@pytest.mark.parametrize(("amount", "text"), [(0, b"0"), (1, b"0.000000001"), (10**9, b"1"), (1_500_000_000, b"1.5")])
def test_amounts_are_decimal_text(amount: int, text: bytes) -> None:
    assert usd(amount) == text
