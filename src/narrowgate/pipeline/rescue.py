"""A stream that died is gone on with by another target: what was sent is known, what follows fits it."""

from collections.abc import Sequence

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.operation import Operation
from narrowgate.model.replay import Differs, Replay, Transcript
from narrowgate.model.reply import Event, unfold
from narrowgate.pipeline.faults import unreadable
from narrowgate.pipeline.form_relay import FormRelay
from narrowgate.pipeline.lane import Lane
from narrowgate.pipeline.owner import Owner
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.target import Target
from narrowgate.pipeline.upstream_error import fields_of
from narrowgate.providers.family import Decoder
from narrowgate.wire.errors import WireError

_MOST_EVENTS = 100_000  # a longer answer is not gone on with: what was sent of it is kept in memory


class Tap:
    """Reads along with a stream that passes, so that another answer can go on where it stops."""

    __slots__ = ("_decoder", "is_able", "transcript")

    def __init__(self, decoder: Decoder | None) -> None:
        self._decoder = decoder
        self.transcript = Transcript()
        self.is_able = True

    def take(self, data: bytes) -> None:
        """Take whole events that are sent to the client."""
        if not self.is_able or self._decoder is None:
            return
        try:
            self.note(self._decoder.feed(data))
        except WireError:
            self.is_able = False

    def note(self, events: Sequence[Event]) -> None:
        """Take events whose text is sent to the client."""
        if not self.is_able:
            return
        self.transcript.note(events)
        self.is_able = len(self.transcript.events) <= _MOST_EVENTS


class ResumeRelay(FormRelay):
    """Reads the answer of the target that goes on; the client's stream has begun long ago.

    `is_continuation` when the target was asked to go on from what was sent: then its answer is all new.
    """

    __slots__ = ("_feed_replay", "_read_along", "_resumed")

    def __init__(  # noqa: PLR0913 - what FormRelay takes, and what was sent before
        self,
        owner: Owner,
        client: Client,
        target: Target,
        operation: Operation,
        lane: Lane,
        stamp: tuple[str, int],
        *,
        tap: Tap,
        is_continuation: bool,
    ) -> None:
        super().__init__(owner, client, target, operation, lane, stamp)
        assert lane.request is not None
        self.has_begun = True
        self.tap = self._read_along = tap
        transcript = tap.transcript
        # What goes on must fit what was sent: the writer of the client's events learns that first.
        encoder = self._resumed = lane.dialect.encoder(lane.request, *stamp)
        for event in transcript.events:
            encoder.encode(event)
        self._encoder = encoder
        self._feed_replay = Replay(transcript, is_continuation=is_continuation).feed

    @property
    def _status(self) -> int:
        return 200

    @property
    def _speaks_events(self) -> bool:
        return True

    def ping(self) -> None:
        """Send a comment between two events, where the form has comments."""
        if self._is_sse:
            self._client.piece(b": ping\n\n")

    # -- what the base calls ---------------------------------------------------------------------

    def _take_events(self, data: bytes) -> None:
        try:
            events = [*self._decoder.feed(data)] if data else []
            if self._reader.is_done:
                events += self._decoder.end()
        except WireError as error:
            self.break_off(unreadable(error))
            return
        if data:
            self._owner.progressed()
        self._go_on(events)

    def _finish_whole(self, body: bytes) -> None:
        """A whole answer where a stream was asked for, or an error."""
        self._leave_connection()
        head = self._reader.head
        assert head is not None
        if head.status >= 300:
            self.break_off(self._lane.family.fault(head.status, fields_of(head), body))
            return
        try:
            reply = self._lane.family.from_wire(body, self._lane.quirks)
        except WireError as error:
            self.break_off(unreadable(error))
            return
        self._go_on([*unfold(reply)])

    def _error_event(self, fault: Fault) -> bytes:
        return self._client.framed(self._resumed.fail(fault))

    # -- pieces of the above ---------------------------------------------------------------------

    def _go_on(self, events: Sequence[Event]) -> None:
        new: list[Event] = []
        try:
            for event in events:
                new += self._feed_replay(event)
        except Differs:
            self._read_along.is_able = False  # a third answer would differ as well
            message = "the answer broke off, and what another model answered does not go on from it; try again"
            self.break_off(Fault(FaultKind.UPSTREAM_BROKEN, message, code="answers_differ"))
            return
        self._read_along.note(new)
        out = self._encode(new, b"")
        if out:
            self._send_out(out)
        if self._broke is not None:
            self.break_off(self._broke)
        elif self._reader.is_done:
            self._finish_stream(b"")
