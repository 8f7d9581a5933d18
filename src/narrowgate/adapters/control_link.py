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


class ControlLink(asyncio.Protocol):
    """Asks control, one answer a stream; `attach` it to one socket after another."""

    def __init__(
        self,
        take_keys: Callable[[tuple[VirtualKey, ...]], None],
        samples: Callable[[], list[Sample]],
        take_benches: Callable[[Benches], None],
        states: Callable[[], list[State]],
    ) -> None:
        self._take_keys = take_keys
        self._samples = samples
        self._take_benches = take_benches
        self._states = states
        self._transport: asyncio.Transport | None = None
        self._reader = FrameReader()
        self._parked: list[tuple[AdminRequest, Callable[[AdminAnswer | None], None]]] = []
        self._waiting: dict[int, Callable[[AdminAnswer | None], None]] = {}
        self._stream = 0

    @property
    def is_up(self) -> bool:
        """Whether control is there."""
        return self._transport is not None

    def ask(self, request: AdminRequest, answer: Callable[[AdminAnswer | None], None]) -> None:
        """Ask control; `answer` gets None when it is gone, and has not come back after a moment."""
        if self._transport is None:
            if len(self._parked) >= _MOST_PARKED:
                answer(None)
                return
            parked = (request, answer)
            self._parked.append(parked)
            asyncio.get_running_loop().call_later(_COMES_BACK_S, self._give_up, parked)
            return
        self._stream = self._stream % 0xFFFF_FFFF + 1
        self._waiting[self._stream] = answer
        self._transport.write(frame(Kind.ADMIN, self._stream, ENCODER.encode(request)))

    def _give_up(self, parked: tuple[AdminRequest, Callable[[AdminAnswer | None], None]]) -> None:
        if parked in self._parked:
            self._parked.remove(parked)
            parked[1](None)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvloop's is no subclass
        """Use a new link."""
        self._transport = transport
        self._reader = FrameReader()
        parked, self._parked = self._parked, []
        for request, answer in parked:
            self.ask(request, answer)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Tell everyone who waits."""
        self._transport = None
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
        if kind == Kind.ADMIN:
            answer = self._waiting.pop(stream, None)
            if answer is not None:
                answer(ANSWER_DECODER.decode(payload))
        elif kind == Kind.KEYS:
            self._take_keys(KEYS_DECODER.decode(payload))
            if self._transport is not None:
                self._transport.write(frame(Kind.KEYS, stream))
        elif kind == Kind.BENCHES:
            self._take_benches(BENCHES_DECODER.decode(payload))
            if self._transport is not None:
                self._transport.write(frame(Kind.BENCHES, stream))
        elif kind == Kind.TARGETS and self._transport is not None:
            self._transport.write(frame(Kind.TARGETS, stream, ENCODER.encode(self._states())))
        elif kind == Kind.METRICS and self._transport is not None:
            self._transport.write(frame(Kind.METRICS, stream, SAMPLES_ENCODER.encode(self._samples())))
