"""Hedged calls: a second target is raced when the first is slow to begin; who answers first goes on alone."""

from collections.abc import Mapping

from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.model.usage import Usage
from narrowgate.pipeline.attempts import Attempt, Attempts
from narrowgate.pipeline.faults import invalid_body
from narrowgate.pipeline.owner import Owner
from narrowgate.pipeline.planning import Planning
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.target import Target
from narrowgate.policy.budget.estimate import DEFAULT_OUTPUT_TOKENS, aborted_usage, reservation_usd_e9
from narrowgate.policy.budget.price import cost_usd_e9
from narrowgate.schemas.openai import RequestHead
from narrowgate.wire.answer import Head
from narrowgate.wire.errors import WireError


class Runner:
    """One of two attempts: speaks for its relay, and keeps what the call knows of it while the other is ahead."""

    __slots__ = ("attempt", "attempt_ns", "call", "idle_ns", "limit_ns", "relay", "target", "went_ms")

    relay: Relay
    target: Target

    def __init__(self, call: "Racing", attempt: Attempt) -> None:
        self.call = call
        self.attempt = attempt
        self.limit_ns = self.idle_ns = self.attempt_ns = self.went_ms = 0

    # -- what the relay tells: `Owner` -------------------------------------------------------------

    def started(self, *, is_stream: bool) -> None:
        """The head came: not yet what counts."""
        if self.call.is_ahead(self):
            self.call.started(is_stream=is_stream)

    def progressed(self) -> None:
        """Something came."""
        if self.call.is_ahead(self):
            self.call.progressed()

    def ending(self) -> None:
        """The answer is whole."""
        if self.call.is_ahead(self):
            self.call.ending()

    def own_lines(self, cost_usd_e9: int | None, since_ns: int) -> bytes:
        """The answer goes to the client: the race is over."""
        self.call.won_by(self)
        return self.call.own_lines(cost_usd_e9, since_ns)

    def cost_of(self, usage: Usage | None) -> int | None:
        """The answer is whole: the race is over."""
        self.call.won_by(self)
        return self.call.cost_of(usage)

    def finish(self, status: int, data: bytes, fault: FaultKind | None, usage: Usage | None) -> None:
        """Settle the call."""
        self.call.won_by(self)
        self.call.finish(status, data, fault, usage)

    def fail(self, fault: Fault) -> None:
        """Answer with `fault`."""
        self.call.fail(fault)

    def lost(self, fault: Fault, head: Head | None = None) -> bool:
        """The attempt failed: the other goes on, if there is one."""
        return self.call.lost_by(self, fault, head)

    def interrupted(self, fault: Fault) -> bool:
        """It failed after it had won."""
        self.call.won_by(self)
        return self.call.interrupted(fault)

    def work_ns(self) -> int:
        """Monotonic nanoseconds."""
        return self.call.work_ns()


