"""Calls by what their path asks for: a conversation may be translated, anything else goes as it came."""

from collections.abc import Mapping

from narrowgate.config.schema import Inexpressibles
from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.registry import Route, count_answer, dialect_of, fault_lines
from narrowgate.model.conversation import Form
from narrowgate.model.fault import Fault
from narrowgate.model.operation import Operation
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.form_relay import FormRelay
from narrowgate.pipeline.lane import choose_lane
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.target import Target, forwarded_lines
from narrowgate.policy.budget.estimate import DEFAULT_OUTPUT_TOKENS, aborted_usage
from narrowgate.schemas.openai import RequestHead
from narrowgate.wire.splice import replace_model

_OPENAI = frozenset({Form.OPENAI_CHAT, Form.OPENAI_RESPONSES})
_JSON = b"content-type: application/json\r\n"
_POLICY = b"x-narrowgate-inexpressible"


class Conversation(Call):
    """A call whose request is a conversation in any dialect."""

    __slots__ = ("_query", "_route")

    def __init__(self, edge: Edge, client: Client, principal: Principal, route: Route, query: bytes) -> None:
        super().__init__(edge, client, principal, route.operation)
        self._route = route
        self._query = query

    def _go(self, target: Target, head: RequestHead, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        route = self._route
        is_openai = route.form in _OPENAI and (self._operation in target.lines or not target.forms)
        if is_openai or self._operation is Operation.EMBEDDINGS:
            super()._go(target, head, body, headers)
            return
        if route.operation is Operation.COUNTING:
            self._count(target, head, body, headers)
            return
        edge = self._edge
        asked = Asked(body, route.model, route.is_stream, headers, self._query)
        lane = choose_lane(route, target, head, asked, policy_of(edge, headers))
        self._is_stream = lane.is_stream
        if self._principal.has_limits:
            is_counted = self._principal.key.budget_usd_e9 is not None
            output = lane.output_limit or DEFAULT_OUTPUT_TOKENS * lane.choices
            self.reserve(len(body), output if is_counted else None)
        stamp = (self.call_id, edge.clock.unix_ms() // 1_000)
        relay = self._relay = FormRelay(self, self._client, target, self._operation, lane, stamp)
        lines = b"%b%b%bcontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (
            target.rest_head,
            forwarded_lines(target, headers),
            lane.extra_lines,
            len(lane.body),
        )
        self.send(target, relay, lane.line, lines, lane.body)

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
        lines = b"%bcontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (head_lines, len(body))
        self.send(target, relay, line, lines, body)

    def _render_fault(self, fault: Fault) -> bytes:
        dialect = dialect_of(self._route) if self._route.form not in _OPENAI else None
        return dialect.render_fault(fault) if dialect is not None else super()._render_fault(fault)

    def _fault_lines(self, fault: Fault) -> bytes:
        return fault_lines(self._route, fault)


def policy_of(edge: Edge, headers: Mapping[bytes, bytes]) -> Inexpressibles:
    """Return what happens to what a provider cannot be told: as the client says, else as configured."""
    wanted = headers.get(_POLICY)
    if wanted is None:
        return edge.settings.inexpressible
    return Inexpressibles.DROP if wanted.strip().lower() == b"drop" else Inexpressibles.REFUSE
