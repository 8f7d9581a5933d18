"""Stop 7: a provider's bytes become the client's answer."""

from collections.abc import Callable

from narrowgate.dialects.openai.errors import render_event, render_responses_event
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.model.operation import Operation
from narrowgate.model.usage import Usage
from narrowgate.pipeline.answer_head import joined
from narrowgate.pipeline.faults import broken_fault, unreadable, unusable_fault
from narrowgate.pipeline.manner import EVENTS, PIECES, UNDECIDED, WHOLE, WHOLE_LIMIT_BYTES, manner_of, unpacked
from narrowgate.pipeline.owner import Listener, Owner
from narrowgate.pipeline.ports import Client, Exchange
from narrowgate.pipeline.target import Target
from narrowgate.pipeline.upstream_error import error_in, has_error, in_our_shape, refusal, substitute, without_usage
from narrowgate.providers.usage import is_document, usage_of_body, usage_of_event
from narrowgate.wire.answer import AnswerReader, Head
from narrowgate.wire.errors import WireError
from narrowgate.wire.inflate import Inflate
from narrowgate.wire.sse import EventWatch, last_data_with, without_broken

_IN_JSON = frozenset({Operation.CHAT, Operation.COMPLETIONS, Operation.RESPONSES, Operation.EMBEDDINGS})


