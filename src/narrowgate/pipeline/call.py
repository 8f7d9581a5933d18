"""The driver of one call: admit, plan, attempt, settle. One small object, no task."""

from collections.abc import Mapping

from narrowgate.config.schema import UnknownPrice
from narrowgate.dialects.openai.errors import render_fault
from narrowgate.model.fault import Failed, Fault, FaultKind, http_status, status_of
from narrowgate.model.operation import Operation
from narrowgate.model.record import ENCODER, CallRecord
from narrowgate.model.usage import Usage
from narrowgate.pipeline.answer_head import usd
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.faults import (
    limit_fault,
    no_model,
    not_allowed,
    not_offered,
    timeout_fault,
    unknown_model,
    unpriced,
)
from narrowgate.pipeline.ports import Client, Verdict
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.target import Target, forwarded_lines
from narrowgate.policy.budget.estimate import DEFAULT_OUTPUT_TOKENS, aborted_usage, counted_usd_e9, reservation_usd_e9
from narrowgate.policy.budget.price import Price, cost_usd_e9
from narrowgate.providers.profile import StreamUsage
from narrowgate.schemas.openai import RequestHead, read_head
from narrowgate.wire.errors import WireError
from narrowgate.wire.splice import ask_for_usage, replace_model

_STREAMABLE = frozenset({Operation.CHAT, Operation.COMPLETIONS})
_JSON, _NO_TARGET = b"content-type: application/json\r\n", "-"


