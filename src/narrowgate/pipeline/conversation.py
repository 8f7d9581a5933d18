"""Calls by what their path asks for: a conversation may be translated, anything else goes as it came."""

from collections.abc import Mapping

from narrowgate.config.schema import Inexpressibles
from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.registry import DIALECTS, Route, fault_lines
from narrowgate.model.conversation import Form
from narrowgate.model.fault import Fault
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.form_relay import FormRelay
from narrowgate.pipeline.lane import choose_lane
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.target import Target, forwarded_lines
from narrowgate.policy.budget.estimate import DEFAULT_OUTPUT_TOKENS
from narrowgate.schemas.openai import RequestHead

_OPENAI = frozenset({Form.OPENAI_CHAT, Form.OPENAI_RESPONSES})
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
        if route.form in _OPENAI and (self._operation in target.lines or not target.forms):
            super()._go(target, head, body, headers)
            return
        edge = self._edge
        asked = Asked(body, route.model, route.is_stream, headers, self._query)
        policy = edge.settings.inexpressible
        wanted = headers.get(_POLICY)
        if wanted is not None:
            policy = Inexpressibles.DROP if wanted.strip().lower() == b"drop" else Inexpressibles.REFUSE
        lane = choose_lane(route, target, head, asked, policy)
        self._is_stream = lane.is_stream
        if self._principal.has_limits:
            is_counted = self._principal.key.budget_usd_e9 is not None
            output = lane.output_limit or DEFAULT_OUTPUT_TOKENS * lane.choices
            self.reserve(len(body), output if is_counted else None)
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

    def _render_fault(self, fault: Fault) -> bytes:
        form = self._route.form
        dialect = DIALECTS.get(form) if form is not None and form not in _OPENAI else None
        return dialect.render_fault(fault) if dialect is not None else super()._render_fault(fault)

    def _fault_lines(self, fault: Fault) -> bytes:
        return fault_lines(self._route.form, fault)


def make_call(edge: Edge, client: Client, principal: Principal, route: Route, query: bytes) -> Call:
    """Return the call that `route` asks for."""
    if route.form is None:
        return Call(edge, client, principal, route.operation)
    return Conversation(edge, client, principal, route, query)