class Relay:
    """Reads one answer and sends it on; `exchange` is set as soon as there is one."""

    __slots__ = (
        "_client",
        "_held",
        "_held_bytes",
        "_inflate",
        "_is_over",
        "_mode",
        "_operation",
        "_owner",
        "_preface",
        "_reader",
        "_target",
        "_watch",
        "choices",
        "exchange",
        "frames",
        "has_begun",
        "hides_usage",
        "rewrite",
        "sent_bytes",
        "tap",
    )

    def __init__(self, owner: Owner, client: Client, target: Target, operation: Operation) -> None:
        self._owner = owner
        self._client = client
        self._target = target
        self._operation = operation
        self._reader = AnswerReader(target.names)
        self._mode = UNDECIDED
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._preface = b""
        self._inflate: Inflate | None = None
        self._watch: EventWatch | None = None
        self._is_over = False
        self.exchange: Exchange | None = None
        self.choices = 1
        self.hides_usage = False
        self.rewrite: Callable[[bytes], bytes] | None = None  # of a whole body, for clients of another dialect
        self.has_begun = False  # whether the client has been sent anything
        self.frames = 0
        self.sent_bytes = 0
        self.tap: Listener | None = None  # reads along, so that another answer can go on

    # -- what the transport tells ---------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Take answer bytes."""
        if self._is_over:
            return
        try:
            data = self._reader.feed(data)
            mode = self._mode
            if mode == UNDECIDED:
                head = self._reader.head
                if head is None:
                    return
                mode = self._mode = self._decide(head)
            if self._inflate is not None and data:
                data = self._inflate.feed(data, is_last=self._reader.is_done)
        except WireError as error:
            self.break_off(unreadable(error))
            return
        self._take(mode, data)

    def ended(self) -> None:
        """The provider closed the connection."""
        if self._is_over:
            return
        if self._reader.end():
            self._take(self._mode, b"")
            return
        where = "before it answered" if self._reader.head is None else "in the middle of its answer"
        self.break_off(broken_fault(self._target.provider.name, f"closed the connection {where}", "upstream_closed"))

    def failed(self, stage: str, message: str) -> None:
        """There is no connection (any more)."""
        if self._is_over:
            return
        self.break_off(unusable_fault(self._target.provider.name, stage, message))

    def pause_body(self) -> None:
        """The provider takes the request slowly."""
        self._client.pause_upload()

    def resume_body(self) -> None:
        """The provider takes more of the request."""
        self._client.resume_upload()

    # -- what the call tells ---------------------------------------------------------------------

    def abandon(self) -> None:
        """Stop: the client has gone or the call is over; the provider's connection is closed."""
        self._is_over = True
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.abort()

    def break_off(self, fault: Fault) -> None:
        """End the call with `fault`, as a status if nothing was sent, else as an error event."""
        self.abandon()
        if fault.kind is FaultKind.UPSTREAM_TIMEOUT and self._is_whole_but_open():
            return
        if not self.has_begun:
            if not self._owner.lost(fault):
                self._owner.fail(fault)
            return
        if self._owner.interrupted(fault):
            return
        # The body is not ended: no client may take what it has for the whole (RFC 9112 section 8).
        self._client.close_after()
        data = self._error_event(fault) if self._speaks_events else b""
        self._owner.finish(self._status, data, fault.kind, self._usage_seen())

    def ping(self) -> None:
        """Send a comment on a silent event stream, if that is possible now."""
        if self._mode != EVENTS or self._watch is None or not self._watch.is_at_boundary:
            return
        self._begin_events()
        self._send(b": ping\n\n")

    # -- the three ways --------------------------------------------------------------------------

    @property
    def has_answered(self) -> bool:
        """Whether the answer's head has come."""
        return self._reader.head is not None

    @property
    def _status(self) -> int:
        return self._reader.head.status if self._reader.head is not None else 0

    def _is_whole_but_open(self) -> bool:
        """Whether all of the answer has come and only its end has not; it is then ended here."""
        watch = self._watch
        if watch is None or not self.has_begun or not watch.is_complete:
            return False
        self._owner.finish(self._status, self._client.last(), None, self._usage_seen())
        return True

    @property
    def _speaks_events(self) -> bool:
        """Whether the client is being sent events, of which an error can be one."""
        return self._mode == EVENTS

    def _decide(self, head: Head) -> int:
        """Choose how the answer is passed on, from its head."""
        self._inflate = unpacked(head)
        mode = self._kind_of(head)
        self._owner.started(is_stream=mode == EVENTS)
        return mode

    def _kind_of(self, head: Head) -> int:
        manner = manner_of(head)
        if manner == EVENTS:
            self._watch = EventWatch(self._operation, self.choices)
        return manner

    def _take(self, mode: int, data: bytes) -> None:
        if mode == EVENTS:
            self._take_events(data)
        elif mode == WHOLE:
            self._take_whole(data)
        else:
            self._owner.progressed()
            self._take_piece(data)

    def _take_whole(self, data: bytes) -> None:
        if self._reader.is_done:
            if self._held:
                self._held.append(data)
                data = b"".join(self._held)
            self._finish_whole(data)
            return
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > WHOLE_LIMIT_BYTES:
            data = b"".join(self._held)
            self._held.clear()
            self._mode = PIECES
            self._take_piece(data)

    def _finish_whole(self, body: bytes) -> None:
        owner = self._owner
        began_ns = owner.work_ns()
        self._leave_connection()
        head = self._reader.head
        assert head is not None
        status = head.status
        usage, fault = None, None
        if status < 300:
            usage = usage_of_body(self._operation, body, self._target.provider.reasoning_count)
            if self.rewrite is not None:
                try:
                    body = self.rewrite(body)
                except Failed as failed:
                    owner.fail(failed.fault)
                    return
            if usage is None and self._is_no_answer(body):
                return
        else:
            fault = FaultKind.UPSTREAM_REFUSED
            if owner.lost(refusal(status, head, body), head):
                return
            instead = substitute(status, self._target.provider.name, body)
            if instead is not None:
                owner.fail(instead)
                return
            shaped = in_our_shape(status, body)
            if shaped is not None:
                body = shaped
                head.kept = [*head.without(b"content-type"), b"content-type: application/json"]
        lines = joined(head.kept) + owner.own_lines(owner.cost_of(usage), began_ns)
        self.sent_bytes = len(body)
        owner.finish(status, self._client.whole(status, lines, body), fault, usage)

    def _take_events(self, data: bytes) -> None:
        watch = self._watch
        assert watch is not None
        out = self._watched(watch, data) if data else b""
        if out:
            if not self.has_begun:
                if watch.has_error and self._answer_error(out):
                    return
                if b"data:" not in out:
                    self._preface += out  # comments only: an error may still become a status
                    out = b""
                else:
                    self._begin_events()
                    self._owner.progressed()
            if self.hides_usage and watch.usage_piece is out:
                out = without_usage(out)
            if out and not self._reader.is_done:
                self.sent_bytes += len(out)
                self.frames += out.count(b"data:")
                self._client.piece(out)
                if self.tap is not None:
                    self.tap.take(out)
                return
        if self._reader.is_done:
            self._finish_events(out)

    def _watched(self, watch: EventWatch, data: bytes) -> bytes:
        """Return the whole events that are to be passed on; note what they mean for the clock."""
        out = watch.feed(data)
        if out and self._operation in _IN_JSON:
            whole = out
            out = without_broken(whole)
            if watch.usage_piece is whole:
                watch.usage_piece = out
        if self.has_begun:
            self._owner.progressed()  # not before: a head or comments alone are no first token
            if watch.is_complete:
                self._owner.ending()
        return out

    def _finish_events(self, out: bytes) -> None:
        """Decide whether the stream is complete now that its body is over."""
        watch = self._watch
        assert watch is not None
        rest = watch.flush()
        if rest:
            # Some servers leave out the empty line behind their last event.
            watch.feed(rest + b"\n\n")
        if not self.has_begun:
            if not out and not rest and not self._preface:
                self.break_off(
                    broken_fault(self._target.provider.name, "answered with an empty stream", "upstream_empty")
                )
                return
            if watch.has_error and rest and self._answer_error(rest):
                return
            self._begin_events()
        had_error = watch.has_error and has_error(out + rest)
        if not (watch.is_complete or had_error or not watch.knows_its_end):
            if out:
                self._send(out)
            what = "ended its stream before the answer was complete"
            self.break_off(broken_fault(self._target.provider.name, what, "upstream_truncated"))
            return
        self._leave_connection()
        out += rest
        self.sent_bytes += len(out)  # frames are counted for what breaks off
        fault = FaultKind.UPSTREAM_BROKEN if had_error else None
        self._owner.finish(self._status, self._client.framed(out) + self._client.last(), fault, self._usage_seen())

    def _take_piece(self, data: bytes) -> None:
        if not self.has_begun:
            began_ns = self._owner.work_ns()
            head = self._reader.head
            assert head is not None
            self.has_begun = True
            lines = joined(head.kept) + self._owner.own_lines(None, began_ns)
            self._client.begin(head.status, lines, head.length)
        if data:
            self._send(data)
        if self._reader.is_done:
            self._leave_connection()
            fault = FaultKind.UPSTREAM_REFUSED if self._status >= 300 else None
            self._owner.finish(self._status, self._client.last(), fault, None)

    # -- pieces of the above ---------------------------------------------------------------------

    def _begin_events(self) -> None:
        if self.has_begun:
            return
        began_ns = self._owner.work_ns()
        self.has_begun = True
        head = self._reader.head
        assert head is not None
        lines = joined(head.kept) + self._owner.own_lines(None, began_ns)
        self._client.begin(head.status, lines, None)
        if self._preface:
            self._send(self._preface)
            self._preface = b""

    def _answer_error(self, piece: bytes) -> bool:
        """Turn an error that comes as the first event into an answer with its status."""
        found = error_in(piece)
        head = self._reader.head
        if found is None or head is None:
            return False
        status, body = found
        self.abandon()
        if self._owner.lost(refusal(status, head, body), head):
            return True
        kept = [*head.without(b"content-type"), b"content-type: application/json"]
        lines = joined(kept) + self._owner.own_lines(None, self._owner.work_ns())
        data = self._client.whole(status, lines, body)
        self._owner.finish(status, data, FaultKind.UPSTREAM_REFUSED, None)
        return True

    def _is_no_answer(self, body: bytes) -> bool:
        """Whether a success is none: empty, or no JSON. The call then goes on or ends."""
        if self._operation not in _IN_JSON or (body and is_document(body)):
            return False
        what, code = ("no JSON", "upstream_invalid") if body else ("an empty body", "upstream_empty")
        self.break_off(broken_fault(self._target.provider.name, f"answered with {what}", code))
        return True

    def _send(self, data: bytes) -> None:
        self.sent_bytes += len(data)
        self.frames += data.count(b"data:")
        self._client.piece(data)
        if self.tap is not None:
            self.tap.take(data)

    def _usage_seen(self) -> Usage | None:
        watch = self._watch
        if watch is None or not watch.usage_piece:
            return None
        data = last_data_with(watch.usage_piece, b'"usage"')
        return usage_of_event(self._operation, data, self._target.provider.reasoning_count)

    def _error_event(self, fault: Fault) -> bytes:
        if self._operation is Operation.RESPONSES:
            return self._client.framed(render_responses_event(fault, self.frames))
        return self._client.framed(render_event(fault))

    def _leave_connection(self) -> None:
        """Give the provider's connection back, if it can carry another exchange."""
        self._is_over = True
        reader = self._reader
        exchange, self.exchange = self.exchange, None
        if exchange is None:
            return
        if reader.head is not None and reader.head.is_keep_alive and not reader.excess:
            exchange.release()
        else:
            exchange.abort()
