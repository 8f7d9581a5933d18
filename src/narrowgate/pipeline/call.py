"""The driver of one call: admit, plan, attempt, settle. One small object, no task."""

from collections.abc import Mapping

from narrowgate.model.fault import Failed, Fault, FaultKind, http_status
from narrowgate.model.operation import Operation
from narrowgate.pipeline.account import Account
from narrowgate.pipeline.ask import Ask, Facts, ask_of
from narrowgate.pipeline.attempts import Attempts, Step
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.faults import no_model, not_allowed, not_offered, timeout_fault, unknown_model
from narrowgate.pipeline.lease import Lease
from narrowgate.pipeline.ports import Client, Timer
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.rescue import Tap
from narrowgate.pipeline.target import Target, forwarded_lines
from narrowgate.pipeline.way import Way
from narrowgate.policy.budget.estimate import DEFAULT_OUTPUT_TOKENS, aborted_usage
from narrowgate.policy.budget.price import cost_usd_e9
from narrowgate.providers.profile import StreamUsage
from narrowgate.schemas.openai import RequestHead, read_head
from narrowgate.wire.answer import Head
from narrowgate.wire.errors import WireError
from narrowgate.wire.splice import ask_for_usage, replace_model

_STREAMABLE = frozenset({Operation.CHAT, Operation.COMPLETIONS})
_NO_TARGET = "-"
_ENDING_NS = 3_000_000_000  # for usage and end mark behind a complete answer


