"""Connected sockets without the event loop's transports: all under one reader of the loop.

A transport of the standard library's loop costs several µs for every socket that is ready (a handle,
a context, a transport's bookkeeping), and its TLS as much again. Here one descriptor that the loop
watches, an epoll, stands for all sockets, and each turn hands out everything that is ready in one go:
first all sockets are read, then all is handed out, then all that was written meanwhile is sent. Between
two system calls little of our code is still in the processor's caches, so it is run in one stretch.
Standard library only.
"""

import asyncio
import contextlib
import select
import socket
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

_READ_BYTES = 65_536
_HIGH_WATER_BYTES = 65_536
# Sockets read before what they said is handed out: bounds what is held meanwhile, at 64 KiB each.
_BATCH = 128
# Of one socket with TLS, which is read until nothing is there: several records go out as one.
_TLS_BYTES = 262_144
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
        self.is_turn = False  # whether what is written waits for the end of the turn
        self._endings: list[Callable[[], None]] = []

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

    def turn(self, work: Callable[[], None]) -> None:
        """Do `work`; what streams are told to send meanwhile goes out at its end."""
        self.is_turn = True
        try:
            work()
        finally:
            self.is_turn = False
            endings, self._endings = self._endings, []
            for ending in endings:
                try:
                    ending()
                except Exception as error:  # noqa: BLE001 - a bug met by one connection must not cost the others what they are to send
                    _report(error)

    def at_end(self, ending: Callable[[], None]) -> None:
        """Do something when this turn is at its end, or the loop's where there is none."""
        if self.is_turn:
            self._endings.append(ending)
        else:
            asyncio.get_running_loop().call_soon(ending)

    def _turn(self) -> None:
        assert self._epoll is not None
        streams = self._streams
        taken: list[tuple[Stream, bytes]] = []
        for fd, events in self._epoll.poll(0, _BATCH):
            # An earlier event of this turn may have closed the socket, and its number may be another's.
            stream = streams.get(fd)
            if stream is not None:
                data = stream.ready(events)
                if data is not None:
                    taken.append((stream, data))
        if taken:
            self.hand_out(taken)

    def hand_out(self, taken: list[tuple["Stream", bytes]]) -> None:
        """Tell protocols what was taken of their sockets, in a turn."""
        self.turn(lambda: _hand_out(taken))


def _hand_out(taken: list[tuple["Stream", bytes]]) -> None:
    for stream, data in taken:
        try:
            stream.hand_out(data)
        except Exception as error:  # noqa: BLE001 - a bug met by one connection must not cost the others what they were sent
            _report(error)
            stream.abort()


def _report(error: Exception) -> None:
    report = {"message": "a connection could not be served", "exception": error}
    asyncio.get_running_loop().call_exception_handler(report)


class Stream:
    """One connected socket that does not block, TLS or not; the part of asyncio's transports we use."""

    __slots__ = (
        "_error",
        "_fd",
        "_held",
        "_high_bytes",
        "_is_over",
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
        self._held: list[bytes | memoryview] = []  # written in this turn
        self._out: deque[bytes | memoryview] = deque()  # not taken by the peer
        self._out_bytes = 0
        self._is_over = False  # the peer has ended it, by the error if there is one
        self._error: OSError | None = None
        self._is_paused = False
        self._fd = sock.fileno()
        self._mask = select.EPOLLIN
        poller.watch(self, self._fd, self._mask)

    def is_closing(self) -> bool:
        """Whether nothing more can be sent."""
        return self._sock is None

    def write(self, data: bytes | memoryview) -> None:
        """Send `data` (at the end of a turn) as far as it goes, the rest when the peer takes it."""
        if self._poller.is_turn:
            self.writelines((data,))
            return
        sent = 0 if self._out or self._sock is None else self._try_send(data)
        if sent < len(data):
            self._keep(data, sent)

    def writelines(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Send `pieces` one behind the other, without a copy of them joined where the socket can."""
        if self._poller.is_turn:
            if not self._held:
                self._poller.at_end(self._send_held)
            self._held.extend(pieces)
            return
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
            self._read_again()

    def close(self) -> None:
        """Close once what is queued is sent; used for idle connections, which have nothing queued."""
        self.abort()

    def abort(self) -> None:
        """Close at once."""
        self._end(None)

    def ready(self, events: int) -> bytes | None:
        """Act on what the poller saw; return what is then to be handed out, None if nothing is."""
        if events & select.EPOLLOUT:
            self._write()
        if events & ~select.EPOLLOUT and self._sock is not None:
            if self._mask & select.EPOLLIN:
                return self._take_all() if self._is_tls else self._take()
            # Broken while nobody reads: it would be reported for ever. It shows when reading goes on.
            self._poller.change(self._fd, self._mask | select.EPOLLONESHOT)
        return None

    def hand_out(self, data: bytes) -> None:
        """Tell the protocol what was taken, and that it was the last if that is so."""
        if self._sock is None:
            return  # aborted in the same turn
        if data:
            self._protocol.data_received(data)
        if self._is_over:
            self._end(self._error)

    def _take(self) -> bytes | None:
        """Return what is there, None if nothing is, no bytes where the peer has ended the connection."""
        try:
            data = self._recv(_READ_BYTES)
        except _WAITS:
            return None
        except OSError as error:
            self._error = error
            data = b""
        if not data:
            self._is_over = True
        return data

    def _take_all(self) -> bytes | None:
        """As `_take`, of TLS: what it has decrypted makes no socket ready again."""
        pieces: list[bytes] = []
        size = 0
        while (data := self._take()) is not None:
            pieces.append(data)
            size += len(data)
            if self._is_over:
                break
            if size >= _TLS_BYTES:
                self._read_again()
                break
        return b"".join(pieces) if len(pieces) > 1 else pieces[0] if pieces else None

    def _read_again(self) -> None:
        asyncio.get_running_loop().call_soon(self._read)

    def _read(self) -> None:
        if self._sock is not None and self._mask & select.EPOLLIN:
            data = self._take_all()
            if data is not None:
                self._poller.hand_out([(self, data)])

    def _send_held(self) -> None:
        held, self._held = self._held, []
        self.writelines(held)

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
        self._held.clear()
        # As with asyncio's transports never from within a call of the protocol's own.
        asyncio.get_running_loop().call_soon(self._protocol.connection_lost, error)
