"""An edge's end of the journal: records reach the file before their answers reach the client."""

import asyncio
import os
from collections import deque
from collections.abc import Callable

from narrowgate.pipeline.ports import Delivery

# What may wait in memory while the disk takes nothing: minutes of traffic, then calls are refused.
_BACKLOG_LIMIT_BYTES = 64 << 20
_RETRY_S = 0.5


class JournalWriter:
    """Appends records to a segment, one write a turn; `at_end` has something done when that is at its end.

    `ask_for_segment` is called when the present one is nearly full; the supervisor opens the
    next one (an edge opens no files) and hands it to `take_segment`.
    """

    def __init__(
        self,
        segment_bytes: int,
        ask_for_segment: Callable[[], None],
        complain: Callable[[str], None],
        at_end: Callable[[Callable[[], None]], None],
    ) -> None:
        self._segment_bytes = segment_bytes
        self._ask_for_segment = ask_for_segment
        self._complain = complain
        self._at_end = at_end
        self._fd = -1
        self._size = 0
        self._has_asked = False
        self._next: deque[int] = deque()
        self._lines: list[bytes] = []
        self._deliveries: list[tuple[Delivery, bytes]] = []
        self._backlog = b""
        self._is_scheduled = False
        self._is_failing = False
        self.records = 0
        self.write_failures = 0

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the disk that no further call should be accepted."""
        return len(self._backlog) > _BACKLOG_LIMIT_BYTES

    @property
    def is_failing(self) -> bool:
        """Whether the last write did not succeed."""
        return self._is_failing

    def take_segment(self, fd: int) -> None:
        """Use `fd` after the present segment."""
        if self._fd < 0:
            self._use(fd)
        else:
            self._next.append(fd)
            self._has_asked = False

    def commit(self, line: bytes, delivery: Delivery | None, data: bytes) -> None:
        """Write `line` at the end of this turn, then have `data` delivered."""
        self._lines.append(line)
        if delivery is not None:
            self._deliveries.append((delivery, data))
        if not self._is_scheduled:
            self._is_scheduled = True
            self._at_end(self.flush)

    def flush(self) -> None:
        """Write what waits, then deliver."""
        self._is_scheduled = False
        lines, self._lines = self._lines, []
        if lines:
            self.records += len(lines)
            self._write(b"".join(lines))
        deliveries, self._deliveries = self._deliveries, []
        for delivery, data in deliveries:
            delivery.deliver(data)

    def close(self) -> None:
        """Write what waits and let the segment go."""
        self.flush()
        for fd in (self._fd, *self._next):
            if fd >= 0:
                os.close(fd)
        self._fd = -1
        self._next.clear()

    def _write(self, data: bytes) -> None:
        if self._backlog:
            data = self._backlog + data
        try:
            written = os.write(self._fd, data) if self._fd >= 0 else 0
        except OSError as error:
            self._fail(data, error.strerror or "write error")
            return
        self._size += written
        if written < len(data):
            self._fail(data[written:], "the disk took only a part")
            return
        self._backlog = b""
        if self._is_failing:
            self._is_failing = False
            self._complain("the journal can be written again; nothing was lost")
        if self._size >= self._segment_bytes:
            self._turn()

    def _fail(self, rest: bytes, reason: str) -> None:
        """Keep `rest` and try again soon."""
        self._backlog = rest
        self.write_failures += 1
        if not self._is_failing:
            self._is_failing = True
            self._complain(f"the journal cannot be written ({reason}); records wait in memory, free some disk space")
        asyncio.get_running_loop().call_later(_RETRY_S, self._retry)

    def _retry(self) -> None:
        if self._backlog and not self._is_scheduled:
            self._write(b"")

    def _turn(self) -> None:
        """Go over to the next segment, or ask for one and stay."""
        if self._next:
            os.close(self._fd)
            self._use(self._next.popleft())
        if not self._next and not self._has_asked:
            self._has_asked = True
            self._ask_for_segment()

    def _use(self, fd: int) -> None:
        self._fd = fd
        self._size = 0
        self._has_asked = False
