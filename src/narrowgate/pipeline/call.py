"""The driver of one call: admit, plan, attempt, settle. One small object, no task."""

from collections.abc import Mapping

from narrowgate.model.fault import Failed, Fault, FaultKind, http_status
from narrowgate.model.inexpressible import Inexpressibles, policy_of
from narrowgate.model.operation import Operation
from narrowgate.pipeline.ask import Ask, ask_of
from narrowgate.pipeline.attempts import Step
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.faults import (
    invalid_body,
    no_model,
    not_offered,
    timeout_fault,
)
from narrowgate.pipeline.hold import HeldClient
from narrowgate.pipeline.lease import Lease
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.racing import Racing
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.rescue import Tap
from narrowgate.pipeline.router import Obstacle
from narrowgate.pipeline.target import Target, forwarded_lines
from narrowgate.policy.budget.estimate import DEFAULT_OUTPUT_TOKENS, aborted_usage
from narrowgate.policy.budget.price import cost_usd_e9
from narrowgate.providers.profile import StreamUsage
from narrowgate.schemas.openai import RequestHead, read_head
from narrowgate.wire.answer import Head
from narrowgate.wire.errors import WireError
from narrowgate.wire.splice import ask_for_usage, replace_model

_STREAMABLE = frozenset({Operation.CHAT, Operation.COMPLETIONS})
_NO_TARGET = "-"
_POLICY = b"x-narrowgate-inexpressible"
_ENDING_NS = 3_000_000_000  # for usage and end mark behind a complete answer
_SLOW_START_NS = 5_000_000_000
_MOST_HELD_MS = 60_000  # where a route names tokens alone


