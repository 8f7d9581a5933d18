"""Wrap another dialect's events into streams of Bedrock's InvokeModel.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
(read 2026-11).
"""

from narrowgate.dialects.bedrock_converse.encoder import event_frame, exception_frame
from narrowgate.dialects.dialect import Encoder
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Broke, Event
from narrowgate.schemas.bedrock_invoke import Chunk
from narrowgate.wire.sse_reader import SseReader


class InvokeEncoder:
    """Writes one answer with `inner`, the encoder of a dialect that streams server-sent events."""

    __slots__ = ("_inner", "_reader")

    def __init__(self, inner: Encoder) -> None:
        self._inner = inner
        self._reader = SseReader()

    def encode(self, event: Event) -> bytes:
        """Return the frames for `event`."""
        if isinstance(event, Broke):
            return self.fail(event.fault)
        events = self._reader.feed(self._inner.encode(event))
        return b"".join(chunk_frame(data) for _, data in events if data.startswith(b"{"))

    def fail(self, fault: Fault) -> bytes:
        """Return the exception that ends the stream; AWS's SDKs read errors nowhere else."""
        return exception_frame(fault)


def chunk_frame(event: bytes) -> bytes:
    """Return the frame of one event, the JSON of the model's own API."""
    return event_frame("chunk", Chunk(event))
