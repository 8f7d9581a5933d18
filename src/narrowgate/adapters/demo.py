"""The transport to the built-in demo provider: answers made in this process, no network."""

import asyncio
from collections.abc import Callable

from narrowgate.model.operation import Operation
from narrowgate.pipeline.ports import Receiver
from narrowgate.providers.demo import DemoAnswer, answer

# So that a first stream in a terminal looks like one.
_PAUSE_S = 0.02


class DemoExchange:
    """One answer under way. The request is collected, then answered by the clock."""

    def __init__(self, transport: "DemoTransport", operation: Operation, receiver: Receiver) -> None:
        self._demo = transport
        self._operation = operation
        self._receiver = receiver
        self._body = bytearray()
        self._missing = 0
        self._is_over = False
        self._is_paused = False
        self._frames: list[bytes] = []
        self._loop = asyncio.get_running_loop()

    def start(self, head: bytes, body: bytes) -> None:
        """Take head and first body bytes."""
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                self._missing = int(line.partition(b":")[2])
        self.write(body)

    def write(self, data: bytes) -> None:
        """Take more of the body."""
        self._body += data
        is_last_chunk = not self._missing and data.endswith(b"0\r\n\r\n")
        if (self._missing and len(self._body) >= self._missing) or is_last_chunk:
            self._loop.call_soon(self._begin)

    def pause(self) -> None:
        """Hold the next event."""
        self._is_paused = True

    def resume(self) -> None:
        """Go on."""
        if self._is_paused:
            self._is_paused = False
            self._loop.call_soon(self._step)

    def release(self) -> None:
        """Nothing to give back."""
        self._is_over = True

    def abort(self) -> None:
        """Stop."""
        self._is_over = True

    def _begin(self) -> None:
        if self._is_over:
            return
        made = self._demo.answer(self._operation, bytes(self._body))
        head = f"HTTP/1.1 {made.status} Demo\r\ncontent-type: {made.content_type}\r\n"
        if len(made.frames) == 1:
            body = made.frames[0]
            self._receiver.received(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
            return
        self._frames = [b"%x\r\n%b\r\n" % (len(frame), frame) for frame in made.frames if frame]
        self._frames[-1] += b"0\r\n\r\n"
        self._receiver.received(f"{head}transfer-encoding: chunked\r\n\r\n".encode())
        self._step()

    def _step(self) -> None:
        if self._is_over or self._is_paused or not self._frames:
            return
        self._receiver.received(self._frames.pop(0))
        if self._frames:
            self._loop.call_later(_PAUSE_S, self._step)


class DemoTransport:
    """Opens exchanges with the demo provider; request lines name the operation as `/{operation}`."""

    def __init__(self, now_s: Callable[[], int]) -> None:
        self._now_s = now_s
        self._number = 0

    def open(self, _origin: int, request_line: bytes, head: bytes, body: bytes, receiver: Receiver) -> DemoExchange:
        """See `Transport.open`."""
        name = request_line.split(b" ")[1].lstrip(b"/").decode("ascii")
        exchange = DemoExchange(self, Operation(name), receiver)
        exchange.start(head, body)
        return exchange

    def answer(self, operation: Operation, body: bytes) -> DemoAnswer:
        """Make the next answer."""
        self._number += 1
        return answer(operation, body, self._number, self._now_s())