class Call(Racing):
    """One call from request complete to settled. `check` is to be called some times a second."""

    __slots__ = (
        "_held",
        "_is_paused",
        "_ping_ns",
        "_sent_ns",
        "_total_ns",
    )

    def __init__(self, edge: Edge, client: Client, principal: Principal, operation: Operation) -> None:
        super().__init__(edge, client, principal, operation)
        self._ask = self._timer = self._waiter = None
        self._runner = self._other = None
        self._waits_ms = 0
        self._began_ns = self._started_ns
        self._held: HeldClient | None = None
        self._is_paused = False
        self._idle_ns = self._total_ns = self._limit_ns = self._sent_ns = 0
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
            target = self._plan(name)
            if isinstance(target, Obstacle):
                self._wait(target)
            else:
                self._start(target, ask)
        except WireError as error:
            self.fail(invalid_body(error))
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
        self._is_stream = head.stream is True  # an earlier attempt may have been answered otherwise
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
        return Relay(self._owner(), self._front(), target, self._operation)

    def _front(self) -> Client:
        """Return where an answer goes: to the client, or before it where the beginning of a stream is held back."""
        attempts = self._attempts
        if attempts is None or not self._is_stream:
            return self._client
        streams = attempts.way.streams
        if (
            not (streams.hold_back_ms or streams.hold_back_tokens)
            or not attempts.has_spare
            or attempts.way.hedge.after_ms
        ):
            return self._client
        wait_ns = (streams.hold_back_ms or _MOST_HELD_MS) * 1_000_000
        self._held = HeldClient(self._client, streams.hold_back_tokens, lambda send: self._edge.later(wait_ns, send))
        return self._held

    def _listen(self, relay: Relay, target: Target) -> None:
        """Read along with a stream, if another target may have to go on with it."""

    # -- an attempt goes out -----------------------------------------------------------------------

    def line_of(self, target: Target) -> bytes:
        """Return the request line for this operation.

        Raises:
            Failed: the provider does not offer the operation.
        """
        line = target.lines.get(self._operation)
        if line is None:
            raise Failed(not_offered(target.provider.name, self._operation))
        return line

    def policy(self, headers: Mapping[bytes, bytes]) -> Inexpressibles:
        """Return what happens to what a provider cannot be told."""
        configured = self._edge.settings.inexpressible
        drops = self._attempts.way.drops if self._attempts is not None else None
        if drops is not None:
            configured = Inexpressibles.DROP if drops else Inexpressibles.REFUSE
        wanted = headers.get(_POLICY)
        said = None if wanted is None else wanted.decode("latin-1")
        return policy_of(configured, self._principal.key.inexpressible, said)

    def reserve(self, body_bytes: int, output_limit: int | None) -> None:
        """Hold what an attempt may cost and count the call against its key's limits.

        Raises:
            Failed: over budget, rate limited, or the price is unknown and the key has a budget.
        """
        lease, attempts = self._lease, self._attempts
        if lease is None:
            lease = self._lease = Lease(self._edge, self._principal.key, self._started_ms)
        assert self._target is not None
        besides = attempts.wasted_usd_e9 if attempts is not None else 0
        if self._other is not None:
            besides = lease.held_usd_e9  # two attempts at once may both cost what they may
        lease.hold(self._name, self._target, body_bytes, output_limit, besides)

    def send(self, target: Target, relay: Relay, line: bytes, lines: bytes, body: bytes) -> None:
        """Open the exchange with the provider: request line, header lines with an empty one, (begin of the) body."""
        limits = target.limits
        now = self._attempt_ns = self.work_ns()
        self._work_so_far_ns += now - self._began_ns
        if not self._total_ns:
            self._total_ns = self._started_ns + limits.total_ns
        self._idle_ns, first_ns = limits.idle_ns, limits.first_ns
        if self._attempts is not None and self._attempts.has_spare:
            router = self._edge.router
            first_ns = min(first_ns, router.patience_ns(is_stream=self._is_stream))
            if relay.tap is not None or not self._is_stream:  # else there is no going back once it has begun
                self._idle_ns = min(self._idle_ns, router.patience_ns(is_stream=True))
        self._limit_ns = min(now + first_ns, self._total_ns)
        self._went_ms = self._edge.router.began(target)
        self._busy = target
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

    def interrupted(self, fault: Fault) -> bool:
        """See `Owner.interrupted`."""
        held = self._held
        if held is None or held.is_open:
            return False
        held.discard()  # the client saw nothing of it
        self._held = None
        self._first_ns = 0
        if self._go_on(fault, None, None):
            return True
        attempts = self._attempts
        self.fail(fault if attempts is None else attempts.told(fault))
        return True

    def _go_on(self, fault: Fault, head: Head | None, tap: Tap | None) -> bool:
        """Decide what comes after a failed attempt; say whether anything does."""
        target, router = self._target, self._edge.router
        if self.is_over or target is None or self._ask is None:
            return False
        attempts = self._attempts
        if attempts is None:
            way = router.find(self._name)
            assert way is not None
            attempts = self._attempts = self._make_attempts(way)
            attempts.began(Step(target, 0, "only target"), self._attempt_ns)
        wait_ms = None
        if self._busy is not None:
            self._busy = None
            wait_ms = self.tell_failed(attempts, target, fault, head, self._went_ms)
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
            self.fail(invalid_body(error))

    def _wasted(self, target: Target, fault: Fault) -> int:
        """Return what a failed attempt probably cost, in 1e-9 USD: nothing when the provider refused it."""
        relay = self._relay
        if target.price is None or relay is None or not (relay.frames or fault.kind is FaultKind.UPSTREAM_TIMEOUT):
            return 0
        return cost_usd_e9(aborted_usage(self._request_bytes, relay.frames), target.price)

    def give_up(self, fault: Fault) -> None:
        """End the call with `fault`, whether or not the provider has been asked."""
        self._drop_other()
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
        self._drop_other()
        self._stop_waiting()
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
        other = self._other
        if other is not None and now_ns >= other.limit_ns:
            other.relay.break_off(timeout_fault(other.target.provider.name, "sent no first token in time"))
        elif now_ns >= self._limit_ns:
            relay.break_off(self._timeout(relay, now_ns))
        elif self._attempts is not None and self._is_too_slow(relay, now_ns):
            name = self._target.provider.name if self._target is not None else _NO_TARGET
            relay.break_off(timeout_fault(name, "answers with fewer tokens a second than the route wants"))
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

    def _is_too_slow(self, relay: Relay, now_ns: int) -> bool:
        """Whether a stream is slower than its route allows, once it had time to show its speed."""
        attempts = self._attempts
        least = 0.0 if attempts is None else attempts.way.min_tokens_per_s
        if not least or not self._is_stream or not relay.has_begun or self._is_paused or not self._first_ns:
            return False
        took_ns = now_ns - max(self._first_ns, self._attempt_ns)
        return took_ns > _SLOW_START_NS and relay.frames * 1_000_000_000 < least * took_ns

    def _timeout(self, relay: Relay, now_ns: int) -> Fault:
        name = self._target.provider.name if self._target is not None else _NO_TARGET
        if now_ns >= self._total_ns:
            return timeout_fault(name, "did not finish its answer in time")
        if relay.has_begun:
            return timeout_fault(name, "fell silent in the middle of its answer")
        return timeout_fault(name, "sent no first token in time" if relay.has_answered else "did not answer in time")
