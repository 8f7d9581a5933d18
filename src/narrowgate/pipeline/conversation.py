"""Calls by what their path asks for: a conversation may be translated, anything else goes as it came."""

from collections.abc import Mapping

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.registry import Route, Shape, count_answer, dialect_of, fault_lines
from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Failed, Fault
from narrowgate.model.operation import Operation
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.faults import invalid_body
from narrowgate.pipeline.fetching import Fetched, Fetching, Wanted
from narrowgate.pipeline.form_relay import FormRelay
from narrowgate.pipeline.lane import Lane, Terms, choose_lane, resumed_lane
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.rescue import ResumeRelay, Tap
from narrowgate.pipeline.target import Target, forwarded_lines
from narrowgate.policy.budget.estimate import DEFAULT_OUTPUT_TOKENS, aborted_usage
from narrowgate.providers.anthropic_messages import for_vertex_count
from narrowgate.providers.families import FAMILIES
from narrowgate.schemas.openai import RequestHead
from narrowgate.wire.errors import WireError
from narrowgate.wire.splice import replace_model

_OPENAI = frozenset({Form.OPENAI_CHAT, Form.OPENAI_RESPONSES})
_JSON = b"content-type: application/json\r\n"
_SSE = b"text/event-stream"


class Conversation(Call):
    """A call whose request is a conversation in any dialect."""

    __slots__ = ("_fetched", "_fetching", "_query", "_route", "_tap")

    def __init__(self, edge: Edge, client: Client, principal: Principal, route: Route, query: bytes) -> None:
        super().__init__(edge, client, principal, route.operation)
        self._route = route
        self._query = query
        self._tap: Tap | None = None  # set once part of an answer was sent and another target goes on with it
        self._fetching: Fetching | None = None
        self._fetched: Fetched | None = None if edge.settings.fetch_origin is None else {}

    def _go(self, target: Target, head: RequestHead, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        route = self._route
        if self._tap is not None:
            self._resume(target, body, headers, self._tap)
            return
        is_openai = route.form in _OPENAI and (self._operation in target.lines or not target.forms)
        if is_openai or self._operation is Operation.EMBEDDINGS:
            super()._go(target, head, self._body_for(target, head, body), headers)
            return
        if route.operation is Operation.COUNTING:
            self._count(target, head, body, headers)
            return
        edge = self._edge
        asked = Asked(body, route.model, route.is_stream, headers, self._query)
        lane = choose_lane(route, target, head, asked, Terms(self.policy(headers), self._fetched))
        self._is_stream = lane.is_stream
        if self._principal.has_limits:
            is_counted = self._principal.key.budget_usd_e9 is not None
            output = lane.output_limit or DEFAULT_OUTPUT_TOKENS * lane.choices
            self.reserve(len(body), output if is_counted else None)
        if lane.wanted:
            self._fetch(lane.wanted, target)
            return
        stamp = (self.call_id, edge.clock.unix_ms() // 1_000)
        relay = self._relay = FormRelay(self._owner(), self._front(), target, self._operation, lane, stamp)
        if route.form is Form.ANTHROPIC_MESSAGES and route.shape is Shape.PLAIN and self._is_as_named(target):
            relay.model_told = self._name
        if (
            lane.is_stream
            and self._may_resume
            and (lane.request is not None or lane.dialect.stream_type.startswith(_SSE))
        ):
            relay.tap = Tap(None)
        self._send_lane(target, relay, lane, headers)

    def _listen(self, relay: Relay, target: Target) -> None:
        form = self._route.form
        if self._may_resume and form in _OPENAI and self._keeper is None:
            relay.tap = Tap(FAMILIES[form].decoder(target.provider.quirks))

    @property
    def _may_resume(self) -> bool:
        """Whether another target may go on with an answer that breaks off."""
        return self._attempts is not None and self._attempts.may_resume

    def interrupted(self, fault: Fault) -> bool:
        """See `Owner.interrupted`."""
        if super().interrupted(fault):
            return True
        relay, attempts = self._relay, self._attempts
        tap = relay.tap if relay is not None else None
        if not isinstance(tap, Tap) or attempts is None:
            return False
        self._tap = tap
        if tap.is_able and self._go_on(fault, None, tap):
            return True
        self._tap = None
        if len(attempts.list) < 2:
            return False
        attempts.ended(fault, self.work_ns())
        self._end_resumed(attempts.told(fault), tap)
        return True

    def fail(self, fault: Fault) -> None:
        """Answer with `fault`, or end with it what has been sent of an answer."""
        tap = self._tap
        if tap is None:
            super().fail(fault)
        else:
            self._end_resumed(fault, tap)

    def _end_resumed(self, fault: Fault, tap: Tap) -> None:
        dialect = dialect_of(self._route, self._query)
        assert dialect is not None
        encoder = dialect.encoder(Request(dialect.form, self._name, (), is_stream=True), self.call_id, 0)
        for event in tap.transcript.events:
            encoder.encode(event)
        self._client.close_after()
        self.finish(200, self._client.framed(encoder.fail(fault)), fault.kind, None)

    def _resume(self, target: Target, body: bytes, headers: Mapping[bytes, bytes], tap: Tap) -> None:
        """Have `target` go on with what was sent: from its end, if it takes that, else by answering anew."""
        route, attempts = self._route, self._attempts
        assert attempts is not None
        prefix = tap.transcript.prefix() or "" if attempts.may_continue(target) else ""
        if prefix != prefix.rstrip():
            prefix = ""  # refused by those who take one
        asked = Asked(body, route.model, route.is_stream, headers, self._query)
        lane = resumed_lane(route, target, asked, prefix, self._fetched)
        if self._principal.has_limits:
            self.reserve(len(body), lane.output_limit or DEFAULT_OUTPUT_TOKENS * lane.choices)
        if lane.wanted:
            self._fetch(lane.wanted, target)
            return
        stamp = (self.call_id, self._edge.clock.unix_ms() // 1_000)
        relay = self._relay = ResumeRelay(
            self, self._client, target, self._operation, lane, stamp, tap=tap, is_continuation=bool(prefix)
        )
        attempts.list[-1].why += ", continuation" if prefix else ", prefix replay"
        self._send_lane(target, relay, lane, headers)

    def _is_as_named(self, target: Target) -> bool:
        """Whether `target` is what the client's name for the model stands for, not one that stands in for it."""
        attempts = self._attempts
        return attempts is None or not attempts.list or attempts.list[0].target == target.name

    def _send_lane(self, target: Target, relay: Relay, lane: Lane, headers: Mapping[bytes, bytes]) -> None:
        lines = b"%b%b%bcontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (
            target.rest_head,
            forwarded_lines(target, headers),
            lane.extra_lines,
            len(lane.body),
        )
        self.send(target, relay, lane.line, lines, lane.body)

    def _body_for(self, target: Target, head: RequestHead, body: bytes) -> bytes:  # noqa: ARG002 - for whom they count
        """Return the body as `target` gets it in the client's own form, but for the model."""
        return body

    # -- what is fetched first -------------------------------------------------------------------------

    def _fetch(self, wanted: Mapping[str, Wanted], target: Target) -> None:
        """Fetch what is named by URL, then go on to `target`."""
        ask = self._ask
        assert ask is not None
        self._work_so_far_ns += self.work_ns() - self._began_ns

        def done(found: Fetched | Fault) -> None:
            self._fetching = None
            self._began_ns = self.work_ns()  # what was waited for is no work of the gateway's
            if isinstance(found, Fault):
                self.fail(found)
                return
            self._fetched = found
            try:
                self._start(target, ask)
            except WireError as error:
                self.fail(invalid_body(error))
            except Failed as failed:
                self.fail(failed.fault if self._attempts is None else self._attempts.told(failed.fault))

        self._fetching = Fetching(self._edge, self.call_id, done, self._fetched or {})
        self._fetching.start(wanted)

    def check(self, now_ns: int) -> None:
        """Act on the clock."""
        if self._fetching is not None:
            self._fetching.check(now_ns)
        super().check(now_ns)

    def give_up(self, fault: Fault) -> None:
        """End the call with `fault`."""
        self._stop_fetching()
        super().give_up(fault)

    def client_gone(self) -> None:
        """The client left."""
        self._stop_fetching()
        super().client_gone()

    def _stop_fetching(self) -> None:
        fetching, self._fetching = self._fetching, None
        if fetching is not None:
            fetching.abort()

    # -- the rest --------------------------------------------------------------------------------------

    def _count(self, target: Target, head: RequestHead, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        """Ask the provider how many tokens a request has, if it speaks the client's form; else estimate."""
        form = self._route.form
        assert form is not None
        line = target.forms[form][0] if form in target.forms else b""
        if form is Form.ANTHROPIC_MESSAGES and line:
            body = replace_model(body, target.model_json, head)
            if target.provider.quirks.is_model_in_path:
                line, body = for_vertex_count(line, body)
            else:
                line = line.replace(b" HTTP/1.1", b"/count_tokens HTTP/1.1")
        elif form is Form.GEMINI_GENERATE and line:
            line = line.replace(b":generateContent", b":countTokens")
        else:
            tokens = aborted_usage(len(body), 0).input_total
            lines = _JSON + b"x-narrowgate-estimated: 1\r\n" + self.own_lines(None, self.work_ns())
            self.finish(200, self._client.whole(200, lines, count_answer(form, tokens)), None, None)
            return
        relay = self._relay = Relay(self, self._client, target, self._operation)
        head_lines = target.rest_head + forwarded_lines(target, headers)
        lines = b"%bcontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (head_lines, len(body))
        self.send(target, relay, line, lines, body)

    def _render_fault(self, fault: Fault) -> bytes:
        dialect = dialect_of(self._route) if self._route.form not in _OPENAI else None
        return dialect.render_fault(fault) if dialect is not None else super()._render_fault(fault)

    def _fault_lines(self, fault: Fault) -> bytes:
        return fault_lines(self._route, fault)
