import base64
import io
import struct
import wave
import zlib

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.providers.demo_media import encoded, picture, tone, vector


def test_the_tone_is_a_short_sound_file() -> None:
    with wave.open(io.BytesIO(tone())) as sound:
        assert sound.getnchannels() == 1
        assert sound.getnframes() == sound.getframerate() // 4
        assert len(set(sound.readframes(100))) == 2


def test_the_picture_is_one_pixel_with_right_sums() -> None:
    data = base64.b64decode(picture())
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at = 8
    kinds = []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        part = data[at + 4 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(part),)
        kinds.append(part[:4])
        at += 12 + length
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.integers(1, 100))
def test_a_vector_is_of_the_length_asked_for_and_survives_being_packed(text: str, dimensions: int) -> None:
    numbers = vector(text, dimensions)
    assert len(numbers) == dimensions
    assert abs(sum(number * number for number in numbers) - 1) < 1e-5
    assert struct.unpack(f"<{dimensions}f", base64.b64decode(encoded(numbers))) == numbers
