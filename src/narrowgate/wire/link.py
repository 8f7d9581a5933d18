"""Frames on the socket pairs between processes: edge with egress, edge with control.

One frame is a 9-byte head (payload length, stream id, kind; little endian) and the payload.
A stream id names one exchange, chosen by the edge and never used twice on a link at a time.
"""

import struct
from collections.abc import Iterator
from enum import IntEnum

HEAD = struct.Struct("<IIB")
HEAD_BYTES = HEAD.size
OPEN_HEAD = struct.Struct("<IH")
MAX_PAYLOAD_BYTES = 1 << 28
# Up to this length a copy is cheaper than one more piece in a write.
SHORT_BYTES = 4_096


class LinkError(Exception):
    """The peer sent what is no frame; the link cannot be used any more."""


class Kind(IntEnum):
    r"""What a frame means.

    Edge to egress: OPEN (OPEN_HEAD: origin index and length of the request line; the request line;
    header lines without host and credentials, an empty line, and the first body bytes), BODY
    (more body), RELEASE (answer complete, connection reusable), ABORT (close it), PAUSE and
    RESUME (of the answer).
    Egress to edge: DATA (answer bytes as they came), ENDED (the provider closed), FAILED
    (`stage\nmessage`), PAUSE and RESUME (of the request body).
    Edge to control: ADMIN (an AdminRequest), METRICS (counters, as asked).
    Control to edge: ADMIN (an AdminAnswer), KEYS (all virtual keys), METRICS (please tell).
    """

    OPEN = 1
    BODY = 2
    RELEASE = 3
    ABORT = 4
    PAUSE = 5
    RESUME = 6
    DATA = 7
    ENDED = 8
    FAILED = 9
    ADMIN = 10
    KEYS = 11
    METRICS = 12


class FrameReader:
    """Cuts a byte stream into frames; any split of the bytes gives the same frames."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Yield (kind, stream id, payload) of every frame completed by `data`.

        Raises:
            LinkError: a payload is longer than MAX_PAYLOAD_BYTES; close the link.
        """
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        while end - at >= HEAD_BYTES:
            length, stream, kind = HEAD.unpack_from(data, at)
            if length > MAX_PAYLOAD_BYTES:
                self._rest = b""
                raise LinkError(f"a frame of {length} bytes is longer than {MAX_PAYLOAD_BYTES}")
            stop = at + HEAD_BYTES + length
            if stop > end:
                break
            yield kind, stream, data[at + HEAD_BYTES : stop]
            at = stop
        self._rest = data[at:]


def frame(kind: int, stream: int, payload: bytes = b"") -> bytes:
    """Return one frame."""
    return HEAD.pack(len(payload), stream, kind) + payload
