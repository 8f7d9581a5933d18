"""What one call is: whose, of what, since when; what it cost and how that is told and written down."""

from narrowgate.dialects.openai.errors import render_fault
from narrowgate.model.fault import Fault, FaultKind, status_of
from narrowgate.model.operation import Operation
from narrowgate.model.record import ENCODER, CallRecord
from narrowgate.model.usage import Usage
from narrowgate.pipeline.answer_head import usd
from narrowgate.pipeline.attempts import Attempts
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.lease import Lease
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.target import Target
from narrowgate.policy.budget.estimate import aborted_usage
from narrowgate.policy.budget.price import cost_usd_e9

_LONGEST_RECEIPT = 4_000  # characters of a header line
_OWN_LINES = b"x-narrowgate-call-id: %b\r\n%bx-narrowgate-attempts: %d\r\n%bx-narrowgate-overhead-us: %d\r\n"
_JSON, _NO_TARGET = b"content-type: application/json\r\n", "-"


class Account:
    """One call as it is told to its client and to the journal: the passive half of `Call`."""

    __slots__ = (
        "_attempt_ns",
        "_attempts",
        "_busy",
        "_client",
        "_cost",
        "_edge",
        "_first_ns",
        "_is_stream",
        "_lease",
        "_name",
        "_operation",
        "_priced",
        "_principal",
        "_relay",
        "_request_bytes",
        "_sent_bytes",
        "_started_ms",
        "_started_ns",
        "_target",
        "_went_ms",
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
        self._attempts: Attempts | None = None  # None: there is one target, and it has not failed yet
        self._lease: Lease | None = None
        self._priced: Usage | None = None
        self._cost: int | None = None
        self._is_stream = False
        self._request_bytes = self._sent_bytes = 0
        self._first_ns = 0
        self._work_so_far_ns = 0
        self._busy: Target | None = None  # where an attempt is under way
        self._went_ms = self._attempt_ns = 0
        self._started_ns = edge.work_ns()
        self._started_ms = edge.clock.unix_ms()
        edge.calls += 1

    def own_lines(self, cost: int | None, since_ns: int) -> bytes:
        """Return the gateway's own header lines of the answer."""
        now = self.work_ns()
        if not self._first_ns:
            self._first_ns = now
        self._work_so_far_ns += now - since_ns
        attempts = self._attempts
        more = b"" if cost is None else b"x-narrowgate-cost-usd: %b\r\n" % usd(cost)
        if attempts is not None and self._edge.settings.routing.receipts.header:
            told = attempts.receipt(self._name[:256])[:_LONGEST_RECEIPT]
            more += b"x-narrowgate-receipt: %b\r\n" % told.encode("ascii", "replace")
        return _OWN_LINES % (
            self.call_id.encode(),
            self._target.answer_lines if self._target is not None else b"",
            1 if attempts is None else len(attempts.list),
            more,
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
        if self._busy is not None:
            self._judge(self._busy, status, fault, usage, now)
        key = self._principal.key
        attempts, lease = self._attempts, self._lease
        wasted = attempts.wasted_usd_e9 if attempts is not None else 0
        counted = lease.settle(cost, usage, fault, wasted) if lease is not None else 0
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
            1 if attempts is None else len(attempts.list),
            self._request_bytes,
            self._sent_bytes + (relay.sent_bytes if relay is not None else 0),
            self._client.address,
            counted,
            "" if attempts is None else self._receipt(attempts, now, fault),
        )
        edge.calls -= 1
        edge.journal.commit(ENCODER.encode(record) + b"\n", None if data is None else self._client, data or b"")
        edge.tally.settled(record)
        edge.call_log.settled(record)
        # Call and relay know each other: apart, they are freed at once and their memory is used
        # again while it is still in the processor's cache.
        self._relay = None

    def _judge(self, target: Target, status: int, fault: FaultKind | None, usage: Usage | None, now_ns: int) -> None:
        """Tell how the last attempt went, for choosing targets."""
        self._busy = None
        router = self._edge.router
        router.ended(target)
        if fault is None:
            first_ns = self._first_ns or now_ns
            streamed_ns = now_ns - first_ns if self._is_stream else 0
            router.note_answered(target, self._went_ms, usage, (first_ns - self._attempt_ns) / 1e6, streamed_ns / 1e6)
        elif fault is FaultKind.CLIENT_GONE:
            target.vitals.told_nothing(self._edge.clock.unix_ms())
        else:
            # An error within an answer that had begun well says as much as a 500.
            seen = Fault(fault, "", upstream_status=status if status >= 400 else 500)
            router.note_failed(target, seen, None, self._went_ms, is_first=True)

    def _estimate(self) -> Usage:
        return aborted_usage(self._request_bytes, 0 if self._relay is None else self._relay.frames)

    def _receipt(self, attempts: Attempts, now_ns: int, fault: FaultKind | None) -> str:
        attempts.ended(None, now_ns, outcome="answered" if fault is None else fault.value)
        return attempts.receipt(self._name[:256])
