"""What a client connection and the door behind it agree on."""

from typing import Protocol

from narrowgate.adapters.server.turn import Turn
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.pipeline.ports import Client
from narrowgate.signing.sigv4 import Authorization


class Connection(Client, Protocol):
    """The connection, as the door and the handlers see it."""

    peer: str

    def abort(self) -> None:
        """Close at once."""

    def drain(self) -> None:
        """Take no further request."""

    def check(self, now_ns: int) -> None:
        """Act on deadlines."""


class Request:
    """The head of a request, as far as the parser has read it."""

    __slots__ = (
        "extra_lines",
        "head_bytes",
        "headers",
        "is_head",
        "is_keep_alive",
        "length",
        "method",
        "path",
        "proof",
        "query",
        "url",
        "version",
    )

    def __init__(self) -> None:
        self.url = b""
        self.head_bytes = 0
        self.extra_lines = b""  # for the answer, whatever it is
        self.proof: Authorization | None = None  # a signature to be checked once the body is there
        self.headers: dict[bytes, bytes] = {}
        self.method = b""
        self.path = b""
        self.query = b""
        self.version = "1.1"
        self.length: int | None = None  # None: chunked
        self.is_keep_alive = True
        self.is_head = False

    def read_target_and_length(self) -> None:
        """Set what follows from the request target and the framing, once both are there.

        Raises:
            Refused: the target is neither a path nor a URL.
        """
        url = self.url
        if not url.startswith(b"/") and url != b"*":
            url = origin_form(url)
        self.path, _, self.query = url.partition(b"?")
        self.length = None if b"transfer-encoding" in self.headers else int(self.headers.get(b"content-length", b"0"))


class Handler(Protocol):
    """What answers one request, as long as that takes."""

    def client_gone(self) -> None:
        """The client closed the connection."""

    def client_paused(self) -> None:
        """The client reads slowly."""

    def client_resumed(self) -> None:
        """The client has caught up."""

    def check(self, now_ns: int) -> None:
        """Called some times a second."""


class Exchange(Handler, Protocol):
    """What is done with one request. Made by the door when the head is complete."""

    def body(self, data: bytes) -> None:
        """Take a piece of the request body."""

    def complete(self) -> None:
        """The request is complete."""


class Door(Protocol):
    """Decides what a request is for, and knows the listener's limits."""

    turn: Turn
    max_body_bytes: int
    max_head_bytes: int
    max_headers: int
    head_timeout_ns: int
    body_idle_ns: int
    keep_alive_ns: int
    write_idle_ns: int

    def admit(self, connection: Connection, request: Request) -> Exchange:
        """Return what handles `request`.

        Raises:
            Refused: the request is answered at once, its body is not wanted.
        """

    def refusal(self, fault: Fault, path: bytes) -> tuple[int, bytes, bytes]:
        """Return (status, header lines, body) for a fault without a call, in the dialect of the path."""

    def joined(self, connection: Connection) -> bool:
        """Count a new connection; False when there are too many."""

    def left(self, connection: Connection) -> None:
        """Forget a connection."""

    def address_of(self, connection: Connection, request: Request) -> str:
        """Return the client's address, as trusted proxies tell it."""

    def count_internal_error(self) -> None:
        """Count a bug."""

    def now_ns(self) -> int:
        """Monotonic nanoseconds."""


class Refused(Exception):
    """A request is answered with a fault instead of being handled."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def origin_form(url: bytes) -> bytes:
    """Return the path of an absolute-form target (RFC 9112 section 3.2.2).

    Raises:
        Refused: it is neither a path nor a URL.
    """
    scheme, _, rest = url.partition(b"://")
    if scheme.lower() not in {b"http", b"https"} or not rest:
        raise Refused(Fault(FaultKind.BAD_REQUEST, "the request target is not a path", code="invalid_request"))
    _, slash, path = rest.partition(b"/")
    return slash + path if slash else b"/"


def too_large(limit: int) -> Fault:
    """Return the fault of a body over its limit."""
    return Fault(FaultKind.TOO_LARGE, f"the request body is over the limit of {limit} bytes")


def head_too_large(limit: int) -> Fault:
    """Return the fault of a head over its limit."""
    return Fault(FaultKind.HEAD_TOO_LARGE, f"the request head is over {limit} bytes")
