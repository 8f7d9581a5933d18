"""A provider that does as a test says: raw sockets, one thread a connection, every byte kept."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1760000000,
    "model": "m-1",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Hi", "refusal": None}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
}


@dataclass
class Request:
    """One request as it came."""

    line: bytes
    headers: dict[bytes, bytes]
    body: bytes
    raw_head: bytes


@dataclass
class Link:
    """One connection of the gateway's, seen from the provider."""

    sock: socket.socket
    closed_at: float = 0.0

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.sock.sendall(data)

    def json(self, document: object, status: int = 200, headers: bytes = b"") -> None:
        """Send a whole JSON answer."""
        self.raw(json.dumps(document).encode(), status, b"content-type: application/json\r\n" + headers)

    def raw(self, body: bytes, status: int = 200, headers: bytes = b"") -> None:
        """Send a whole answer."""
        self.send(b"HTTP/1.1 %d X\r\n%bcontent-length: %d\r\n\r\n%b" % (status, headers, len(body), body))

    def begin_stream(self, headers: bytes = b"") -> None:
        """Send the head of an event stream."""
        self.send(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n%btransfer-encoding: chunked\r\n\r\n" % headers
        )

    def chunk(self, data: bytes) -> None:
        """Send one chunk."""
        self.send(b"%x\r\n%b\r\n" % (len(data), data))

    def end_stream(self) -> None:
        """End the body."""
        self.send(b"0\r\n\r\n")

    def reset(self) -> None:
        """Close with a TCP reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def wait_closed(self, timeout_s: float) -> float | None:
        """Return how long it took the gateway to close, None if it did not."""
        began = time.monotonic()
        self.sock.settimeout(timeout_s)
        try:
            while self.sock.recv(65536):
                pass
        except TimeoutError:
            return None
        except OSError:
            pass
        return time.monotonic() - began


Script = Callable[[Link, Request], object]


def delta(content: str | None = None, finish: str | None = None, **more: object) -> bytes:
    """Return one chat chunk as an event."""
    piece = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": piece, "finish_reason": finish}
    return (
        b"data: "
        + json.dumps({"id": "c", "object": "chat.completion.chunk", "choices": [choice], **more}).encode()
        + b"\n\n"
    )


def usage_event() -> bytes:
    """Return the usage event a provider sends when asked."""
    usage = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}
    return b"data: " + json.dumps({"id": "c", "choices": [], "usage": usage}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def good_chat(link: Link, _request: Request) -> None:
    """Answer like a provider on a good day."""
    link.json(CHAT)


def stream_of(pieces: Iterable[bytes], *, is_ended: bool = True) -> Script:
    """Return a script that streams `pieces`, one chunk each."""

    def script(link: Link, _request: Request) -> None:
        link.begin_stream()
        for piece in pieces:
            link.chunk(piece)
        if is_ended:
            link.end_stream()
        else:
            link.sock.shutdown(socket.SHUT_RDWR)

    return script


@dataclass
class Provider:
    """Listens on a port; `script` answers every request, `requests` are those that came."""

    script: Script = good_chat
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def start(self) -> "Provider":
        """Listen."""
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(512)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self) -> None:
        """Listen no more."""
        # Whoever waits to accept is woken: left waiting, it could go on with the number of the descriptor, which
        # another provider's listener may have by then.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def reset(self, script: Script = good_chat) -> None:
        """Forget what came, answer by `script` from now on."""
        self.requests.clear()
        self.script = script

    @property
    def last(self) -> Request:
        """The newest request."""
        return self.requests[-1]

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        link = Link(sock)
        buffer = b""
        try:
            while True:
                while b"\r\n\r\n" not in buffer:
                    data = sock.recv(65536)
                    if not data:
                        return
                    buffer += data
                head, _, buffer = buffer.partition(b"\r\n\r\n")
                request, buffer = self._read(sock, head, buffer)
                self.requests.append(request)
                self.script(link, request)
        except OSError:
            return
        finally:
            sock.close()

    @staticmethod
    def _read(sock: socket.socket, head: bytes, buffer: bytes) -> tuple[Request, bytes]:
        line, *lines = head.split(b"\r\n")
        pairs = (entry.partition(b":") for entry in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        pieces, size = [buffer], len(buffer)
        if headers.get(b"transfer-encoding") == b"chunked":
            while not b"".join(pieces).endswith(b"0\r\n\r\n"):
                pieces.append(sock.recv(65536))
            return Request(line, headers, b"".join(pieces), head), b""
        length = int(headers.get(b"content-length", b"0"))
        while size < length:
            data = sock.recv(1 << 20)
            if not data:
                raise OSError("the gateway left in the middle of a body")
            pieces.append(data)
            size += len(data)
        body = b"".join(pieces)
        return Request(line, headers, body[:length], head), body[length:]
