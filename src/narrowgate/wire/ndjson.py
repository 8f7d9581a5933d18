"""Read newline-delimited JSON into its lines, for decoders that read every line.

Source: https://github.com/ndjson/ndjson-spec (read 2026-11).
"""

from narrowgate.wire.errors import WireError

_LINE_LIMIT_BYTES = 64 << 20


class LineReader:
    """Takes bytes in any cuts. Empty lines are skipped; a carriage return before the newline is no part of a line."""

    __slots__ = ("_held", "_held_bytes")

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._held_bytes = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that `data` completes.

        Raises:
            WireError: a line is longer than 64 MiB.
        """
        end = data.rfind(b"\n")
        if end < 0:
            self._hold(data)
            return []
        whole = b"".join((*self._held, data[:end]))
        self._held.clear()
        self._held_bytes = 0
        if end + 1 < len(data):
            self._hold(data[end + 1 :])
        return [line for line in map(bytes.strip, whole.split(b"\n")) if line]

    def end(self) -> bytes:
        """Return the last line when no newline was behind it, b"" when there is none."""
        rest = b"".join(self._held).strip()
        self._held.clear()
        return rest

    def _hold(self, data: bytes) -> None:
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > _LINE_LIMIT_BYTES:
            raise WireError(f"a line is longer than {_LINE_LIMIT_BYTES >> 20} MiB")