class Racing(Planning, Owner):
    """The part of a call that may ask two targets at once. What is said of the present attempt is of the one ahead."""

    __slots__ = ("_idle_ns", "_limit_ns", "_other", "_runner")

    _idle_ns: int
    _limit_ns: int
    _runner: Runner | None  # who is ahead, of a call that may race
    _other: Runner | None  # and who else runs

    def _go(self, target: Target, head: RequestHead, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        """Send an attempt."""
        raise NotImplementedError

    # -- how a race goes ---------------------------------------------------------------------------

    def _owner(self) -> Owner:
        """Return who a new relay works for: the call, or a runner if it may race."""
        attempts = self._attempts
        if attempts is None or not attempts.way.hedge.after_ms or len(attempts.list) > 1 + (self._other is not None):
            self._runner = None
            return self
        runner = self._runner = Runner(self, attempts.list[-1])
        if self._other is None:
            self._edge.later(attempts.way.hedge.after_ms * 1_000_000, self._hedge)
        return runner

    def is_ahead(self, runner: Runner) -> bool:
        """Whether what is known of the present attempt is that of `runner`."""
        return runner is self._runner

    def won_by(self, runner: Runner) -> None:
        """End the race: the other attempt is cancelled, and what it cost is counted."""
        if self._other is None:
            return
        if runner is self._other:
            self._change_places()
        self._drop_other()

    def lost_by(self, runner: Runner, fault: Fault, head: Head | None) -> bool:
        """Hear that one attempt failed before anything was sent."""
        other, attempts = self._other, self._attempts
        if other is None or attempts is None:
            return self.lost(fault, head)
        if runner is not other:
            self._change_places()
        self._other = None
        self.tell_failed(attempts, runner.target, fault, head, runner.went_ms)
        attempts.ended(fault, self.work_ns(), self._worth(runner), of=runner.attempt)
        return True

    def tell_failed(
        self, attempts: Attempts, target: Target, fault: Fault, head: Head | None, went_ms: int
    ) -> int | None:
        """Tell the router that an attempt failed; return how long the provider asks to wait, in ms, if it does."""
        router = self._edge.router
        router.ended(target)
        is_first = attempts.is_first_failure_of(target)
        return router.note_failed(target, fault, head, went_ms, is_first=is_first)

    def _hedge(self) -> None:
        """Ask a second target, if the first has not begun to answer and it may cost what that may."""
        ask, attempts, first, relay = self._ask, self._attempts, self._runner, self._relay
        if self.is_over or ask is None or attempts is None or first is None or relay is None or relay.has_begun:
            return
        step = attempts.second() if self._other is None and len(attempts.list) == 1 else None
        if step is None or not self._may_spend(attempts, step.target, ask.head, len(ask.body)):
            return
        self._keep(first)
        self._other = first
        self._began_ns = self.work_ns()
        attempts.began(step, self._began_ns)
        self._target = step.target
        fault: Fault | None = None
        try:
            self._go(step.target, ask.head, ask.body, ask.headers)
        except Failed as failed:
            fault = failed.fault
        except WireError as error:
            fault = invalid_body(error)
        if self._relay is relay:  # nothing went out
            attempts.ended(fault, self.work_ns(), outcome="not sent")
            self._take_up(first)
            self._other = None

    def _may_spend(self, attempts: Attempts, target: Target, head: RequestHead, body_bytes: int) -> bool:
        if target.price is None:
            return False
        output = head.output_limit or DEFAULT_OUTPUT_TOKENS * head.choices
        return reservation_usd_e9(body_bytes, output, target.price) <= attempts.way.hedge.max_usd_e9

    def _change_places(self) -> None:
        ahead, other = self._runner, self._other
        assert ahead is not None
        assert other is not None
        self._keep(ahead)
        self._take_up(other)
        self._other = ahead

    def _keep(self, runner: Runner) -> None:
        assert self._relay is not None
        assert self._target is not None
        runner.relay, runner.target, runner.went_ms = self._relay, self._target, self._went_ms
        runner.limit_ns, runner.idle_ns, runner.attempt_ns = self._limit_ns, self._idle_ns, self._attempt_ns

    def _take_up(self, runner: Runner) -> None:
        self._runner = runner
        self._relay, self._target, self._went_ms = runner.relay, runner.target, runner.went_ms
        self._limit_ns, self._idle_ns, self._attempt_ns = runner.limit_ns, runner.idle_ns, runner.attempt_ns
        self._busy, self._priced = runner.target, None

    def _drop_other(self) -> None:
        """Cancel the attempt that is behind, if there is one."""
        other, attempts = self._other, self._attempts
        if other is None or attempts is None:
            return
        self._other = None
        other.relay.abandon()
        self._edge.router.ended(other.target)
        other.target.vitals.told_nothing(self._edge.clock.unix_ms())
        attempts.ended(None, self.work_ns(), self._worth(other), outcome="lost the race", of=other.attempt)

    def _worth(self, runner: Runner) -> int:
        """Return what a cancelled attempt probably cost, in 1e-9 USD: its prompt was read."""
        price = runner.target.price
        return 0 if price is None else cost_usd_e9(aborted_usage(self._request_bytes, runner.relay.frames), price)
