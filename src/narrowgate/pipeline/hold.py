"""Hold the beginning of a stream back, so that a target that dies early can be left without a trace."""

from collections.abc import Callable

from narrowgate.pipeline.ports import Client

_MOST_BYTES = 1 << 20


class HeldClient:
    """Stands before a client until enough of a stream has come; what is then held goes out at once.

    `tokens` counts events with data, as providers send about one a token; 0 is no such bound. `begun` is called
    with what opens it once the stream's head has come.
    """

    __slots__ = ("_begun", "_client", "_head", "_held", "_held_bytes", "_left", "is_open")

    def __init__(self, client: Client, tokens: int, begun: Callable[[Callable[[], None]], object]) -> None:
        self._client = client
        self._begun = begun
        self._head: tuple[int, bytes, int | None] | None = None
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._left = tokens or _MOST_BYTES
        self.is_open = False

    @property
    def address(self) -> str:
        """Where the client is."""
        return self._client.address

    def open(self) -> None:
        """Send what is held, and everything from now on."""
        if self.is_open:
            return
        self.is_open = True
        if self._head is not None:
            self._client.begin(*self._head)
        held, self._held = b"".join(self._held), []
        if held:
            self._client.piece(held)

    def discard(self) -> None:
        """Forget what is held: its target died."""
        self.is_open = True
        self._head = None
        self._held.clear()

    # -- what a relay says ----------------------------------------------------------------------

    def begin(self, status: int, lines: bytes, length: int | None) -> None:
        """Hold the head back."""
        if self.is_open:
            self._client.begin(status, lines, length)
        else:
            self._head = (status, lines, length)
            self._begun(self.open)

    def piece(self, data: bytes) -> None:
        """Hold a piece back until there are enough."""
        if self.is_open:
            self._client.piece(data)
            return
        self._held.append(data)
        self._held_bytes += len(data)
        self._left -= data.count(b"data:")
        if self._left <= 0 or self._held_bytes > _MOST_BYTES:
            self.open()

    def framed(self, data: bytes) -> bytes:
        """Return the last piece: the answer is over."""
        self.open()
        return self._client.framed(data)

    def last(self) -> bytes:
        """Return what ends the body."""
        self.open()
        return self._client.last()

    def whole(self, status: int, lines: bytes, body: bytes) -> bytes:
        """Return a whole answer, in the place of what is held."""
        self.is_open = True
        return self._client.whole(status, lines, body)

    def close_after(self) -> None:
        """Close behind what comes next."""
        self._client.close_after()

    def deliver(self, data: bytes) -> None:
        """Send the last bytes."""
        self._client.deliver(data)

    def pause_upload(self) -> None:
        """Pass it on."""
        self._client.pause_upload()

    def resume_upload(self) -> None:
        """Pass it on."""
        self._client.resume_upload()
