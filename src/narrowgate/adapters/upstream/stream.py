"""Connected sockets without the event loop's transports: all under one reader of the loop.

A transport of the standard library's loop costs several µs for every socket that is ready (a handle,
a context, a transport's bookkeeping), and its TLS as much again. Here one descriptor that the loop
watches, an epoll, stands for all sockets, and each turn hands out everything that is ready in one go.
Standard library only.
"""

import asyncio
import contextlib
import select
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Protocol

_READ_BYTES = 65_536
_HIGH_WATER_BYTES = 65_536
# Sockets served before other work of the loop gets its turn.
_BATCH = 512
_WAITS = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Ends(Protocol):
    """What hears from a stream; asyncio's protocols fit."""

    def data_received(self, data: bytes) -> None:
        """Bytes came."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over; None when it was closed in good order or by us."""

    def pause_writing(self) -> None:
        """More is waiting than should; stop writing."""

    def resume_writing(self) -> None:
        """All that waited is written."""


class Poller:
    """Watches sockets; belongs to the loop that runs when the first one is watched."""

    def __init__(self) -> None:
        self._epoll: select.epoll | None = None
        self._streams: dict[int, Stream] = {}

    def watch(self, stream: "Stream", fd: int, mask: int) -> None:
        """Begin to hand out readiness of `fd`."""
        if self._epoll is None:
            self._epoll = select.epoll()
            asyncio.get_running_loop().add_reader(self._epoll.fileno(), self._turn)
        self._streams[fd] = stream
        self._epoll.register(fd, mask)

    def change(self, fd: int, mask: int) -> None:
        """Hand out other readiness from now on."""
        assert self._epoll is not None
        self._epoll.modify(fd, mask)

    def forget(self, fd: int) -> None:
        """Watch no more; to be called before `fd` is closed."""
        assert self._epoll is not None
        del self._streams[fd]
        self._epoll.unregister(fd)

    def close(self) -> None:
        """Stop watching the epoll itself."""
        if self._epoll is not None:
            with contextlib.suppress(RuntimeError):
                asyncio.get_running_loop().remove_reader(self._epoll.fileno())
            self._epoll.close()
            self._epoll = None

    def _turn(self) -> None:
        assert self._epoll is not None
        streams = self._streams
        for fd, events in self._epoll.poll(0, _BATCH):
            # An earlier event of this turn may have closed the socket, and its number may be another's.
            stream = streams.get(fd)
            if stream is not None:
                stream.ready(events)


class Stream:
    """One connected socket that does not block, TLS or not; the part of asyncio's transports we use."""

    __slots__ = (
        "_fd",
        "_high_bytes",
        "_is_paused",
        "_is_tls",
        "_mask",
        "_out",
        "_out_bytes",
        "_poller",
        "_protocol",
        "_recv",
        "_send",
        "_sock",
    )

    def __init__(
        self, poller: Poller, sock: socket.socket, protocol: Ends, high_bytes: int = _HIGH_WATER_BYTES
    ) -> None:
        self._poller = poller
        self._sock: socket.socket | None = sock
        self._protocol = protocol
        self._high_bytes = high_bytes
        self._is_tls = isinstance(sock, ssl.SSLSocket)
        self._recv, self._send = sock.recv, sock.send
        self._out: deque[bytes | memoryview] = deque()
        self._out_bytes = 0
        self._is_paused = False
        self._fd = sock.fileno()
        self._mask = select.EPOLLIN
        poller.watch(self, self._fd, self._mask)

    def is_closing(self) -> bool:
        """Whether nothing more can be sent."""
        return self._sock is None

    def write(self, data: bytes | memoryview) -> None:
        """Send `data` now as far as it goes, the rest when the peer takes it."""
        sent = 0 if self._out or self._sock is None else self._try_send(data)
        if sent < len(data):
            self._keep(data, sent)

    def writelines(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Send `pieces` one behind the other, without a copy of them joined where the socket can."""
        if len(pieces) == 1 or self._is_tls or self._out:
            for piece in pieces:
                self.write(piece)
            return
        sent = 0 if self._sock is None else self._try_send_all(pieces)
        for piece in pieces:
            if sent < len(piece):
                self._keep(piece, sent)
                sent = 0
            else:
                sent -= len(piece)

    def pause_reading(self) -> None:
        """Take nothing until `resume_reading`."""
        self._set_mask(self._mask & ~select.EPOLLIN)

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._set_mask(self._mask | select.EPOLLIN)
        if self._is_tls and self._sock is not None:
            # What TLS has decrypted already makes no socket ready.
            asyncio.get_running_loop().call_soon(self._read)

    def close(self) -> None:
        """Close once what is queued is sent; used for idle connections, which have nothing queued."""
        self.abort()

    def abort(self) -> None:
        """Close at once."""
        self._end(None)

    def ready(self, events: int) -> None:
        """Act on what the poller saw."""
        if events & select.EPOLLOUT:
            self._write()
        if events & ~select.EPOLLOUT and self._sock is not None:
            if self._mask & select.EPOLLIN:
                self._read()
            else:
                # Broken while nobody reads: it would be reported for ever. It shows when reading goes on.
                self._poller.change(self._fd, self._mask | select.EPOLLONESHOT)

    def _read(self) -> None:
        """Take what is there; of TLS all that is decrypted, since that makes no socket ready again."""
        while self._mask & select.EPOLLIN and self._sock is not None:
            try:
                data = self._recv(_READ_BYTES)
            except _WAITS:
                return
            except OSError as error:
                self._end(error)
                return
            if not data:
                self._end(None)
                return
            self._protocol.data_received(data)
            if not self._is_tls:
                return

    def _write(self) -> None:
        out = self._out
        while out:
            piece = out[0]
            sent = self._try_send(piece)
            if self._sock is None:
                return
            self._out_bytes -= sent
            if sent < len(piece):
                if sent:
                    out[0] = memoryview(piece)[sent:]
                return
            out.popleft()
        self._set_mask(self._mask & ~select.EPOLLOUT)
        if self._is_paused:
            self._is_paused = False
            self._protocol.resume_writing()

    def _try_send(self, data: bytes | memoryview) -> int:
        try:
            return self._send(data)
        except _WAITS:
            return 0
        except OSError as error:
            self._end(error)
            return 0

    def _try_send_all(self, pieces: Sequence[bytes | memoryview]) -> int:
        assert self._sock is not None
        try:
            return self._sock.sendmsg(pieces)
        except _WAITS:
            return 0
        except OSError as error:
            self._end(error)
            return 0

    def _keep(self, data: bytes | memoryview, sent: int) -> None:
        """Keep what of `data` was not sent until the socket takes it."""
        if self._sock is None:
            return
        # TLS takes a piece whole or not at all, and wants the same one again.
        self._out.append(memoryview(data)[sent:] if sent else data)
        self._out_bytes += len(data) - sent
        self._set_mask(self._mask | select.EPOLLOUT)
        if self._out_bytes > self._high_bytes and not self._is_paused:
            self._is_paused = True
            self._protocol.pause_writing()

    def _set_mask(self, mask: int) -> None:
        if mask != self._mask and self._sock is not None:
            self._mask = mask
            self._poller.change(self._fd, mask)

    def _end(self, error: Exception | None) -> None:
        sock, self._sock = self._sock, None
        if sock is None:
            return
        self._poller.forget(self._fd)
        sock.close()
        self._out.clear()
        # As with asyncio's transports never from within a call of the protocol's own.
        asyncio.get_running_loop().call_soon(self._protocol.connection_lost, error)
