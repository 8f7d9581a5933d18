"""Request heads that were read before: clients send the same one with every call, but for its length."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from typing import NamedTuple

from narrowgate.adapters.server.contract import Request
from narrowgate.dialects.registry import Route
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.calls import maker_of
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.principal import Principal

_LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: (\d{1,9})\r\n")
_MOST = 2_048
_LONGEST_LENGTH = 9  # digits
_CREDENTIALS = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key")


class KnownCall:
    """What was found about a head when it was parsed, authenticated and routed; good for every call that has it.

    It holds as long as the keys are those that were valid then.
    """

    __slots__ = ("_edge", "_headers", "_make", "_model", "_principal", "_principals", "request")

    def __init__(self, edge: Edge, request: Request, principal: Principal, route: Route) -> None:
        self._edge = edge
        self.request = request
        self._principal = principal
        self._model = route.model
        self._make = maker_of(route, request.query)
        self._principals = edge.principals
        # What is kept for long must not hold what a client proves itself with.
        self._headers = {name: value for name, value in request.headers.items() if name not in _CREDENTIALS}
        request.headers = self._headers

    @property
    def is_valid(self) -> bool:
        """Whether keys are still what they were."""
        return self._edge.principals is self._principals

    def open(self, client: Client) -> Call:
        """Make one more call."""
        return self._make(self._edge, client, self._principal)

    def begin(self, call: Call, body: bytes) -> None:
        """Give a call its whole body. A bug is answered with a 500 and reported, as where heads are parsed."""
        try:
            call.begin(body, self._model, self._headers)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller is not left without an answer
            call.give_up(Fault(FaultKind.INTERNAL, "a bug in the gateway; the call was not made"))
            report = {"message": "a call could not begin", "exception": error}
            asyncio.get_running_loop().call_exception_handler(report)


class LastHead:
    """What a connection sent last: the same head is known again by a mark of it, without a search and a digest.

    The mark is Python's keyed hash: no key stays in memory, and of another client's head behind the same proxy it
    is another one. Who guessed the key of the hash would be served as the client before on this connection.
    """

    __slots__ = ("_at", "_mark", "_tail", "known")

    def __init__(self, known: KnownCall, data: bytes, split: "Split") -> None:
        self.known = known
        self._at, self._tail = split.length_at, len(data) - len(split.body) - split.length_end
        self._mark = hash(split.template)

    def body_of(self, data: bytes) -> bytes | None:
        """Return the body when `data` is exactly one request with this head, which still holds; else None."""
        at = self._at
        end = data.find(b"\r", at, at + _LONGEST_LENGTH + 1)
        digits = data[at:end]
        body_at = end + self._tail
        if (
            end < 0
            or not digits.isdigit()
            or int(digits) != len(data) - body_at
            or hash(data[:at] + data[end:body_at]) != self._mark
            or not self.known.is_valid
        ):
            return None
        return data[body_at:]


class Heads:
    """Finds known heads by a digest, so that no key a client sent stays in memory."""

    __slots__ = ("_known", "_recognise")

    def __init__(self, recognise: Callable[[Request], KnownCall | None]) -> None:
        self._recognise = recognise
        self._known: dict[bytes, KnownCall] = {}

    def find(self, template: bytes) -> KnownCall | None:
        """Return what is known of the head with this template (see `split_head`), if it still holds."""
        known = self._known.get(_digest(template))
        return known if known is not None and known.is_valid else None

    def keep(self, template: bytes, request: Request) -> None:
        """Remember a head that was served, if it is one of a call.

        A full table starts anew, since clients may send a new head every time.
        """
        known = self._recognise(request)
        if known is not None:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[_digest(template)] = known


class Split(NamedTuple):
    """A request in parts: its template, its body, and where the digits of its length begin and end.

    The template is the head without those digits. Of two equal templates both are the same request but for the
    body: the digits stood where the parser, which refuses a second length, found the one there is.
    """

    template: bytes
    body: bytes
    length_at: int
    length_end: int


def split_head(data: bytes, limit_bytes: int) -> Split | None:
    """Return the parts of `data` when it is exactly one request with a length, else None."""
    end = data.find(b"\r\n\r\n") + 4
    if not 4 < end < limit_bytes:
        return None
    match = _LENGTH.search(data, 0, end - 2)
    if match is None or len(data) - end != int(match[1]):
        return None
    at, stop = match.span(1)
    return Split(data[:at] + data[stop:end], data[end:], at, stop)


def _digest(template: bytes) -> bytes:
    return hashlib.sha256(template, usedforsecurity=False).digest()
