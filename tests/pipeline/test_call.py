import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.config.schema import Streams, Timeouts, UnknownPrice
from narrowgate.identity.keys import VirtualKey
from narrowgate.model.operation import Operation
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.ports import Verdict
from narrowgate.providers.profile import StreamUsage
from tests.pipeline.fakes import World, key, settings, view

ANSWER = json.dumps({"usage": {"prompt_tokens": 10, "completion_tokens": 5}}).encode()
GOOD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)
BODY = b'{"model":"openai/m","max_tokens":7,"messages":[]}'
STREAM = b'{"model":"fast","stream":true}'
BEGIN = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
EVENT = b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":null}]}\n\n'
LIMITED = key(budget_usd_e9=10**9)
S = 1_000_000_000


def test_a_call_goes_out_comes_back_and_is_settled_once() -> None:
    world = World()
    _, client = world.call(BODY)
    origin, line, rest = world.transport.opened[0]
    assert (origin, line) == (0, b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert rest.endswith(b"\r\n\r\n" + BODY.replace(b"openai/m", b"m"))
    assert b"x-team: blue\r\n" in rest
    assert rest.count(b"accept: */*") == 1
    assert b"cookie" not in rest
    world.transport.answer(GOOD)
    assert (client.status, client.sent) == (200, ANSWER)
    assert b"x-narrowgate-cost-usd: 0.00002\r\n" in client.lines
    assert world.transport.exchange.said == ["release"]
    record = world.record
    assert (record.status, record.cost_usd_e9, record.fault, record.upstream_model) == (200, 20_000, "", "m")
    assert world.edge.calls == 0


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        (b"{", 400, None),
        (b"{}", 400, "model"),
        (b'{"model":1}', 400, "model"),
        (b'{"model":"nobody/x"}', 404, "model"),
    ],
)
def test_a_bad_request_never_reaches_a_provider(body: bytes, status: int, param: str | None) -> None:
    world = World()
    _, client = world.call(body)
    assert not world.transport.opened
    assert client.status == status
    assert json.loads(client.sent)["error"]["param"] == param
    assert world.record.status == status


def test_an_operation_the_provider_lacks_is_refused() -> None:
    world = World()
    _, client = world.call(b'{"model":"openai/m"}', operation=Operation.RERANK)
    assert json.loads(client.sent)["error"]["code"] == "unsupported_operation"


def test_a_model_outside_the_keys_list_is_forbidden() -> None:
    _, client = World().call(BODY, who=key(models=["other/*"]))
    assert client.status == 403


@pytest.mark.parametrize(
    ("verdict", "code"),
    [(Verdict.OVER_BUDGET, "insufficient_quota"), (Verdict.RATE_LIMITED, "rate_limit_exceeded")],
)
def test_a_limit_refuses_before_the_provider_is_asked(verdict: Verdict, code: str) -> None:
    world = World()
    world.counters.verdict = verdict
    _, client = world.call(BODY, who=LIMITED)
    assert (client.status, json.loads(client.sent)["error"]["code"]) == (429, code)
    assert not world.transport.opened


def test_a_lease_becomes_what_the_call_cost() -> None:
    world = World()
    world.call(BODY, who=LIMITED)
    assert world.counters.leased > 0
    world.transport.answer(GOOD)
    assert (world.counters.leased, world.counters.total) == (0, 20_000)


