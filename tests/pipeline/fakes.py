"""Fakes of the pipeline's ports: they remember what they were told."""

from collections.abc import Callable

import msgspec

from narrowgate.config.schema import Custody, Journal, Listen, Logging, Streams, Timeouts, UnknownPrice
from narrowgate.config.snapshot import EdgeSettings, ProviderView
from narrowgate.identity.keys import VirtualKey
from narrowgate.model.conversation import Form
from narrowgate.model.operation import Operation
from narrowgate.model.record import DECODER, CallRecord
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.ports import Delivery, Receiver, Verdict
from narrowgate.pipeline.principal import Principal
from narrowgate.policy.budget.price import Price
from narrowgate.providers.profile import DEFAULT_PATHS, FormPath, ReasoningCount, StreamUsage

_TIMES = Timeouts()
MILLION = 1_000_000_000  # a price of one USD per million tokens, in 1e-9 USD


def view(name: str = "openai", *, timeouts: Timeouts = _TIMES, usage: StreamUsage = StreamUsage.ASK) -> ProviderView:
    return ProviderView(
        index=0,
        name=name,
        profile="openai",
        paths={
            operation: f"/v1{path}" for operation, path in DEFAULT_PATHS.items() if operation is not Operation.RERANK
        },
        model_in_path=False,
        stream_usage=usage,
        reasoning_count=ReasoningCount.INSIDE,
        forward_headers=("X-Team", "accept"),
        models=("m",),
        timeouts=timeouts,
    )


def native(forms: dict[Form, FormPath]) -> ProviderView:
    """A provider that has conversations in `forms` alone, with a model of known price."""
    return msgspec.structs.replace(view("p"), paths={}, forms=forms)


def settings(provider: ProviderView | None = None, **changes: object) -> EdgeSettings:
    plain = EdgeSettings(
        listen=Listen(),
        custody=Custody.SPLIT,
        providers=(provider or view(),),
        aliases={"fast": "openai/m"},
        catalog={},
        prices={name: Price(input=MILLION, output=2 * MILLION) for name in ("openai/m", "p/m")},
        unknown_price=UnknownPrice.REFUSE,
        ceiling=Price(input=10 * MILLION, output=10 * MILLION),
        streams=Streams(),
        journal=Journal(),
        log=Logging(),
        version="v",
    )
    changed: EdgeSettings = msgspec.structs.replace(plain, **changes)
    return changed


def key(**changes: object) -> VirtualKey:
    fields: dict[str, object] = {"id": "key_1", "row": 1, "name": "n", "digest": "00", "hint": "…", "created_at_s": 0}
    return msgspec.convert(fields | changes, VirtualKey)


class FakeExchange:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def pause(self) -> None:
        self.said.append("pause")

    def resume(self) -> None:
        self.said.append("resume")

    def release(self) -> None:
        self.said.append("release")

    def abort(self) -> None:
        self.said.append("abort")


class FakeTransport:
    def __init__(self) -> None:
        self.opened: list[tuple[int, bytes, bytes]] = []
        self.exchange = FakeExchange()
        self.receiver: Receiver | None = None

    def open(self, origin: int, request_line: bytes, head: bytes, body: bytes, receiver: Receiver) -> FakeExchange:
        self.opened.append((origin, request_line, b"".join((head, body))))
        self.receiver = receiver
        return self.exchange

    def close(self) -> None:
        self.exchange.said.append("close")

    def answer(self, data: bytes) -> None:
        assert self.receiver is not None
        self.receiver.received(data)


