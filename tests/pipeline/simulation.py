"""Providers that fail by a plan, in virtual time: whole days of trouble pass in a moment."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from narrowgate.config.schema import Timeouts
from narrowgate.config.snapshot import EdgeSettings
from narrowgate.dialects.registry import Route, Shape
from narrowgate.model.conversation import Form
from narrowgate.model.operation import Operation
from narrowgate.pipeline.conversation import Conversation
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.ports import Receiver
from narrowgate.pipeline.principal import Principal
from narrowgate.policy.budget.price import Price
from narrowgate.policy.routing.settings import RouteView, RoutingView
from narrowgate.providers.profile import FormPath
from tests.pipeline.fakes import FakeClient, FakeCounters, FakeJournal, FakeTally, key, settings, view

MS = 1_000_000
WORDS = [f"w{number} " for number in range(12)]
_USAGE = '"usage":{"prompt_tokens":10,"completion_tokens":12,"total_tokens":22}'
WHOLE = (
    '{"id":"x","object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"stop",'
    f'"message":{{"role":"assistant","content":"{"".join(WORDS)}"}}}}],{_USAGE}}}'
).encode()
EVENTS = [
    *(f'data: {{"id":"x","model":"m","choices":[{{"index":0,"delta":{{"content":"{word}"}}}}]}}\n\n' for word in WORDS),
    'data: {"id":"x","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
    f'data: {{"id":"x","model":"m","choices":[],{_USAGE}}}\n\n',
    "data: [DONE]\n\n",
]
FAULTS = (
    "ok", "slow", "429", "429 named", "401", "404", "500", "503", "400", "too long", "unreachable", "reset", "silent",
    "cut", "stall", "junk", "empty", "error event",
)  # fmt: skip


_FORMS = {Form.OPENAI_CHAT: FormPath("/v1/chat/completions")}


@dataclass(order=True)
class Planned:
    """Something to be done at a moment."""

    at_ns: int
    number: int
    action: Callable[[], None] = field(compare=False)
    is_cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.is_cancelled = True


class Exchange:
    """One attempt at a simulated provider."""

    def __init__(self, world: "Simulation", receiver: Receiver) -> None:
        self.world = world
        self.receiver = receiver
        self.is_open = True

    def later(self, ms: int, action: Callable[[], None]) -> None:
        self.world.later(ms * MS, lambda: action() if self.is_open else None)

    def send(self, ms: int, data: bytes) -> None:
        self.later(ms, lambda: self.receiver.received(data))

    def write(self, data: bytes) -> None:
        raise AssertionError(data)

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def release(self) -> None:
        self._close()

    def abort(self) -> None:
        self._close()

    def fail(self, stage: str) -> None:
        self._close()
        self.receiver.failed(stage, "simulated")

    def end(self) -> None:
        self._close()
        self.receiver.ended()

    def _close(self) -> None:
        if self.is_open:
            self.is_open = False
            self.world.open -= 1


class Simulation:
    """An edge with simulated providers; `plan` says what the n-th attempt at a provider comes to."""

    def __init__(
        self, providers: int, plan: Callable[[int, int], str], *, route: RouteView | None = None, routing: RoutingView
    ) -> None:
        names = [f"p{number}" for number in range(providers)]
        times = Timeouts(connect_s=5, headers_s=30, first_token_s=30, idle_s=30, total_s=120)
        views = [
            msgspec.structs.replace(view(name, timeouts=times), index=number, forms=_FORMS)
            for number, name in enumerate(names)
        ]
        config: EdgeSettings = settings(
            providers=tuple(views),
            prices={f"{name}/m": Price(input=1_000_000, output=2_000_000) for name in names},
            routes={route.name: route} if route is not None else {},
            routing=routing,
        )
        self.plan = plan
        self.ns = 1_000_000_000
        self.open = 0
        self.attempts: list[tuple[int, int]] = []  # provider, moment in ms
        self._queue: list[Planned] = []
        self._numbers = itertools.count()
        self._seen = [0] * providers
        self.journal = FakeJournal()
        self.counters = FakeCounters()
        self.random = iter(itertools.cycle([0.1, 0.9, 0.4, 0.7, 0.2]))
        self.edge = Edge(
            config,
            transport=_Transport(self),
            demo=_Transport(self),
            journal=self.journal,
            counters=self.counters,
            tally=FakeTally(),
            call_log=FakeTally(),
            clock=self,
            window_of=lambda _kind, _ms: 1,
            later=self.later,
            random=lambda: next(self.random),
            call_prefix="c",
        )

    # -- the ports -----------------------------------------------------------------------------------

    def work_ns(self) -> int:
        return self.ns

    def unix_ms(self) -> int:
        return 1_760_000_000_000 + self.ns // MS

    def later(self, delay_ns: int, action: Callable[[], None]) -> Planned:
        planned = Planned(self.ns + delay_ns, next(self._numbers), action)
        heapq.heappush(self._queue, planned)
        return planned

    def open_exchange(self, origin: int, body: bytes, receiver: Receiver) -> Exchange:
        fault = self.plan(origin, self._seen[origin])
        self._seen[origin] += 1
        self.attempts.append((origin, self.ns // MS))
        self.open += 1
        exchange = Exchange(self, receiver)
        _play(exchange, fault, is_stream=b'"stream":true' in body)
        return exchange

    # -- what tests do -------------------------------------------------------------------------------

    def call(
        self, name: str, *, is_stream: bool, fallbacks: tuple[str, ...] = (), budget: int | None = None
    ) -> "Caller":
        return Caller(self, name, is_stream=is_stream, fallbacks=fallbacks, budget=budget)

    def run(self, until_ms: int | None = None) -> None:
        """Let time pass until nothing more is planned, or until then."""
        while self._queue:
            if until_ms is not None and self._queue[0].at_ns > until_ms * MS:
                self.ns = until_ms * MS
                return
            planned = heapq.heappop(self._queue)
            self.ns = max(self.ns, planned.at_ns)
            if not planned.is_cancelled:
                planned.action()
        if until_ms is not None:
            self.ns = max(self.ns, until_ms * MS)


class _Transport:
    """The way to the simulated providers."""

    def __init__(self, world: Simulation) -> None:
        self._world = world

    def open(self, origin: int, request_line: bytes, head: bytes, body: bytes, receiver: Receiver) -> Exchange:
        del request_line, head
        return self._world.open_exchange(origin, body, receiver)


class Caller:
    """One call and its client; the clock looks at it five times a second."""

    def __init__(
        self, world: Simulation, name: str, *, is_stream: bool, fallbacks: tuple[str, ...], budget: int | None
    ) -> None:
        self.world = world
        self.began_ms = world.ns // MS
        self.client = FakeClient()
        route = Route(Operation.CHAT, Form.OPENAI_CHAT, None, None, Shape.PLAIN)
        who = key() if budget is None else key(budget_usd_e9=budget)
        self.conversation = Conversation(world.edge, self.client, Principal(who), route, b"")
        self.first = len(world.attempts)
        self.ended_ms: int | None = None
        body = {"model": name, "stream": is_stream, "messages": [{"role": "user", "content": "hi"}]}
        if fallbacks:
            body["fallbacks"] = list(fallbacks)
        self.conversation.begin(msgspec.json.encode(body), None, {})
        self._watch()

    def _watch(self) -> None:
        if self.conversation.is_over:
            self.ended_ms = self.world.ns // MS
            return
        self.conversation.check(self.world.ns)
        self.world.later(200 * MS, self._watch)

    @property
    def text(self) -> bytes:
        return self.client.sent or self.client.body

    @property
    def is_right(self) -> bool:
        """Whether the whole answer came, and nothing else."""
        said = "".join(WORDS).encode()
        got = b"".join(
            msgspec.json.decode(line[6:])["choices"][0]["delta"].get("content", "").encode()
            for line in self.text.split(b"\n")
            if line.startswith(b"data: {") and b'"delta"' in line
        )
        return self.client.status == 200 and (said in self.text or got == said)


def _play(exchange: Exchange, fault: str, *, is_stream: bool) -> None:
    """Do what `fault` is."""
    if fault in _ERRORS:
        status, more, body = _ERRORS[fault]
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{more}content-length: {len(body)}\r\n\r\n"
        exchange.send(20, (head + body).encode())
    elif fault == "unreachable":
        exchange.later(10, lambda: exchange.fail("connect"))
    elif fault == "reset":
        exchange.later(10, lambda: exchange.fail("broken"))
    elif fault == "empty":
        exchange.send(20, b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 0\r\n\r\n")
    elif fault == "silent":
        pass
    elif not is_stream:
        _whole(exchange, fault)
    else:
        _stream(exchange, fault)


def _whole(exchange: Exchange, fault: str) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(WHOLE)
    if fault in {"cut", "stall"}:
        exchange.send(20, head + WHOLE[:40])
        if fault == "cut":
            exchange.later(30, lambda: exchange.fail("broken"))
    elif fault == "junk":
        exchange.send(20, head + b"}" * len(WHOLE))
    else:
        exchange.send(3_000 if fault == "slow" else 20, head + WHOLE)


def _stream(exchange: Exchange, fault: str) -> None:
    exchange.send(20, b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    at = 3_000 if fault == "slow" else 30
    for number, event in enumerate(EVENTS):
        if number == 6 and fault in {"cut", "stall", "error event"}:
            if fault == "cut":
                exchange.later(at, lambda: exchange.fail("broken"))
            elif fault == "error event":
                exchange.send(at, _chunk('data: {"error":{"message":"overloaded","type":"server_error"}}\n\n'))
            return
        if number == 3 and fault == "junk":
            exchange.send(at, _chunk("data: {no json\n\n"))
        exchange.send(at, _chunk(event))
        at += 10
    exchange.send(at, b"0\r\n\r\n")


def _chunk(text: str) -> bytes:
    return b"%x\r\n%b\r\n" % (len(text.encode()), text.encode())


def _error(code: str, message: str) -> str:
    return msgspec.json.encode({"error": {"message": message, "type": code, "code": code}}).decode()


_ERRORS = {
    "429": (429, "", _error("rate_limit_exceeded", "slow down")),
    "429 named": (429, "retry-after: 2\r\n", _error("rate_limit_exceeded", "slow down")),
    "401": (401, "", _error("invalid_api_key", "no")),
    "404": (404, "", _error("model_not_found", "no such model")),
    "500": (500, "", _error("server_error", "oops")),
    "503": (503, "", _error("overloaded", "down")),
    "400": (400, "", _error("invalid_request_error", "your fault")),
    "too long": (400, "", _error("context_length_exceeded", "the maximum context length is 1")),
}
