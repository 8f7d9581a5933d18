"""Cut and write AWS's binary event stream, the framing of streamed answers of Bedrock.

A frame: total length, length of the headers, CRC of these two; headers; payload; CRC of all before.
Source: https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html (read 2026-11).
"""

import struct
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from zlib import crc32

from narrowgate.wire.errors import WireError

_PRELUDE = struct.Struct(">III")
_CRC = struct.Struct(">I")
_LENGTH = struct.Struct(">H")
_AROUND_BYTES = _PRELUDE.size + _CRC.size
# AWS's own readers take no more: botocore refuses longer payloads and headers.
_PAYLOAD_LIMIT_BYTES = 24 << 20
_HEADERS_LIMIT_BYTES = 128 << 10
# Of headers that were read or written: a service has some dozens of kinds of events.
_KINDS = 128
_USUAL_BYTES = 256
_STRING = 7
_BYTES = 6
# How many bytes the value of a header has, by its type: true, false, byte, short, int, long, time, UUID.
_FIXED_BYTES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}


class Frame(NamedTuple):
    """One message. `headers` are those with a text as value; no other kind says anything here."""

    headers: Mapping[str, str]
    payload: bytes


class EventStreamReader:
    """Takes bytes in any cuts and checks both sums of every frame."""

    __slots__ = ("_held", "_needed_bytes")

    def __init__(self) -> None:
        self._held = bytearray()
        self._needed_bytes = _PRELUDE.size

    @property
    def is_between_frames(self) -> bool:
        """Whether all that came were whole frames: a stream that ends elsewhere was cut off."""
        return not self._held

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that `data` completes.

        Raises:
            WireError: these are no frames, a sum is wrong, or one is longer than AWS allows.
        """
        held = self._held
        held += data
        if len(held) < self._needed_bytes:
            return []
        frames: list[Frame] = []
        at = 0
        while True:
            self._needed_bytes = _needed_bytes(held, at)
            if len(held) - at < self._needed_bytes:
                break
            frames.append(_read(bytes(held[at : at + self._needed_bytes])))
            at += self._needed_bytes
        del held[:at]
        return frames


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Return one frame; header names are at most 255 bytes long, values 65,535."""
    written = _block(tuple(headers.items()))
    total = _AROUND_BYTES + len(written) + len(payload)
    prelude = total.to_bytes(4, "big") + len(written).to_bytes(4, "big")
    whole = b"".join((prelude, _CRC.pack(crc32(prelude)), written, payload))
    return whole + _CRC.pack(crc32(whole))


@lru_cache(maxsize=_KINDS)
def _block(headers: tuple[tuple[str, str], ...]) -> bytes:
    """Return headers as bytes: each kind of event has its own, which are always the same."""
    written = bytearray()
    for name, value in headers:
        name_bytes, value_bytes = name.encode(), value.encode()
        written.append(len(name_bytes))
        written += name_bytes
        written.append(_STRING)
        written += _LENGTH.pack(len(value_bytes))
        written += value_bytes
    return bytes(written)


def _needed_bytes(held: bytearray, at: int) -> int:
    """Return how long the frame at `at` is, or the prelude alone while that is not there."""
    if len(held) - at < _PRELUDE.size:
        return _PRELUDE.size
    total, headers, crc = _PRELUDE.unpack_from(held, at)
    if crc != crc32(held[at : at + 8]):
        raise WireError("the sum of a frame's prelude is wrong; this is no AWS event stream, or it is damaged")
    payload = total - headers - _AROUND_BYTES
    if payload < 0:
        raise WireError("a frame is shorter than its headers")
    if headers > _HEADERS_LIMIT_BYTES or payload > _PAYLOAD_LIMIT_BYTES:
        raise WireError(f"a frame of {total} bytes is longer than AWS allows")
    return int(total)


def _read(whole: bytes) -> Frame:
    if _CRC.unpack_from(whole, len(whole) - 4)[0] != crc32(memoryview(whole)[:-4]):
        raise WireError("the sum of a frame is wrong; it is damaged")
    headers_end = _PRELUDE.size + _PRELUDE.unpack_from(whole)[1]
    block = whole[_PRELUDE.size : headers_end]
    return Frame(_usual(block) if len(block) <= _USUAL_BYTES else _headers(block), whole[headers_end:-4])


@lru_cache(maxsize=_KINDS)
def _usual(block: bytes) -> Mapping[str, str]:
    """Return what `_headers` does, once for each kind of event."""
    return MappingProxyType(_headers(block))


def _headers(block: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    try:
        while at < len(block):
            name_end = at + 1 + block[at]
            name = block[at + 1 : name_end].decode()
            kind = block[name_end]
            at = name_end + 1
            if kind in {_STRING, _BYTES}:
                value_end = at + 2 + _LENGTH.unpack_from(block, at)[0]
                if kind == _STRING:
                    found[name] = block[at + 2 : value_end].decode()
                at = value_end
            else:
                at += _FIXED_BYTES[kind]
    except (IndexError, KeyError, UnicodeDecodeError, struct.error):
        raise WireError("the headers of a frame cannot be read") from None
    if at != len(block):
        raise WireError("the headers of a frame end in the middle of one")
    return found