class Call:
    """One call from request complete to settled. `check` is to be called some times a second."""

    __slots__ = (
        "_client",
        "_cost",
        "_edge",
        "_first_ns",
        "_idle_ns",
        "_is_paused",
        "_is_stream",
        "_leased",
        "_limit_ns",
        "_name",
        "_operation",
        "_ping_ns",
        "_priced",
        "_principal",
        "_relay",
        "_request_bytes",
        "_sent_ns",
        "_started_ms",
        "_started_ns",
        "_target",
        "_total_ns",
        "_window",
        "_work_so_far_ns",
        "call_id",
        "is_over",
        "work_ns",
    )

    def __init__(self, edge: Edge, client: Client, principal: Principal, operation: Operation) -> None:
        self._edge = edge
        self._client = client
        self._principal = principal
        self._operation = operation
        self.work_ns = edge.work_ns
        self.call_id = edge.next_call_id()
        self.is_over = False
        self._name = ""
        self._target: Target | None = None
        self._relay: Relay | None = None
        self._leased = 0
        self._window = 0
        self._priced: Usage | None = None
        self._cost: int | None = None
        self._is_stream = False
        self._is_paused = False
        self._request_bytes = 0
        self._first_ns = 0
        self._work_so_far_ns = 0
        self._idle_ns = self._total_ns = self._limit_ns = self._sent_ns = 0
        self._ping_ns = edge.ping_ns
        self._started_ns = edge.work_ns()
        self._started_ms = edge.clock.unix_ms()
        edge.calls += 1

    # -- stops 3 to 6: the request is complete ---------------------------------------------------

    def begin(self, body: bytes, path_model: str | None, headers: Mapping[bytes, bytes]) -> None:
        """Take a whole JSON request and send it on."""
        try:
            head = read_head(body)
            name = path_model or head.model
            if not name:
                raise Failed(no_model())
            self._request_bytes = len(body)
            self._is_stream = head.stream is True
            target = self.plan(name)
            self._go(target, head, body, headers)
        except WireError as error:
            self.fail(Fault(FaultKind.BAD_REQUEST, str(error), param=error.path, code="invalid_body"))
        except Failed as failed:
            self.fail(failed.fault)

    def _go(self, target: Target, head: RequestHead, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        """Send a request that goes out as it came, but for the model."""
        line = self.line_of(target)
        key = self._principal.key
        if self._principal.has_limits:
            output = None if key.budget_usd_e9 is None else head.output_limit or DEFAULT_OUTPUT_TOKENS * head.choices
            self.reserve(len(body), output)
        # Also when the name is the provider's own: of a member given twice only one may go on.
        if head.model is not None or not target.provider.model_in_path:
            body = replace_model(body, target.model_json, head)
        relay = self._relay = self._new_relay(target)
        if self._is_stream:
            body = self._prepare_stream(relay, head, body, target)
        lines = b"%b%bcontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (
            target.rest_head,
            forwarded_lines(target, headers),
            len(body),
        )
        self.send(target, relay, line, lines, body)

    def _new_relay(self, target: Target) -> Relay:
        return Relay(self, self._client, target, self._operation)

    def plan(self, name: str) -> Target:
        """Find the target of `name` and check that the key may use it.

        Raises:
            Failed: it may not, or there is none.
        """
        self._name = name
        edge = self._edge
        if edge.journal.is_full:
            raise Failed(
                Fault(FaultKind.OVERLOADED, "the journal cannot be written, so calls are not accepted", retry_after_s=5)
            )
        target = edge.targets.find(name)
        if target is None:
            raise Failed(unknown_model(name))
        if not self._principal.may_use(name, target):
            raise Failed(not_allowed(name))
        self._target = target
        return target

    def line_of(self, target: Target) -> bytes:
        """Return the request line for this operation.

        Raises:
            Failed: the provider does not offer the operation.
        """
        line = target.lines.get(self._operation)
        if line is None:
            raise Failed(not_offered(target.provider.name, self._operation))
        return line

    def reserve(self, body_bytes: int, output_limit: int | None) -> None:
        """Hold what the call may cost and count it against its key's limits.

        Raises:
            Failed: over budget, rate limited, or the price is unknown and the key has a budget.
        """
        key = self._principal.key
        edge = self._edge
        amount = 0
        self._window = edge.window_of(key.budget_window._value_, self._started_ms)
        if key.budget_usd_e9 is not None:
            amount = reservation_usd_e9(body_bytes, output_limit, self._price_for_budget())
        minute = self._started_ms // 60_000
        verdict = edge.counters.reserve(key.row, minute, key.rpm, self._window, key.budget_usd_e9, amount)
        if verdict is Verdict.GRANTED:
            self._leased = amount
            return
        raise Failed(limit_fault(verdict, key, self._started_ms))

    def send(self, target: Target, relay: Relay, line: bytes, lines: bytes, body: bytes) -> None:
        """Open the exchange with the provider: request line, header lines with an empty one, (begin of the) body."""
        limits = target.limits
        now = self.work_ns()
        self._work_so_far_ns += now - self._started_ns
        self._total_ns = now + limits.total_ns
        self._idle_ns = limits.idle_ns
        self._limit_ns = now + limits.first_ns
        exchange = self._edge.way_to(target).open(target.provider.index, line, lines, body, relay)
        if self.is_over:
            exchange.abort()
        else:
            relay.exchange = exchange

    # -- what the relay tells ----------------------------------------------------------------------

    def started(self, *, is_stream: bool) -> None:
        """The answer's head came."""
        self._is_stream = is_stream
        now = self._sent_ns = self.work_ns()
        target = self._target
        if is_stream and target is not None:
            first = self._started_ns + target.limits.first_token_ns
            self._limit_ns = min(max(first, now), self._total_ns)
        else:
            self._limit_ns = min(now + self._idle_ns, self._total_ns)

    def progressed(self) -> None:
        """Something came from the provider."""
        now = self._sent_ns = self.work_ns()
        if not self._is_paused:
            self._limit_ns = min(now + self._idle_ns, self._total_ns)

    def own_lines(self, cost: int | None, since_ns: int) -> bytes:
        """Return the gateway's own header lines of the answer."""
        now = self.work_ns()
        if not self._first_ns:
            self._first_ns = now
        self._work_so_far_ns += now - since_ns
        return b"x-narrowgate-call-id: %b\r\n%bx-narrowgate-attempts: 1\r\n%bx-narrowgate-overhead-us: %d\r\n" % (
            self.call_id.encode(),
            self._target.answer_lines if self._target is not None else b"",
            b"x-narrowgate-cost-usd: %b\r\n" % usd(cost) if cost is not None else b"",
            self._work_so_far_ns // 1_000,
        )

    def cost_of(self, usage: Usage | None) -> int | None:
        """Return what `usage` costs at the target's price, None when either is unknown."""
        if usage is None or self._target is None:
            return None
        if usage is self._priced:
            return self._cost
        price = self._target.price
        if price is None:
            return None
        self._priced = usage
        self._cost = cost_usd_e9(usage, price)
        return self._cost

    def finish(self, status: int, data: bytes, fault: FaultKind | None, usage: Usage | None) -> None:
        """Settle, and deliver the last bytes once the record is written."""
        is_estimated = usage is None and fault is not None and self._relay is not None and self._relay.frames > 0
        self._settle(status, fault, self._estimate() if is_estimated else usage, is_estimated=is_estimated, data=data)

    def fail(self, fault: Fault) -> None:
        """Answer with `fault`; nothing has been sent yet."""
        status = status_of(fault)
        body = self._render_fault(fault)
        lines = _JSON + self._fault_lines(fault) + self.own_lines(None, self.work_ns())
        if fault.retry_after_s is not None:
            lines += b"retry-after: %d\r\n" % fault.retry_after_s
        self._settle(status, fault.kind, None, is_estimated=False, data=self._client.whole(status, lines, body))

    def _render_fault(self, fault: Fault) -> bytes:
        """Return an error body in the client's dialect."""
        return render_fault(fault)

    def _fault_lines(self, _fault: Fault) -> bytes:
        """Return header lines that go with an error in the client's dialect."""
        return b""

    def give_up(self, fault: Fault) -> None:
        """End the call with `fault`, whether or not the provider has been asked."""
        if self._relay is not None:
            self._relay.break_off(fault)
        else:
            self.fail(fault)

    # -- what the client and the clock tell --------------------------------------------------------

    def client_gone(self) -> None:
        """The client left: the provider stops, and what it cost until now is settled."""
        if self.is_over:
            return
        relay = self._relay
        was_sent = relay is not None and relay.exchange is not None
        if relay is not None:
            relay.abandon()
        usage = self._estimate() if was_sent else None
        self._settle(http_status(FaultKind.CLIENT_GONE), FaultKind.CLIENT_GONE, usage, is_estimated=was_sent, data=None)

    def client_paused(self) -> None:
        """The client reads slowly: the provider must wait."""
        self._is_paused = True
        if self._relay is not None and self._relay.exchange is not None:
            self._relay.exchange.pause()
            self._limit_ns = self._total_ns  # the listener watches over clients that do not read

    def client_resumed(self) -> None:
        """The client has caught up."""
        self._is_paused = False
        if self._relay is not None and self._relay.exchange is not None:
            self._relay.exchange.resume()
            self.progressed()

    def check(self, now_ns: int) -> None:
        """Act on the clock: a limit of time that was passed, or a ping on a silent stream."""
        relay = self._relay
        if self.is_over or relay is None:
            return
        if now_ns >= self._limit_ns:
            relay.break_off(self._timeout(relay, now_ns))
        elif self._is_stream and self._ping_ns and not self._is_paused and now_ns - self._sent_ns >= self._ping_ns:
            self._sent_ns = now_ns
            relay.ping()

    # -- stop 8 --------------------------------------------------------------------------------------

    def _settle(
        self, status: int, fault: FaultKind | None, usage: Usage | None, *, is_estimated: bool, data: bytes | None
    ) -> None:
        if self.is_over:
            return
        self.is_over = True
        edge, target, relay = self._edge, self._target, self._relay
        cost = self.cost_of(usage)
        now = self.work_ns()
        key = self._principal.key
        counted = 0
        if self._leased:
            otherwise = 0 if fault is not None else self._leased
            counted = counted_usd_e9(cost, usage, edge.settings.ceiling, otherwise)
            edge.counters.settle(key.row, self._window, self._leased, counted)
        record = CallRecord(
            self.call_id,
            self._started_ms,
            key.id,
            self._operation._value_,
            target.provider.name if target is not None else _NO_TARGET,
            self._name[:256],
            target.model if target is not None else _NO_TARGET,
            self._is_stream,
            status,
            fault._value_ if fault is not None else "",
            usage,
            cost,
            is_estimated,
            (now - self._started_ns) // 1_000,
            (self._first_ns - self._started_ns) // 1_000 if self._first_ns else 0,
            self._work_so_far_ns // 1_000,
            1,
            self._request_bytes,
            relay.sent_bytes if relay is not None else 0,
            self._client.address,
            counted,
        )
        edge.calls -= 1
        edge.journal.commit(ENCODER.encode(record) + b"\n", None if data is None else self._client, data or b"")
        edge.tally.settled(record)
        edge.call_log.settled(record)
        # Call and relay know each other: apart, they are freed at once and their memory is used
        # again while it is still in the processor's cache.
        self._relay = None

    def _estimate(self) -> Usage:
        return aborted_usage(self._request_bytes, 0 if self._relay is None else self._relay.frames)

    def _price_for_budget(self) -> Price:
        if self._target is not None and self._target.price is not None:
            return self._target.price
        if self._edge.settings.unknown_price is UnknownPrice.CEILING:
            return self._edge.settings.ceiling
        raise Failed(unpriced(self._name))

    def _prepare_stream(self, relay: Relay, head: RequestHead, body: bytes, target: Target) -> bytes:
        relay.choices = head.choices
        is_asked = head.asks_for_usage
        if self._operation not in _STREAMABLE or is_asked or target.provider.stream_usage is not StreamUsage.ASK:
            return body
        relay.hides_usage = True
        return ask_for_usage(body, head.stream_options, head)

    def _timeout(self, relay: Relay, now_ns: int) -> Fault:
        name = self._target.provider.name if self._target is not None else _NO_TARGET
        if now_ns >= self._total_ns:
            return timeout_fault(name, "did not finish its answer in time")
        if relay.has_begun:
            return timeout_fault(name, "fell silent in the middle of its answer")
        return timeout_fault(name, "sent no first token in time" if relay.has_answered else "did not answer in time")
