"""The egress's end of the link to one edge: frames in, requests out. Standard library only."""

import re

from narrowgate.adapters.upstream.connection import Wire
from narrowgate.adapters.upstream.direct import DirectTransport
from narrowgate.adapters.upstream.origins import OriginTable
from narrowgate.pipeline.ports import Exchange
from narrowgate.wire.link import HEAD, HEAD_BYTES, MAX_PAYLOAD_BYTES, OPEN_HEAD, SHORT_BYTES, Kind

_OPEN, _BODY, _RELEASE, _ABORT = int(Kind.OPEN), int(Kind.BODY), int(Kind.RELEASE), int(Kind.ABORT)
_PAUSE, _RESUME, _DATA, _ENDED, _FAILED = (
    int(Kind.PAUSE),
    int(Kind.RESUME),
    int(Kind.DATA),
    int(Kind.ENDED),
    int(Kind.FAILED),
)
# What an edge may have waiting in its link before providers are read no more.
LINK_HIGH_BYTES = 4 << 20
# Checked texts that are remembered: calls repeat them, but an edge must not fill memory with them.
_MEMORY = 1_024
_MEMORY_BYTES = 1_024
_REQUEST_LINE = re.compile(rb"(?:GET|POST|DELETE) (/[\x21-\x7e]*) HTTP/1\.1\r\n")
# What only the egress may say. A turned edge must not be able to name another host or account.
_FORBIDDEN = re.compile(
    rb"(?:^|\n)[ \t]*(?:host|authorization|proxy-[a-z-]+|x-api-key|api-key|x-goog-api-key|"
    rb"cookie|connection|upgrade)[ \t]*:",
    re.IGNORECASE,
)


class Relay:
    """Carries one exchange between an edge and a provider."""

    __slots__ = ("_link", "_stream", "exchange", "is_paused")

    def __init__(self, link: "EdgeLink", stream: int) -> None:
        self._link = link
        self._stream = stream
        self.exchange: Exchange | None = None
        self.is_paused = False  # by the edge: its client reads slowly

    def received(self, data: bytes) -> None:
        """Pass answer bytes on."""
        self._link.send(_DATA, self._stream, data)

    def ended(self) -> None:
        """Pass the end on."""
        self._link.end(self._stream, _ENDED, b"")

    def failed(self, stage: str, message: str) -> None:
        """Pass the failure on."""
        self._link.end(self._stream, _FAILED, f"{stage}\n{message}".encode())

    def pause_body(self) -> None:
        """The provider reads slowly."""
        self._link.send(_PAUSE, self._stream, b"")

    def resume_body(self) -> None:
        """The provider reads again."""
        self._link.send(_RESUME, self._stream, b"")


