import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.signing.der import INTEGER, OCTETS, SEQUENCE, DerReader, pem_blocks
from narrowgate.wire.errors import WireError


def test_blocks_come_in_order_whatever_is_around_them() -> None:
    text = "Bag\r\n-----BEGIN A-----\r\nAAEC\r\n-----END A-----\n x\n-----BEGIN B C-----\nAw==\n-----END B C-----\n"
    assert pem_blocks(text) == [("A", b"\0\1\2"), ("B C", b"\3")]
    assert pem_blocks("-----BEGIN A-----\nAAEC\n-----END B-----") == []
    with pytest.raises(WireError, match="not base64"):
        pem_blocks("-----BEGIN A-----\nAAE\n-----END A-----")


def test_values_are_taken_one_after_another() -> None:
    outer = DerReader(b"\x30\x06\x02\x02\x01\x00\x04\x00\x02\x01\x05")
    reader = outer.sequence()
    assert reader.integer() == 256
    assert reader.take(OCTETS) == b""
    assert outer.integer() == 5
    long = DerReader(b"\x04\x81\x80" + bytes(128))
    assert len(long.take(OCTETS)) == 128


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not the DER"),
        (b"\x04\x01\x00", "not the DER"),
        (b"\x02\x02\x01", "cut off"),
        (b"\x02\x80", "length"),
        (b"\x02\x81\x01\x00", "length"),
        (b"\x02\x82\x00\x80" + bytes(128), "length"),
        (b"\x02\x84\x00\x00\x00\x01\x00", "length"),
        (b"\x02\x00", "integer"),
        (b"\x02\x01\x80", "integer"),
        (b"\x02\x83\x01\x00\x01" + bytes(65_537), "cut off"),
    ],
)
def test_what_is_not_der_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(WireError, match=said):
        DerReader(data).integer()


@given(st.binary(max_size=40), st.sampled_from([INTEGER, OCTETS, SEQUENCE]))
def test_junk_is_a_wire_error(data: bytes, tag: int) -> None:
    reader = DerReader(data)
    try:
        content = reader.take(tag)
    except WireError:
        return
    assert content in data


@given(st.text())
def test_any_text_has_blocks_or_is_refused(text: str) -> None:
    assert pem_blocks(text) == []
