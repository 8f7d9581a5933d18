"""Stop 7 for conversations in forms of their own: the answer passes, or is translated on its way."""

import re
from collections.abc import Sequence
from typing import assert_never

import msgspec

from narrowgate.dialects.anthropic_messages.naming import named, start_named
from narrowgate.model.conversation import Request
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.model.operation import Operation
from narrowgate.model.reply import (
    Began,
    Broke,
    Cited,
    Delta,
    Ended,
    Event,
    Finished,
    Incomplete,
    LogprobsTold,
    PartBegan,
    PartEnded,
    Sealed,
    UsageTold,
    fold,
    unfold,
)
from narrowgate.model.usage import Usage
from narrowgate.pipeline.answer_head import joined
from narrowgate.pipeline.faults import broken_fault, unreadable
from narrowgate.pipeline.lane import Lane
from narrowgate.pipeline.manner import EVENTS, WHOLE
from narrowgate.pipeline.owner import Owner
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.target import Target
from narrowgate.pipeline.upstream_error import fields_of, substitute
from narrowgate.wire.answer import Head
from narrowgate.wire.errors import WireError
from narrowgate.wire.sse import without_broken

_SSE = b"text/event-stream"
_ENDS = (b"\n\n", b"\n\r\n", b"\r\r")
_ANY = msgspec.json.Decoder()
_UNPRINTABLE = re.compile(r"[^ -~]")
_SHOWN = 1_000