class EdgeLink:
    """Serves the frames of one edge. What the edge may not say ends the exchange, not the process."""

    def __init__(self, origins: list[OriginTable], transport: DirectTransport) -> None:
        self._origins = origins
        self._upstream = transport
        self._relays: dict[int, Relay] = {}
        self._transport: Wire | None = None
        self._vouched: list[set[bytes]] = [set() for _ in origins]
        self._harmless: set[bytes] = set()
        self._out: list[bytes] = []
        self._rest: list[bytes] = []  # the beginning of a frame
        self._rest_bytes = 0
        self._wanted_bytes = 0  # before these are there, nothing can be done
        self._is_full = False

    def connection_made(self, transport: Wire) -> None:
        """Keep the transport."""
        self._transport = transport

    def connection_lost(self, _exc: Exception | None) -> None:
        """The edge is gone: stop all its exchanges."""
        self._transport = None
        relays, self._relays = self._relays, {}
        for relay in relays.values():
            if relay.exchange is not None:
                relay.exchange.abort()
        self._upstream.close()

    def pause_writing(self) -> None:
        """The edge is behind: stop reading from providers."""
        self._is_full = True
        for relay in self._relays.values():
            if relay.exchange is not None:
                relay.exchange.pause()

    def resume_writing(self) -> None:
        """The edge has caught up."""
        self._is_full = False
        for relay in self._relays.values():
            if relay.exchange is not None and not relay.is_paused:
                relay.exchange.resume()

    def send(self, kind: int, stream: int, payload: bytes) -> None:
        """Queue one frame; all frames of a loop turn go out in one write."""
        out = self._out
        if not out:
            self._upstream.poller.at_end(self._flush)
        out.append(HEAD.pack(len(payload), stream, kind))
        out.append(payload)

    def end(self, stream: int, kind: int, payload: bytes) -> None:
        """Queue the last frame of an exchange."""
        self._relays.pop(stream, None)
        self.send(kind, stream, payload)

    def data_received(self, data: bytes) -> None:
        """Act on every whole frame."""
        if self._rest:
            # Joined once, when the frame is whole: each time would copy a long one once for every piece.
            self._rest.append(data)
            self._rest_bytes += len(data)
            if self._rest_bytes < self._wanted_bytes:
                return
            data = b"".join(self._rest)
            self._rest.clear()
        at, end, wanted = 0, len(data), HEAD_BYTES
        while end - at >= HEAD_BYTES:
            length, stream, kind = HEAD.unpack_from(data, at)
            start = at + HEAD_BYTES
            if start + length > end:
                wanted = HEAD_BYTES + length
                if length > MAX_PAYLOAD_BYTES and self._transport is not None:
                    self._transport.abort()
                break
            at = start + length
            if kind == _OPEN:
                self._open(stream, data, start, at)
            else:
                self._act(kind, stream, data[start:at])
        if at < end:
            self._rest.append(data[at:])
            self._rest_bytes, self._wanted_bytes = end - at, wanted

    def _open(self, stream: int, data: bytes, start: int, stop: int) -> None:
        relay = Relay(self, stream)
        origin, length = OPEN_HEAD.unpack_from(data, start)
        line_start = start + OPEN_HEAD.size
        request_line = data[line_start : line_start + length]
        head_start = line_start + length
        # From the end of the request line on: there may be no header lines.
        body_start = data.find(b"\r\n\r\n", max(head_start - 2, line_start), stop) + 4
        if body_start < 4:
            self.end(stream, _FAILED, b"egress\nthe request's head does not end")
            return
        head = data[head_start:body_start]
        body = data[body_start:stop] if stop - body_start < SHORT_BYTES else memoryview(data)[body_start:stop]
        complaint = self._complaint(origin, request_line, head)
        if complaint or stream in self._relays:
            self.end(stream, _FAILED, f"egress\n{complaint or 'the stream is in use'}".encode())
            return
        self._relays[stream] = relay
        exchange = self._upstream.open(origin, request_line, head, body, relay)
        if stream in self._relays:
            relay.exchange = exchange
            if self._is_full:
                exchange.pause()

    def _complaint(self, origin: int, request_line: bytes, head: bytes) -> str:
        """Say what the edge may not ask for, or nothing."""
        if origin >= len(self._origins):
            return f"there is no origin {origin}"
        if self._origins[origin].fetch is not None:
            return ""  # its rules are asked where it is dialled, and the rest is not said
        vouched = self._vouched[origin]
        if request_line not in vouched:
            match = _REQUEST_LINE.fullmatch(request_line)
            if match is None or not match[1].startswith(self._origins[origin].path_prefix) or b"/../" in match[1]:
                return "the request target is not one of this origin's"
            _remember(vouched, request_line)
        if head in self._harmless:
            return ""
        if _FORBIDDEN.search(head):
            return "the header lines hold what only the egress may say"
        _remember(self._harmless, head)
        return ""

    def _act(self, kind: int, stream: int, payload: bytes) -> None:
        relay = self._relays.get(stream)
        if relay is None or relay.exchange is None:
            return
        if kind == _RELEASE:
            del self._relays[stream]
            relay.exchange.release()
        elif kind == _ABORT:
            del self._relays[stream]
            relay.exchange.abort()
        elif kind == _BODY:
            relay.exchange.write(payload)
        elif kind == _PAUSE:
            relay.is_paused = True
            relay.exchange.pause()
        elif kind == _RESUME:
            relay.is_paused = False
            if not self._is_full:
                relay.exchange.resume()

    def _flush(self) -> None:
        out, self._out = self._out, []
        if self._transport is not None:
            self._transport.write(b"".join(out))


def _remember(known: set[bytes], text: bytes) -> None:
    if len(text) <= _MEMORY_BYTES:
        if len(known) >= _MEMORY:
            known.clear()
        known.add(text)