class FakeClient:
    address = "192.0.2.1"

    def __init__(self) -> None:
        self.sent = b""
        self.status = 0
        self.lines = b""
        self.body = b""
        self.is_cut = False
        self.is_delivered = False
        self.uploads: list[str] = []

    def whole(self, status: int, lines: bytes, body: bytes) -> bytes:
        self.status, self.lines, self.body = status, lines, body
        return body

    def begin(self, status: int, lines: bytes, length: int | None) -> None:
        self.status, self.lines, self.length = status, lines, length

    def piece(self, data: bytes) -> None:
        self.sent += data

    def framed(self, data: bytes) -> bytes:
        return data

    def last(self) -> bytes:
        return b"<end>"

    def close_after(self) -> None:
        self.is_cut = True

    def deliver(self, data: bytes) -> None:
        self.sent += data
        self.is_delivered = True

    def pause_upload(self) -> None:
        self.uploads.append("pause")

    def resume_upload(self) -> None:
        self.uploads.append("resume")


class FakeJournal:
    def __init__(self) -> None:
        self.is_full = False
        self.records: list[CallRecord] = []

    def commit(self, line: bytes, delivery: Delivery | None, data: bytes) -> None:
        self.records.append(DECODER.decode(line))
        if delivery is not None:
            delivery.deliver(data)


class FakeCounters:
    def __init__(self) -> None:
        self.verdict = Verdict.GRANTED
        self.leased = 0
        self.spent = 0

    def reserve(self, row: int, minute: int, rpm: int | None, window: int, limit: int | None, amount: int) -> Verdict:
        if self.verdict is Verdict.GRANTED:
            self.leased += amount
        return self.verdict

    def settle(self, row: int, window: int, leased: int, spent: int) -> None:
        self.leased -= leased
        self.spent += spent


class FakeTally:
    def __init__(self) -> None:
        self.records: list[CallRecord] = []
        self.statuses: list[int] = []
        self.bugs = 0

    def settled(self, record: CallRecord) -> None:
        self.records.append(record)

    def refused(self, status: int) -> None:
        self.statuses.append(status)

    def internal_error(self) -> None:
        self.bugs += 1


class FakeClock:
    def __init__(self) -> None:
        self.ns = 1_000_000_000

    def work_ns(self) -> int:
        return self.ns

    def unix_ms(self) -> int:
        return 1_760_000_000_000 + self.ns // 1_000_000


class FakeTimer:
    def __init__(self, at_ns: int, action: Callable[[], None]) -> None:
        self.at_ns = at_ns
        self.action = action
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class World:
    """An edge on fakes; nothing is tried again unless `retries` says so."""

    def __init__(self, config: EdgeSettings | None = None, *, retries: int = 0) -> None:
        self.transport = FakeTransport()
        self.demo = FakeTransport()
        self.journal = FakeJournal()
        self.counters = FakeCounters()
        self.tally = FakeTally()
        self.clock = FakeClock()
        self.timers: list[FakeTimer] = []
        self.edge = Edge(
            config or settings(),
            transport=self.transport,
            demo=self.demo,
            journal=self.journal,
            counters=self.counters,
            tally=self.tally,
            call_log=self.tally,
            clock=self.clock,
            window_of=lambda kind, unix_ms: 1,
            later=self.later,
            random=lambda: 0.5,
            call_prefix="call_",
        )
        self.edge.router.retries = retries

    def call(
        self, body: bytes, *, operation: Operation = Operation.CHAT, who: VirtualKey | None = None
    ) -> tuple[Call, FakeClient]:
        client = FakeClient()
        call = Call(self.edge, client, Principal(who or key()), operation)
        call.begin(body, None, {b"x-team": b"blue", b"cookie": b"no", b"accept": b"*/*"})
        return call, client

    def later(self, delay_ns: int, action: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer(self.clock.ns + delay_ns, action)
        self.timers.append(timer)
        return timer

    def pass_time(self, ns: int = 0) -> None:
        """Let time pass and do what was to be done until then."""
        self.clock.ns += ns
        while due := [timer for timer in self.timers if timer.at_ns <= self.clock.ns]:
            self.timers.remove(due[0])
            if not due[0].is_cancelled:
                due[0].action()

    @property
    def record(self) -> CallRecord:
        assert len(self.journal.records) == 1, "one record a call, no more and no less"
        return self.journal.records[0]
