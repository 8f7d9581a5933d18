import json

import pytest

from narrowgate.model.fault import FaultKind
from narrowgate.model.usage import Usage
from narrowgate.policy.routing.settings import Receipts, RoutingView
from tests.pipeline.fakes import World, key, settings

BODY = b'{"model":"fast","messages":[]}'
STREAM = b'{"model":"openai/m","stream":true}'
SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
EVENT = b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":null}]}\n\n'
MS = 1_000_000


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


GOOD = answer(b'{"usage":{"prompt_tokens":10,"completion_tokens":5}}')


def test_the_answers_head_tells_what_the_call_was() -> None:
    world = World()
    call, client = world.call(BODY)
    world.transport.answer(GOOD)
    lines = client.lines.split(b"\r\n")
    assert b"x-narrowgate-call-id: " + call.call_id.encode() in lines
    assert b"x-narrowgate-attempts: 1" in lines
    assert b"x-narrowgate-cost-usd: 0.00002" in lines
    assert not [line for line in lines if line.startswith(b"x-narrowgate-receipt")]


def test_the_record_tells_what_the_call_was() -> None:
    world = World()
    call, _ = world.call(BODY)
    world.clock.ns += 5 * MS
    world.transport.answer(GOOD)
    record = world.record
    assert (record.call_id, record.key_id, record.operation) == (call.call_id, "key_1", "chat")
    assert (record.provider, record.model, record.upstream_model) == ("openai", "fast", "m")
    assert (record.usage, record.cost_usd_e9, record.is_estimated) == (
        Usage(input_text=10, output_text=5),
        20_000,
        False,
    )
    assert (record.started_at_ms, record.duration_us, record.first_byte_us) == (1_760_000_001_000, 5_000, 5_000)
    assert record.overhead_us == 0, "waiting for the provider is no work of the gateway's"
    assert record.request_bytes == len(BODY)
    assert (record.counted_usd_e9, record.receipt) == (0, "")
    assert world.tally.records == [record, record], "metrics and log hear of it as well"


def test_it_is_settled_once_whatever_comes_later() -> None:
    world = World()
    call, client = world.call(BODY, who=key(budget_usd_e9=10**9))
    assert world.edge.calls == 1
    world.transport.answer(GOOD)
    sent = client.sent
    call.finish(500, b"late", FaultKind.UPSTREAM_BROKEN, None)
    call.client_gone()
    assert client.sent == sent
    assert (world.record.status, world.edge.calls) == (200, 0)
    assert (world.counters.leased, world.counters.total) == (0, 20_000)


def test_a_fault_is_told_in_the_clients_dialect_and_costs_nothing() -> None:
    world = World()
    _, client = world.call(BODY)
    world.transport.answer(answer(b'{"error":{"message":"no"}}', b"401 No"))
    error = json.loads(client.sent)["error"]
    assert (client.status, error["code"]) == (502, "upstream_unauthorized")
    assert b"content-type: application/json\r\n" in client.lines
    assert b"x-narrowgate-cost-usd" not in client.lines
    assert (world.record.fault, world.record.cost_usd_e9) == ("upstream_refused", None)


def test_a_fault_that_passes_names_the_time_to_wait() -> None:
    world = World()
    world.journal.is_full = True
    _, client = world.call(BODY)
    assert client.status == 503
    assert b"retry-after: 5\r\n" in client.lines


@pytest.mark.parametrize(("events", "is_estimated"), [(0, False), (3, True)])
def test_what_broke_off_in_its_middle_is_estimated(events: int, *, is_estimated: bool) -> None:
    world = World()
    world.call(STREAM)
    world.transport.answer(SSE + EVENT * events)
    assert world.transport.receiver is not None
    world.transport.receiver.ended()
    usage = world.record.usage
    assert world.record.is_estimated is is_estimated
    assert (0 if usage is None else usage.output_text) == events
    assert (world.record.cost_usd_e9 is not None) is is_estimated


def test_an_unknown_price_is_an_unknown_cost() -> None:
    world = World()
    _, client = world.call(b'{"model":"openai/dear"}')
    world.transport.answer(GOOD)
    assert world.record.usage is not None
    assert world.record.cost_usd_e9 is None
    assert b"x-narrowgate-cost-usd" not in client.lines


def test_a_name_of_any_length_is_recorded_in_short() -> None:
    world = World()
    world.call(json.dumps({"model": "x" * 10_000}).encode())
    assert (world.record.model, world.record.provider) == ("x" * 256, "-")


def test_a_receipt_is_told_where_that_is_set_and_there_was_a_choice() -> None:
    config = settings(routing=RoutingView(receipts=Receipts(header=True)))
    world = World(config)
    _, client = world.call(b'{"model":"openai/m","fallbacks":["openai/n"]}')
    world.transport.answer(answer(b"{}", b"500 No"))
    world.pass_time()
    world.transport.answer(GOOD)
    (line,) = [line for line in client.lines.split(b"\r\n") if line.startswith(b"x-narrowgate-receipt: ")]
    told = [one["target"] for one in json.loads(line.partition(b": ")[2])["attempts"]]
    assert told == ["openai/m", "openai/n"]
    assert b"x-narrowgate-attempts: 2\r\n" in client.lines
    receipt = json.loads(world.record.receipt)
    assert [one["outcome"] for one in receipt["attempts"]] == ["upstream_refused", "answered"]
    assert world.record.attempts == 2
