"""Cut a stream of server-sent events into (name, data) pairs, for decoders that read every event.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html (read 2026-11).
"""

import re

from narrowgate.wire.errors import WireError
from narrowgate.wire.sse import is_broken

_EVENT_LIMIT_BYTES = 64 << 20
_BOM = b"\xef\xbb\xbf"
_END = re.compile(rb"\r\n\r\n|\n\n|\r\r(?!\n)|\n\r\n|\r\n\n")
_LINE = re.compile(rb"\r\n|\n|\r")


class SseReader:
    """Takes bytes in any cuts. Comments, fields other than event and data, and data that is no JSON are skipped."""

    __slots__ = ("_has_begun", "_held", "_held_bytes", "_tail")

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._tail = b""
        self._has_begun = False

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Return (name, data) of every event that `data` completes; the name is b"" when none is given.

        Raises:
            WireError: an event is longer than 64 MiB.
        """
        if self._held:
            # Look for an end in the seam and the new bytes alone: joining all each time would copy a
            # long event once for every piece of it.
            if _END.search(self._tail + data) is None:
                self._hold(data)
                return []
            data = b"".join((*self._held, data))
            self._held.clear()
            self._held_bytes = 0
            self._tail = b""
        if not self._has_begun:
            if len(data) < len(_BOM) and _BOM.startswith(data):
                self._hold(data)
                return []
            self._has_begun = True
            data = data.removeprefix(_BOM)
        if data.endswith((b"\n\n", b"\r\n\r\n")) and data.count(b"\r") == data.count(b"\r\n"):
            # As nearly all streams come. What is split off is what `_END` would find, in a third of the time.
            data = data.replace(b"\r\n", b"\n")
            events = map(_read, data[:-2].split(b"\n\n"))
            return [event for event in events if event is not None and not is_broken(event[1])]
        found: list[tuple[bytes, bytes]] = []
        at = 0
        for match in _END.finditer(data):
            # A lone CR at the very end may be half of a CRLF: wait for what follows.
            if match.end() == len(data) and data.endswith(b"\r"):
                break
            event = _read(data[at : match.start()])
            at = match.end()
            if event is not None and not is_broken(event[1]):
                found.append(event)
        if at < len(data):
            self._hold(data[at:])
        return found

    def end(self) -> list[tuple[bytes, bytes]]:
        """Return what is left when the stream is over: an event without the empty line behind it."""
        rest = b"".join(self._held)
        self._held.clear()
        event = _read(rest)
        return [event] if event is not None and not is_broken(event[1]) else []

    def _hold(self, data: bytes) -> None:
        self._held.append(data)
        self._held_bytes += len(data)
        self._tail = (self._tail + data)[-4:] if len(data) < 4 else data[-4:]
        if self._held_bytes > _EVENT_LIMIT_BYTES:
            raise WireError(f"an event is longer than {_EVENT_LIMIT_BYTES >> 20} MiB")


def _read(block: bytes) -> tuple[bytes, bytes] | None:
    if b"\r" not in block:  # the two usual forms first
        if block.startswith(b"data: ") and b"\n" not in block:
            return b"", block[6:]
        name, _, value = block.partition(b"\ndata: ")
        if value and name.startswith(b"event: ") and b"\n" not in name and b"\n" not in value:
            return name[7:], value
    name = b""
    pieces: list[bytes] = []
    for line in _LINE.split(block):
        field, _, value = line.partition(b":")
        if field == b"data":
            pieces.append(value.removeprefix(b" "))
        elif field == b"event":
            name = value.removeprefix(b" ")
    return (name, b"\n".join(pieces)) if pieces else None
