"""An edge's end of the link to the control process: admin calls out, keys and questions in."""

import asyncio
from collections.abc import Callable

import msgspec

from narrowgate.adapters.telemetry.metrics import SAMPLES_ENCODER, Sample
from narrowgate.identity.keys import VirtualKey
from narrowgate.model.admin import ANSWER_DECODER, ENCODER, AdminAnswer, AdminRequest
from narrowgate.model.bench import DECODER as BENCHES_DECODER
from narrowgate.model.bench import Benches
from narrowgate.policy.routing.vitals import State
from narrowgate.wire.link import FrameReader, Kind, LinkError, frame

# How long an admin call waits for a control process that is being started (again).
_COMES_BACK_S = 2.0
_MOST_PARKED = 1_000
KEYS_DECODER = msgspec.msgpack.Decoder(tuple[VirtualKey, ...])


Answer = Callable[[AdminAnswer | None], None]


class ControlLink:
    """Asks control, by the connection that came last: after a reload the one before may end later than that begins."""

    def __init__(
        self,
        take_keys: Callable[[tuple[VirtualKey, ...]], None],
        samples: Callable[[], list[Sample]],
        take_benches: Callable[[Benches], None],
        states: Callable[[], list[State]],
    ) -> None:
        self.take_keys = take_keys
        self.samples = samples
        self.take_benches = take_benches
        self.states = states
        self._current: Connection | None = None
        self._parked: list[tuple[AdminRequest, Answer]] = []

    @property
    def is_up(self) -> bool:
        """Whether control is there."""
        return self._current is not None

    def connection(self) -> "Connection":
        """Make the protocol of one more connection to a control process."""
        return Connection(self)

    def ask(self, request: AdminRequest, answer: Answer) -> None:
        """Ask control; `answer` gets None when it is gone, and has not come back after a moment."""
        if self._current is not None:
            self._current.ask(request, answer)
            return
        if len(self._parked) >= _MOST_PARKED:
            answer(None)
            return
        parked = (request, answer)
        self._parked.append(parked)
        asyncio.get_running_loop().call_later(_COMES_BACK_S, self._give_up, parked)

    def joined(self, connection: "Connection") -> None:
        """Use a new connection from now on."""
        self._current = connection
        parked, self._parked = self._parked, []
        for request, answer in parked:
            connection.ask(request, answer)

    def left(self, connection: "Connection") -> None:
        """Hear that a connection is over."""
        if self._current is connection:
            self._current = None

    def _give_up(self, parked: tuple[AdminRequest, Answer]) -> None:
        if parked in self._parked:
            self._parked.remove(parked)
            parked[1](None)


class Connection(asyncio.Protocol):
    """One connection to a control process: one answer a stream."""

    def __init__(self, link: ControlLink) -> None:
        self._link = link
        self._transport: asyncio.Transport | None = None
        self._reader = FrameReader()
        self._waiting: dict[int, Answer] = {}
        self._stream = 0

    def ask(self, request: AdminRequest, answer: Answer) -> None:
        """Ask; `answer` gets None when the connection ends before."""
        if self._transport is None:
            answer(None)
            return
        self._stream = self._stream % 0xFFFF_FFFF + 1
        self._waiting[self._stream] = answer
        self._transport.write(frame(Kind.ADMIN, self._stream, ENCODER.encode(request)))

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvloop's is no subclass
        """Become the one that is used."""
        self._transport = transport
        self._link.joined(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Tell everyone who waits."""
        self._transport = None
        self._link.left(self)
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            answer(None)

    def data_received(self, data: bytes) -> None:
        """Act on frames."""
        try:
            for kind, stream, payload in self._reader.feed(data):
                self._act(kind, stream, payload)
        except (LinkError, msgspec.DecodeError):
            if self._transport is not None:
                self._transport.abort()

    def _act(self, kind: int, stream: int, payload: bytes) -> None:
        link = self._link
        if kind == Kind.ADMIN:
            answer = self._waiting.pop(stream, None)
            if answer is not None:
                answer(ANSWER_DECODER.decode(payload))
        elif kind == Kind.KEYS:
            link.take_keys(KEYS_DECODER.decode(payload))
            self._reply(kind, stream, b"")
        elif kind == Kind.BENCHES:
            link.take_benches(BENCHES_DECODER.decode(payload))
            self._reply(kind, stream, b"")
        elif kind == Kind.TARGETS:
            self._reply(kind, stream, ENCODER.encode(link.states()))
        elif kind == Kind.METRICS:
            self._reply(kind, stream, SAMPLES_ENCODER.encode(link.samples()))

    def _reply(self, kind: int, stream: int, payload: bytes) -> None:
        if self._transport is not None:
            self._transport.write(frame(kind, stream, payload))
