"""The transport that goes through the egress process: an edge's end of the link."""

import asyncio

from narrowgate.pipeline.ports import Receiver
from narrowgate.wire.link import HEAD, HEAD_BYTES, MAX_PAYLOAD_BYTES, OPEN_HEAD, SHORT_BYTES, Kind

_OPEN, _BODY, _RELEASE, _ABORT = int(Kind.OPEN), int(Kind.BODY), int(Kind.RELEASE), int(Kind.ABORT)
_PAUSE, _RESUME, _DATA, _ENDED, _FAILED = (
    int(Kind.PAUSE),
    int(Kind.RESUME),
    int(Kind.DATA),
    int(Kind.ENDED),
    int(Kind.FAILED),
)
_STREAM_LIMIT = 0xFFFF_FFFF


class LinkExchange:
    """An exchange carried by the egress process."""

    __slots__ = ("_link", "_stream")

    def __init__(self, link: "EgressLink", stream: int) -> None:
        self._link = link
        self._stream = stream

    def write(self, data: bytes) -> None:
        """Send more of the body."""
        self._link.send(_BODY, self._stream, data)

    def pause(self) -> None:
        """Stop reading the answer."""
        self._link.send(_PAUSE, self._stream)

    def resume(self) -> None:
        """Go on reading the answer."""
        self._link.send(_RESUME, self._stream)

    def release(self) -> None:
        """The answer is complete."""
        if self._link.forget(self._stream):
            self._link.send(_RELEASE, self._stream)

    def abort(self) -> None:
        """Close the provider's connection."""
        if self._link.forget(self._stream):
            self._link.send(_ABORT, self._stream)


class EgressLink(asyncio.Protocol):
    """Opens exchanges by frames to the egress process; `attach` it to one socket after another.

    While no egress is attached, `open` fails the exchange at once: the call is told, not kept.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._streams: dict[int, Receiver] = {}
        self._next_stream = 0
        self._rest = b""
        self._is_full = False

    @property
    def is_up(self) -> bool:
        """Whether an egress is attached."""
        return self._transport is not None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvloop's is no subclass
        """Use a new link."""
        transport.set_write_buffer_limits(high=4 << 20)
        self._transport = transport
        self._rest = b""

    def connection_lost(self, _exc: Exception | None) -> None:
        """Fail everything that was under way."""
        self._transport = None
        streams, self._streams = self._streams, {}
        for receiver in streams.values():
            receiver.failed("egress", "the egress process ended")

    def open(self, origin: int, request_line: bytes, head: bytes, body: bytes, receiver: Receiver) -> LinkExchange:
        """See `Transport.open`."""
        stream = self._free_stream()
        exchange = LinkExchange(self, stream)
        transport = self._transport
        if transport is None:
            asyncio.get_running_loop().call_soon(receiver.failed, "egress", "the egress process is being restarted")
            return exchange
        self._streams[stream] = receiver
        length = OPEN_HEAD.size + len(request_line) + len(head) + len(body)
        heads = HEAD.pack(length, stream, _OPEN), OPEN_HEAD.pack(origin, len(request_line))
        _write(transport, b"".join((*heads, request_line, head)), body)
        return exchange

    def send(self, kind: int, stream: int, payload: bytes = b"") -> None:
        """Write one frame."""
        if self._transport is not None:
            _write(self._transport, HEAD.pack(len(payload), stream, kind), payload)

    def forget(self, stream: int) -> bool:
        """Stop listening to `stream`; say whether it was still under way."""
        return self._streams.pop(stream, None) is not None

    def data_received(self, data: bytes) -> None:
        """Hand frames to their receivers; frames of exchanges that are over are dropped."""
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        streams = self._streams
        while end - at >= HEAD_BYTES:
            length, stream, kind = HEAD.unpack_from(data, at)
            start = at + HEAD_BYTES
            at = start + length
            if at > end:
                at = start - HEAD_BYTES
                if length > MAX_PAYLOAD_BYTES and self._transport is not None:
                    self._transport.abort()
                break
            receiver = streams.get(stream)
            if receiver is None:
                continue
            if kind == _DATA:
                receiver.received(data[start:at])
            else:
                self._other(kind, stream, receiver, data[start:at])
        self._rest = data[at:]

    def pause_writing(self) -> None:
        """The egress is behind: every upload waits."""
        for receiver in self._streams.values():
            receiver.pause_body()

    def resume_writing(self) -> None:
        """The egress has caught up."""
        for receiver in self._streams.values():
            receiver.resume_body()

    def _other(self, kind: int, stream: int, receiver: Receiver, payload: bytes) -> None:
        if kind == _ENDED:
            del self._streams[stream]
            receiver.ended()
        elif kind == _FAILED:
            del self._streams[stream]
            stage, _, message = payload.decode("utf-8", "replace").partition("\n")
            receiver.failed(stage, message)
        elif kind == _PAUSE:
            receiver.pause_body()
        elif kind == _RESUME:
            receiver.resume_body()

    def _free_stream(self) -> int:
        stream = self._next_stream
        while True:
            stream = stream + 1 if stream < _STREAM_LIMIT else 1
            if stream not in self._streams:
                self._next_stream = stream
                return stream


def _write(transport: asyncio.Transport, head: bytes, payload: bytes) -> None:
    if len(payload) < SHORT_BYTES:
        transport.write(head + payload)
    else:
        transport.writelines((head, payload))
