"""The demo provider's sounds, pictures and vectors: small, valid, and the same every time."""

import base64
import hashlib
import struct
import zlib
from collections.abc import Sequence

_RATE = 8_000  # samples a second, one byte each
_SAMPLES = _RATE // 4
_HALF_WAVE = 9  # samples: a tone of 444 Hz
_LOW, _HIGH = 0x78, 0x88  # around the middle, 0x80: a quiet tone


def tone() -> bytes:
    """Return a quarter of a second of a tone as a WAV file."""
    sound = bytes(_HIGH if sample // _HALF_WAVE % 2 else _LOW for sample in range(_SAMPLES))
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, _RATE, 1, 8)
    chunks = b"WAVE" + form + struct.pack("<4sI", b"data", len(sound)) + sound
    return struct.pack("<4sI", b"RIFF", len(chunks)) + chunks


def picture() -> str:
    """Return a PNG of one grey pixel as base64."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    image = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\x00\x80")) + _chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + image).decode("ascii")


def vector(text: str, dimensions: int) -> tuple[float, ...]:
    """Return a vector of length 1 that depends on the text alone, each number a float32."""
    digest = hashlib.shake_256(text.encode()).digest(2 * dimensions)
    raw = struct.unpack(f"<{dimensions}h", digest)
    # No number is 0, so the length is never 0 either.
    odd = [2 * value + 1 for value in raw]
    length = sum(value * value for value in odd) ** 0.5
    return struct.unpack(f"<{dimensions}f", _packed([value / length for value in odd]))


def encoded(numbers: Sequence[float]) -> str:
    """Return numbers as base64 of little-endian float32."""
    return base64.b64encode(_packed(numbers)).decode("ascii")


def _packed(numbers: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