class FormRelay(Relay):
    """Reads an answer with its family's decoder. In the verbatim lane the bytes pass as they are."""

    __slots__ = (
        "_broke",
        "_decoder",
        "_encoder",
        "_events",
        "_finished",
        "_half",
        "_has_content",
        "_is_named",
        "_is_sse",
        "_is_whole",
        "_lane",
        "_last",
        "_seen_usage",
        "_stamp",
        "_waiting",
        "model_told",
    )

    def __init__(
        self, owner: Owner, client: Client, target: Target, operation: Operation, lane: Lane, stamp: tuple[str, int]
    ) -> None:
        super().__init__(owner, client, target, operation)
        self._lane = lane
        self._stamp = stamp  # an id and a time, for answers that have none
        self._decoder = lane.family.decoder(lane.quirks)
        self._encoder = (
            lane.dialect.encoder(lane.request, *stamp) if lane.request is not None and lane.is_stream else None
        )
        self._events: list[Event] = []  # of a streamed answer to a client that wants it whole
        self._waiting = b""  # what may still become a status
        self._last = b""
        self._half = b""  # of an event
        self._is_sse = lane.dialect.stream_type.startswith(_SSE)
        self._has_content = False
        self._is_named = False
        self._is_whole = False
        self._finished = 0  # choices
        self._broke: Fault | None = None
        self._seen_usage: Usage | None = None
        self.model_told = ""  # what the answer calls its model, "" for the provider's own name

    def ping(self) -> None:
        """Send a comment between two events, where the form has comments."""
        if self._mode != EVENTS or not self._lane.is_stream or not self._is_sse:
            return
        if not self.has_begun:
            if self._reader.head is None or self._broke is not None:
                return
            self._begin_stream()
        if self._last.endswith((b"\n\n", b"\r\n\r\n")) or not self._last:
            self._client.piece(b": ping\n\n")

    # -- what the base calls ---------------------------------------------------------------------

    def _kind_of(self, head: Head) -> int:
        if head.status >= 300:
            return WHOLE
        kind = head.content_type[:40].lower()
        if kind.startswith((_SSE, b"application/vnd.amazon.eventstream", b"application/x-ndjson")):
            return EVENTS
        if kind.startswith(b"application/json") and not (self._lane.is_stream and self._lane.request is None):
            return WHOLE
        return EVENTS if self._lane.is_stream else WHOLE

    def _take_events(self, data: bytes) -> None:
        try:
            events = [*self._decoder.feed(data)] if data else []
            if self._reader.is_done:
                events += self._decoder.end()
        except WireError as error:
            self.break_off(unreadable(error))
            return
        if self.tap is not None:
            self.tap.note(events)
        if self._lane.request is None and self._is_sse:
            data = self._named_start(without_broken(self._whole_events(data)))
        self._pass_on(self._encode(events, data), has_data=bool(data))

    def _pass_on(self, out: bytes, *, has_data: bool) -> None:
        if self._broke is not None and (self._encoder is not None or not self.has_begun):
            self._finish_broken(self._broke, out)
            return
        if has_data and self._has_content:
            self._owner.progressed()
            if self._is_complete:
                self._owner.ending()
        if self._reader.is_done:
            self._finish_stream(out)
        elif not self._has_content:
            self._waiting += out  # a head alone: an error may still become a status
        elif self._lane.is_stream:
            if not self.has_begun:
                self._begin_stream()
                out, self._waiting = self._waiting + out, b""
            if out:
                self._send_out(out)

    def _finish_whole(self, body: bytes) -> None:
        began_ns = self._owner.work_ns()
        self._leave_connection()
        head = self._reader.head
        assert head is not None
        if head.status >= 300:
            self._finish_refused(head, body)
            return
        lane = self._lane
        usage: Usage | None = None
        try:
            reply = lane.family.from_wire(body, lane.quirks)
            usage = reply.charged or reply.usage
        except (WireError, Failed) as error:
            if lane.request is not None:
                fault = error.fault if isinstance(error, Failed) else unreadable(error)
                if not self._owner.lost(fault):
                    self._owner.fail(fault)
                return
        else:
            if self.model_told:
                reply = msgspec.structs.replace(reply, model=self.model_told)
                body = named(body, self.model_told) if lane.request is None else body
            if lane.request is not None:
                if lane.is_stream:
                    self._finish_unfolded([*unfold(reply)], usage)
                    return
                body = lane.dialect.render(reply, lane.request)
        kept = head.kept if lane.request is None else self._own_kept(head, b"application/json")
        lines = joined(kept) + self._owner.own_lines(self._owner.cost_of(usage), began_ns)
        self.sent_bytes = len(body)
        # 201 and the like are words of the provider's own form.
        status = head.status if self._lane.request is None else 200
        self._owner.finish(status, self._client.whole(status, lines, body), None, usage)

    def _is_whole_but_open(self) -> bool:
        if self._mode != EVENTS or not self._is_complete:
            return False
        try:
            out = self._encode(self._decoder.end(), b"")
        except WireError:
            return False
        out += self._ended()
        if not self._lane.is_stream:
            self._finish_folded()
            return True
        if not self.has_begun:
            self._begin_stream()
            out, self._waiting = self._waiting + out, b""
        self.sent_bytes += len(out)
        self._owner.finish(self._status, self._client.framed(out) + self._client.last(), None, self._seen_usage)
        return True

    def _error_event(self, fault: Fault) -> bytes:
        if not self._lane.is_stream:
            return b""
        dialect = self._lane.dialect
        encoder = self._encoder or dialect.encoder(Request(dialect.form, "", (), is_stream=True), *self._stamp)
        return self._client.framed(encoder.fail(fault))

    def _usage_seen(self) -> Usage | None:
        return self._seen_usage

    # -- pieces of the above ---------------------------------------------------------------------

    def _encode(self, events: Sequence[Event], data: bytes) -> bytes:
        """Note what the events say; return what the client is to get for them."""
        out: list[bytes] = []
        for event in events:
            match event:
                case UsageTold(usage, charged):
                    self._seen_usage = charged or usage  # what is billed is what is accounted for
                case Ended():
                    self._is_whole = True
                case Broke(fault):
                    self._broke = fault
                    break
                case PartBegan() | Delta() | Finished():
                    self._has_content = True
                    self._finished += isinstance(event, Finished)
                    self.frames += 1
                case Began() if self.model_told:
                    event = msgspec.structs.replace(event, model=self.model_told)  # noqa: PLW2901 - it goes on so
                case Began() | PartEnded() | Sealed() | Cited() | LogprobsTold():
                    pass
                case _:
                    assert_never(event)
            if self._encoder is not None:
                out.append(self._encoder.encode(event))
            elif self._lane.request is not None:
                self._events.append(event)
        return b"".join(out) if self._lane.request is not None else data

    def _finish_stream(self, out: bytes) -> None:
        """The body is over: whole, broken, or cut short."""
        name = self._target.provider.name
        out += self._ended()
        if not self._is_whole and self._broke is None:
            if self.has_begun and out:
                self._send_out(out)
            cut, empty = "ended its stream before the answer was complete", "answered with an empty stream"
            self.break_off(broken_fault(name, cut if self._has_content else empty, "upstream_truncated"))
            return
        self._leave_connection()
        if not self._lane.is_stream:
            self._finish_folded()
            return
        if not self.has_begun:
            self._begin_stream()
            out, self._waiting = self._waiting + out, b""
        self.sent_bytes += len(out)
        fault = FaultKind.UPSTREAM_BROKEN if self._broke is not None else None
        self._owner.finish(self._status, self._client.framed(out) + self._client.last(), fault, self._seen_usage)

    @property
    def _is_complete(self) -> bool:
        """Whether the provider gave the reason why each choice stopped."""
        return self._broke is None and self._finished >= self._lane.choices

    def _ended(self) -> bytes:
        """Return the end of the client's stream if the answer is complete but for the provider's end mark."""
        if self._is_whole or not self._is_complete:
            return b""
        return self._encode((Ended(),), b"")

    def _finish_broken(self, fault: Fault, out: bytes) -> None:
        """The provider itself said that it failed: a status if nothing was sent, else the stream's last event."""
        if not self.has_begun or self._encoder is None:
            self.break_off(fault)
            return
        self.abandon()
        out += self._encoder.fail(fault)
        self.sent_bytes += len(out)
        self._owner.finish(self._status, self._client.framed(out) + self._client.last(), fault.kind, self._seen_usage)

    def _finish_folded(self) -> None:
        """A streamed answer for a client that wants it whole."""
        lane, head = self._lane, self._reader.head
        assert head is not None
        assert lane.request is not None
        began_ns = self._owner.work_ns()
        try:
            reply = fold(self._events)
        except Incomplete as cut:
            fault = cut.fault or broken_fault(self._target.provider.name, "cut its answer short", "upstream_truncated")
            if not self._owner.lost(fault):
                self._owner.fail(fault)
            return
        body = lane.dialect.render(reply, lane.request)
        lines = joined(self._own_kept(head, b"application/json"))
        usage = reply.charged or reply.usage
        lines += self._owner.own_lines(self._owner.cost_of(usage), began_ns)
        self.sent_bytes = len(body)
        self._owner.finish(200, self._client.whole(200, lines, body), None, usage)

    def _finish_unfolded(self, events: list[Event], usage: Usage | None) -> None:
        """A whole answer for a client that wants a stream."""
        out = self._encode(events, b"")
        self._begin_stream()
        self.sent_bytes = len(out)
        self._owner.finish(200, self._client.framed(out) + self._client.last(), None, usage)

    def _finish_refused(self, head: Head, body: bytes) -> None:
        """Pass a provider's error on: its own bytes in its own dialect, else its words in the client's."""
        # What a provider forbids is what the gateway's credentials may not do: its 403 as its 401.
        status = 401 if head.status == 403 else head.status
        told = self._lane.family.fault(head.status, fields_of(head), body)
        if self._owner.lost(told, head):
            return
        instead = substitute(status, self._target.provider.name, body)
        if instead is None and (self._lane.request is not None or not _is_json(body)):
            instead = told
        if instead is not None:
            self._owner.fail(instead)
            return
        lines = joined(head.kept) + self._owner.own_lines(None, self._owner.work_ns())
        self.sent_bytes = len(body)
        data = self._client.whole(head.status, lines, body)
        self._owner.finish(head.status, data, FaultKind.UPSTREAM_REFUSED, None)

    def _begin_stream(self) -> None:
        began_ns = self._owner.work_ns()
        head = self._reader.head
        assert head is not None
        self.has_begun = True
        kept = head.kept if self._lane.request is None else self._own_kept(head, self._lane.dialect.stream_type)
        self._client.begin(200, joined(kept) + self._owner.own_lines(None, began_ns), None)

    def _own_kept(self, head: Head, content_type: bytes) -> list[bytes]:
        """Return the header lines to pass on when the body is not the provider's any more."""
        lines = [*head.without(b"content-type"), b"content-type: " + content_type]
        if self._lane.dropped:
            # The names are the client's own: nothing in them may end the line.
            names = _UNPRINTABLE.sub("?", ", ".join(self._lane.dropped))
            lines.append(b"x-narrowgate-dropped: " + names[:_SHOWN].encode("ascii"))
        return lines

    def _named_start(self, data: bytes) -> bytes:
        """Return whole events with the name that the answer's model has for the client."""
        if not self.model_told or self._is_named:
            return data
        found = start_named(data, self.model_told)
        self._is_named = found is not None
        return data if found is None else found

    def _whole_events(self, data: bytes) -> bytes:
        """Return what of the provider's bytes ends an event: behind half an event nothing else could be sent."""
        if self._half:
            data = self._half + data
        cut = len(data) if self._reader.is_done or data.endswith(b"\n\n") else 0
        for end in () if cut else _ENDS:
            at = data.rfind(end)
            cut = max(cut, at + len(end)) if at >= 0 else cut
        self._half = data[cut:]
        return data[:cut]

    def _send_out(self, out: bytes) -> None:
        self.sent_bytes += len(out)
        self._last = out[-4:]
        self._client.piece(out)


def _is_json(body: bytes) -> bool:
    try:
        return isinstance(_ANY.decode(body), (dict, list))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