class Call(Account):
    """One call from request complete to settled. `check` is to be called some times a second."""

    __slots__ = (
        "_ask",
        "_attempt_ns",
        "_began_ns",
        "_idle_ns",
        "_is_paused",
        "_limit_ns",
        "_ping_ns",
        "_sent_ns",
        "_timer",
        "_total_ns",
    )

    def __init__(self, edge: Edge, client: Client, principal: Principal, operation: Operation) -> None:
        super().__init__(edge, client, principal, operation)
        self._ask: Ask | None = None  # None: cannot be made again
        self._timer: Timer | None = None
        self._is_paused = False
        self._began_ns = self._started_ns  # of the gateway's own work at the present attempt
        self._attempt_ns = self._idle_ns = self._total_ns = self._limit_ns = self._sent_ns = 0
        self._ping_ns = edge.ping_ns

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
            ask = self._ask = ask_of(head, body, headers)
            self._start(self.plan(name), ask)
        except WireError as error:
            self.fail(Fault(FaultKind.BAD_REQUEST, str(error), param=error.path, code="invalid_body"))
        except Failed as failed:
            self.fail(failed.fault)

    def _start(self, target: Target, ask: Ask) -> None:
        """Send an attempt; one that cannot go out is followed by the next, if there is one.

        Raises:
            Failed, WireError: this was the last.
        """
        try:
            self._go(target, ask.head, ask.body, ask.headers)
        except Failed as failed:
            if not self.lost(failed.fault):
                raise

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
            if self._attempts is not None:
                self._listen(relay, target)
        lines = b"%b%bcontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (
            target.rest_head,
            forwarded_lines(target, headers),
            len(body),
        )
        self.send(target, relay, line, lines, body)

    def _new_relay(self, target: Target) -> Relay:
        return Relay(self, self._client, target, self._operation)

    def _listen(self, relay: Relay, target: Target) -> None:
        """Read along with a stream, if another target may have to go on with it."""

    def plan(self, name: str) -> Target:
        """Find the target of `name` that the call goes to first, and check that the key may use it.

        Raises:
            Failed: it may not, there is none, or all are unwell.
        """
        self._name = name
        edge = self._edge
        if edge.journal.is_full:
            raise Failed(
                Fault(FaultKind.OVERLOADED, "the journal cannot be written, so calls are not accepted", retry_after_s=5)
            )
        router = edge.router
        way = router.find(name)
        if way is None:
            raise Failed(unknown_model(name))
        ask = self._ask
        if way.is_simple and not router.is_troubled and (ask is None or not ask.fallbacks):
            target = way.targets[0]
            if not self._principal.may_use(name, target):
                raise Failed(not_allowed(name))
        else:
            attempts = self._attempts = self._make_attempts(way)
            step = attempts.first()
            attempts.began(step, self.work_ns())
            target = step.target
        self._target = target
        return target

    def _make_attempts(self, way: Way) -> Attempts:
        ask = self._ask
        facts = Facts(self._principal, ask.headers if ask is not None else {}, ask)
        return Attempts(self._edge.router, way, facts, self._started_ns)

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
        """Hold what an attempt may cost and count the call against its key's limits.

        Raises:
            Failed: over budget, rate limited, or the price is unknown and the key has a budget.
        """
        lease, attempts = self._lease, self._attempts
        if lease is None:
            lease = self._lease = Lease(self._edge, self._principal.key, self._started_ms)
        assert self._target is not None
        lease.hold(self._name, self._target, body_bytes, output_limit, attempts.wasted_usd_e9 if attempts else 0)

    def send(self, target: Target, relay: Relay, line: bytes, lines: bytes, body: bytes) -> None:
        """Open the exchange with the provider: request line, header lines with an empty one, (begin of the) body."""
        limits = target.limits
        now = self._attempt_ns = self.work_ns()
        self._work_so_far_ns += now - self._began_ns
        if not self._total_ns:
            self._total_ns = now + limits.total_ns
        self._idle_ns, first_ns = limits.idle_ns, limits.first_ns
        if self._attempts is not None and self._attempts.has_spare:
            router = self._edge.router
            first_ns = min(first_ns, router.patience_ns(is_stream=self._is_stream))
            if relay.tap is not None or not self._is_stream:  # else there is no going back once it has begun
                self._idle_ns = min(self._idle_ns, router.patience_ns(is_stream=True))
        self._limit_ns = min(now + first_ns, self._total_ns)
        exchange = self._edge.way_to(target).open(target.origin, line, lines, body, relay)
        if self.is_over or relay is not self._relay:
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
            first_ns = target.limits.first_token_ns
            if self._attempts is not None and self._attempts.has_spare:
                first_ns = min(first_ns, self._edge.router.patience_ns(is_stream=True))
            self._limit_ns = min(max(self._attempt_ns + first_ns, now), self._total_ns)
        else:
            self._limit_ns = min(now + self._idle_ns, self._total_ns)

    def progressed(self) -> None:
        """Something came from the provider."""
        now = self._sent_ns = self.work_ns()
        if not self._is_paused:
            self._limit_ns = min(now + self._idle_ns, self._total_ns)

    def ending(self) -> None:
        """See `Owner.ending`."""
        self._limit_ns = min(self.work_ns() + _ENDING_NS, self._total_ns)

    def lost(self, fault: Fault, head: Head | None = None) -> bool:
        """See `Owner.lost`."""
        return self._go_on(fault, head, None)

    def interrupted(self, _fault: Fault) -> bool:
        """See `Owner.interrupted`."""
        return False

    def _go_on(self, fault: Fault, head: Head | None, tap: Tap | None) -> bool:
        """Decide what comes after a failed attempt; say whether anything does."""
        target, router = self._target, self._edge.router
        if self.is_over or target is None or self._ask is None:
            return False
        wait_ms = router.note_failed(target, fault, head)
        attempts = self._attempts
        if attempts is None:
            way = router.find(self._name)
            assert way is not None
            attempts = self._attempts = self._make_attempts(way)
            attempts.began(Step(target, 0, "only target"), self._attempt_ns)
        now = self.work_ns()
        attempts.ended(fault, now, self._wasted(target, fault))
        left_ns = (self._total_ns or now + target.limits.total_ns) - now
        step = attempts.after(target, fault, wait_ms, left_ns, has_begun=tap is not None)
        if step is None:
            if tap is None and attempts.has_moved:
                self.fail(attempts.told(fault))
                return True
            return False
        if self._relay is not None:
            self._sent_bytes += self._relay.sent_bytes
        self._relay = None
        self._timer = self._edge.later(step.delay_ns, lambda: self._once_more(step))
        return True

    def _once_more(self, step: Step) -> None:
        """Make the next attempt."""
        ask, attempts = self._ask, self._attempts
        self._timer = None
        if self.is_over or ask is None or attempts is None:
            return
        self._began_ns = self.work_ns()
        attempts.began(step, self._began_ns)
        self._target = step.target
        self._priced = None
        try:
            self._start(step.target, ask)
        except Failed as failed:
            self.fail(attempts.told(failed.fault))
        except WireError as error:
            self.fail(Fault(FaultKind.BAD_REQUEST, str(error), param=error.path, code="invalid_body"))

    def _wasted(self, target: Target, fault: Fault) -> int:
        """Return what a failed attempt probably cost, in 1e-9 USD: nothing when the provider refused it."""
        relay = self._relay
        if target.price is None or relay is None or not (relay.frames or fault.kind is FaultKind.UPSTREAM_TIMEOUT):
            return 0
        return cost_usd_e9(aborted_usage(self._request_bytes, relay.frames), target.price)

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
        if self._timer is not None:
            self._timer.cancel()
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

    # -- pieces of the above ---------------------------------------------------------------------

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
