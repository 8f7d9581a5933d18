"""Unwrap streams of Bedrock's InvokeModel, so that the decoder of the model's own API can read them.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
(read 2026-11).
"""

from collections.abc import Iterator

import msgspec

from narrowgate.model.fault import Fault
from narrowgate.model.reply import Broke, Event
from narrowgate.providers.bedrock_converse.faults import fault_in_frame
from narrowgate.providers.family import Decoder
from narrowgate.schemas.bedrock_invoke import Chunk
from narrowgate.schemas.reading import read
from narrowgate.wire.event_stream import EventStreamReader

_CHUNK = msgspec.json.Decoder(Chunk)
_NO_LINES = bytes.maketrans(b"\r\n", b"  ")  # line ends in JSON are white space


class ChunkReader:
    """Takes bytes in any cuts and gives the model's own events."""

    __slots__ = ("_reader",)

    def __init__(self) -> None:
        self._reader = EventStreamReader()

    @property
    def is_between_frames(self) -> bool:
        """Whether all that came were whole frames."""
        return self._reader.is_between_frames

    def feed(self, data: bytes) -> list[bytes | Fault]:
        """Return the JSON of each event that `data` completes, or the fault that stands in for one.

        Raises:
            WireError: these are no frames of chunks.
        """
        return list(self._read(data))

    def _read(self, data: bytes) -> Iterator[bytes | Fault]:
        for frame in self._reader.feed(data):
            if frame.headers.get(":message-type", "event") != "event":
                yield fault_in_frame(frame)
            elif frame.headers.get(":event-type") == "chunk":
                event = read(_CHUNK, frame.payload).event
                if event:
                    yield event


class InvokeDecoder:
    """Reads one answer with `inner`, a decoder of the model's own API that reads server-sent events."""

    __slots__ = ("_chunks", "_inner", "_is_over")

    def __init__(self, inner: Decoder) -> None:
        self._chunks = ChunkReader()
        self._inner = inner
        self._is_over = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the events `data` completes.

        Raises:
            WireError: these are no frames of chunks, or no events of the model's.
        """
        return [event for told in self._chunks.feed(data) for event in self._read(told)]

    def end(self) -> list[Event]:
        """Return what remains; of a stream cut off in a frame nothing does.

        Raises:
            WireError: as `feed`.
        """
        return [] if self._is_over or not self._chunks.is_between_frames else list(self._inner.end())

    def _read(self, told: bytes | Fault) -> Iterator[Event]:
        if self._is_over:
            return
        if isinstance(told, Fault):
            self._is_over = True
            yield Broke(told)
        else:
            yield from self._inner.feed(b"data: %b\n\n" % told.translate(_NO_LINES))
