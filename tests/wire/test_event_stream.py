import struct
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.errors import WireError
from narrowgate.wire.event_stream import EventStreamReader, Frame, frame

_TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
_FRAMES = st.lists(st.builds(Frame, st.dictionaries(_TEXT, _TEXT, max_size=3), st.binary(max_size=80)), max_size=4)
_SMALL = frame({":event-type": "messageStop"}, b'{"stopReason":"end_turn"}')


def _raw(headers: bytes, payload: bytes = b"") -> bytes:
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    whole = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return whole + struct.pack(">I", crc32(whole))


@pytest.mark.slow
@given(_FRAMES, st.data())
def test_any_cuts_give_the_frames_that_were_written(frames: list[Frame], data: st.DataObject) -> None:
    stream = b"".join(frame(one.headers, one.payload) for one in frames)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    reader = EventStreamReader()
    read = [one for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True) for one in reader.feed(stream[a:b])]
    assert read == frames
    assert reader.is_between_frames


def test_single_bytes_are_enough() -> None:
    reader = EventStreamReader()
    read = [one for at in range(len(_SMALL)) for one in reader.feed(_SMALL[at : at + 1])]
    assert [one.payload for one in read] == [b'{"stopReason":"end_turn"}']


@given(st.integers(0, len(_SMALL) - 1), st.integers(1, 255))
def test_one_changed_byte_is_noticed(at: int, change: int) -> None:
    damaged = bytearray(_SMALL)
    damaged[at] ^= change
    with pytest.raises(WireError):
        EventStreamReader().feed(bytes(damaged))


@given(st.binary(max_size=200))
def test_junk_is_a_wire_error_or_waits_for_more(junk: bytes) -> None:
    reader = EventStreamReader()
    try:
        reader.feed(junk)
    except WireError:
        return
    assert len(junk) < 12


def test_headers_that_are_no_text_are_passed_over() -> None:
    values = (
        b"\x00",
        b"\x01",
        b"\x02x",
        b"\x03xx",
        b"\x04xxxx",
        b"\x05" + b"x" * 8,
        b"\x06\x00\x02xx",
        b"\x08" + b"x" * 8,
    )
    headers = b"".join(b"\x01a" + value for value in (*values, b"\x09" + b"x" * 16, b"\x07\x00\x02ok"))
    assert EventStreamReader().feed(_raw(headers)) == [Frame({"a": "ok"}, b"")]


@pytest.mark.parametrize(
    "headers", [b"\x05ab", b"\x01a\x63", b"\x01a", b"\x01a\x07\x00", b"\x01a\x07\x00\x09ok", b"\x01\xff\x07\x00\x00"]
)
def test_headers_that_cannot_be_read_are_a_wire_error(headers: bytes) -> None:
    with pytest.raises(WireError):
        EventStreamReader().feed(_raw(headers))


def test_a_frame_is_not_waited_for_when_it_is_too_long() -> None:
    prelude = struct.pack(">II", 30 << 20, 0)
    with pytest.raises(WireError, match="longer than AWS allows"):
        EventStreamReader().feed(prelude + struct.pack(">I", crc32(prelude)))


def test_a_frame_that_says_it_is_shorter_than_its_headers_is_refused() -> None:
    prelude = struct.pack(">II", 20, 10)
    with pytest.raises(WireError, match="shorter"):
        EventStreamReader().feed(prelude + struct.pack(">I", crc32(prelude)))


def test_a_cut_frame_shows() -> None:
    reader = EventStreamReader()
    assert reader.feed(_SMALL[:-1]) == []
    assert not reader.is_between_frames
