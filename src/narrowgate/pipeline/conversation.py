"""Calls by what their path asks for: a conversation may be translated, anything else goes as it came."""

from collections.abc import Callable, Mapping

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.registry import Route, count_answer, dialect_of, fault_lines
from narrowgate.model.conversation import Form
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.model.inexpressible import Inexpressibles, policy_of
from narrowgate.model.operation import Operation
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.fetching import Fetched, Fetching, Wanted
from narrowgate.pipeline.form_relay import FormRelay
from narrowgate.pipeline.lane import Terms, choose_lane
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.stored import renaming, with_previous
from narrowgate.pipeline.target import Target, forwarded_lines
from narrowgate.policy.budget.estimate import DEFAULT_OUTPUT_TOKENS, aborted_usage
from narrowgate.schemas.openai import RequestHead
from narrowgate.wire.errors import WireError
from narrowgate.wire.splice import replace_model

_OPENAI = frozenset({Form.OPENAI_CHAT, Form.OPENAI_RESPONSES})
_JSON = b"content-type: application/json\r\n"
_POLICY = b"x-narrowgate-inexpressible"


class Conversation(Call):
    """A call whose request is a conversation in any dialect."""

    __slots__ = ("_fetched", "_fetching", "_query", "_route", "_stored_names")

    def __init__(self, edge: Edge, client: Client, principal: Principal, route: Route, query: bytes) -> None:
        super().__init__(edge, client, principal, route.operation)
        self._route = route
        self._query = query
        self._stored_names: dict[str, str] = {}
        self._fetching: Fetching | None = None
        self._fetched: Fetched | None = None if edge.settings.fetch_origin is None else {}

    def _go(self, target: Target, head: RequestHead, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        route = self._route
        is_openai = route.form in _OPENAI and (self._operation in target.lines or not target.forms)
        if is_openai or self._operation is Operation.EMBEDDINGS:
            if self._operation is Operation.RESPONSES:
                body, self._stored_names = with_previous(self._edge, self._principal.key.id, target, head, body)
            super()._go(target, head, body, headers)
            return
        if route.operation is Operation.COUNTING:
            self._count(target, head, body, headers)
            return
        edge = self._edge
        asked = Asked(body, route.model, route.is_stream, headers, self._query)
        lane = choose_lane(route, target, head, asked, Terms(policy_for(edge, self._principal, headers), self._fetched))
        self._is_stream = lane.is_stream
        if self._principal.has_limits and not self._fetched:  # else that was before anything was fetched
            is_counted = self._principal.key.budget_usd_e9 is not None
            output = lane.output_limit or DEFAULT_OUTPUT_TOKENS * lane.choices
            self.reserve(len(body), output if is_counted else None)
        if lane.wanted:
            self._fetch(lane.wanted, lambda: self._go(target, head, body, headers))
            return
        stamp = (self.call_id, edge.clock.unix_ms() // 1_000)
        relay = self._relay = FormRelay(self, self._client, target, self._operation, lane, stamp)
        rest = b"%b%b%bcontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
            target.rest_head,
            forwarded_lines(target, headers),
            lane.extra_lines,
            len(lane.body),
            lane.body,
        )
        self.send(target, relay, lane.line, rest)

    def _new_relay(self, target: Target) -> Relay:
        if self._operation is not Operation.RESPONSES or not target.provider.keeps_responses:
            return super()._new_relay(target)
        key_id = self._principal.key.id
        client = renaming(self._edge, key_id, target.provider.name, self._client, self._stored_names)
        return Relay(self, client, target, self._operation)

    # -- what is fetched first -------------------------------------------------------------------------

    def _fetch(self, wanted: Mapping[str, Wanted], go: Callable[[], None]) -> None:
        """Fetch what is named by URL, then `go`."""

        def done(found: Fetched | Fault) -> None:
            self._fetching = None
            if isinstance(found, Fault):
                self.fail(found)
                return
            self._fetched = found
            try:
                go()
            except WireError as error:
                self.fail(Fault(FaultKind.BAD_REQUEST, str(error), param=error.path, code="invalid_body"))
            except Failed as failed:
                self.fail(failed.fault)

        self._fetching = Fetching(self._edge, self.call_id, done)
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
            line = line.replace(b" HTTP/1.1", b"/count_tokens HTTP/1.1")
            body = replace_model(body, target.model_json, head)
        elif form is Form.GEMINI_GENERATE and line:
            line = line.replace(b":generateContent", b":countTokens")
        else:
            tokens = aborted_usage(len(body), 0).input_total
            lines = _JSON + b"x-narrowgate-estimated: 1\r\n" + self.own_lines(None, self.work_ns())
            self.finish(200, self._client.whole(200, lines, count_answer(form, tokens)), None, None)
            return
        relay = self._relay = Relay(self, self._client, target, self._operation)
        head_lines = target.rest_head + forwarded_lines(target, headers)
        rest = b"%bcontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (head_lines, len(body), body)
        self.send(target, relay, line, rest)

    def _render_fault(self, fault: Fault) -> bytes:
        dialect = dialect_of(self._route) if self._route.form not in _OPENAI else None
        return dialect.render_fault(fault) if dialect is not None else super()._render_fault(fault)

    def _fault_lines(self, fault: Fault) -> bytes:
        return fault_lines(self._route, fault)


def policy_for(edge: Edge, principal: Principal, headers: Mapping[bytes, bytes]) -> Inexpressibles:
    """Return what happens to what a provider cannot be told."""
    wanted = headers.get(_POLICY)
    said = None if wanted is None else wanted.decode("latin-1")
    return policy_of(edge.settings.inexpressible, principal.key.inexpressible, said)