def test_an_answer_without_usage_costs_its_reservation() -> None:
    world = World()
    world.call(BODY, who=LIMITED)
    leased = world.counters.leased
    world.transport.answer(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
    assert (world.counters.leased, world.counters.total) == (0, leased)
    assert world.record.cost_usd_e9 is None


def test_an_unknown_price_is_refused_or_counted_at_the_ceiling() -> None:
    _, client = World().call(b'{"model":"openai/dear"}', who=LIMITED)
    assert json.loads(client.sent)["error"]["code"] == "price_unknown"
    world = World(settings(unknown_price=UnknownPrice.CEILING))
    world.call(b'{"model":"openai/dear"}', who=LIMITED)
    world.transport.answer(GOOD)
    assert world.counters.total == 150_000
    assert world.record.cost_usd_e9 is None
    assert world.record.counted_usd_e9 == 150_000


def test_usage_is_asked_for_only_where_it_must_be() -> None:
    for usage, is_asked in ((StreamUsage.ASK, True), (StreamUsage.ALWAYS, False), (StreamUsage.NEVER, False)):
        world = World(settings(view(usage=usage)))
        world.call(STREAM)
        assert (b"include_usage" in world.transport.opened[0][2]) == is_asked


def test_a_full_journal_refuses_calls() -> None:
    world = World()
    world.journal.is_full = True
    assert world.call(BODY)[1].status == 503


def test_a_client_that_leaves_stops_the_provider_and_is_settled() -> None:
    world = World()
    call, _ = world.call(STREAM, who=LIMITED)
    world.transport.answer(BEGIN + EVENT)
    call.client_gone()
    call.client_gone()
    assert world.transport.exchange.said == ["abort"]
    record = world.record
    assert (record.fault, record.is_estimated) == ("client_gone", True)
    assert record.usage is not None
    assert record.usage.output_text == 1
    assert world.counters.leased == 0


def test_back_pressure_reaches_the_provider() -> None:
    world = World()
    call, _ = world.call(STREAM)
    world.transport.answer(BEGIN + EVENT)
    call.client_paused()
    call.client_resumed()
    assert world.transport.exchange.said == ["pause", "resume"]


@pytest.mark.parametrize(
    ("begun", "after_s", "status", "words"),
    [
        (b"", 11, 504, b"did not answer in time"),
        (BEGIN, 21, 504, b"sent no first token in time"),
        (BEGIN + EVENT, 31, 200, b"fell silent"),
    ],
)
def test_each_limit_of_time_ends_the_call(begun: bytes, after_s: int, status: int, words: bytes) -> None:
    timeouts = Timeouts(headers_s=10, first_token_s=20, idle_s=30, total_s=100)
    world = World(settings(view(timeouts=timeouts), streams=Streams(ping_s=0)))
    call, client = world.call(STREAM)
    if begun:
        world.transport.answer(begun)
    world.clock.ns += (after_s - 2) * S
    call.check(world.clock.ns)
    assert not world.journal.records
    world.clock.ns += 2 * S
    call.check(world.clock.ns)
    assert client.status == status
    assert words in client.sent
    assert world.record.fault == "upstream_timeout"
    assert world.transport.exchange.said == ["abort"]


def test_a_silent_stream_is_pinged() -> None:
    world = World()
    call, client = world.call(STREAM)
    world.transport.answer(BEGIN + EVENT)
    world.clock.ns += 16 * S
    call.check(world.clock.ns)
    assert client.sent == EVENT + b": ping\n\n"


STEPS = st.lists(
    st.sampled_from(
        ["head", "event", "finish", "done", "end", "close", "fail", "gone", "late", "junk", "pause", "resume"]
    ),
    max_size=8,
)


@given(STEPS, st.booleans())
def test_whatever_happens_a_call_is_settled_exactly_once(steps: list[str], is_limited: bool) -> None:
    world = World()
    call, client = world.call(STREAM, who=LIMITED if is_limited else None)
    for step in [*steps, "gone"]:
        _take(world, call, step)
    assert len(world.journal.records) == 1
    assert world.counters.leased == 0
    assert world.edge.calls == 0
    assert world.transport.exchange.said[-1] in {"abort", "release"}
    record = world.record
    if b"[DONE]" not in client.sent and b'finish_reason":"stop' not in client.sent:
        assert record.fault, "a truncated answer is never a success"


def _take(world: World, call: Call, step: str) -> None:
    receiver = world.transport.receiver
    assert receiver is not None
    pieces = {
        "head": BEGIN,
        "event": EVENT,
        "finish": EVENT.replace(b"null", b'"stop"'),
        "done": b"data: [DONE]\n\n",
        "junk": b"\x00\xff junk",
    }
    if step in pieces:
        receiver.received(pieces[step])
    elif step in {"end", "close"}:
        receiver.ended()
    elif step == "fail":
        receiver.failed("broken", "reset")
    elif step == "gone":
        call.client_gone()
    elif step == "late":
        world.clock.ns += 1_000 * S
        call.check(world.clock.ns)
    elif step == "pause":
        call.client_paused()
    else:
        call.client_resumed()


def test_a_key_without_limits_touches_no_counter() -> None:
    world = World()
    world.call(BODY, who=VirtualKey(id="k", row=1, name="", digest="00", hint="", created_at_s=0))
    assert world.counters.leased == 0
