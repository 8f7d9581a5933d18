"""Answers in a provider's own form: read whole, or refused."""

import json

import msgspec
import pytest

from narrowgate.dialects.registry import Route
from narrowgate.model.operation import Operation
from narrowgate.pipeline.calls import maker_of
from narrowgate.pipeline.principal import Principal
from tests.pipeline.fakes import FakeClient, World, key, settings, view
from tests.pipeline.test_service_call import TOLD, answer, call

ASKED = {"model": "p/m", "input": "a"}


@pytest.mark.parametrize("body", [b"[]", b"{}", b"\xff", b""])
def test_an_answer_that_is_none_is_a_fault(body: bytes) -> None:
    world, client = call(ASKED)
    answer(world, body)
    assert client.status == 502
    assert json.loads(client.sent)["error"]["code"] == "upstream_invalid"
    assert world.transport.exchange.said == ["release"]


def test_a_stream_that_nobody_asked_for_is_a_fault() -> None:
    world, client = call(ASKED)
    answer(world, b"data: {}\n\n", b"content-type: text/event-stream\r\n")
    assert client.status == 502
    assert world.transport.exchange.said == ["abort"]


def test_more_than_can_be_held_is_a_fault() -> None:
    world, client = call(ASKED)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n{" % (64 << 20)
    world.transport.answer(head)
    assert client.status == 502
    assert not client.is_cut


def test_errors_have_the_providers_words() -> None:
    world, client = call(ASKED)
    body = b'{"detail":"input is bad"}'
    world.transport.answer(b"HTTP/1.1 400 X\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
    assert client.status == 400
    assert json.loads(client.sent)["error"]["message"] == "input is bad"


def test_cuts_do_not_matter() -> None:
    world, client = call(ASKED)
    data = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(TOLD), TOLD)
    for at in range(len(data)):
        world.transport.answer(data[at : at + 1])
    assert json.loads(client.sent)["usage"] == {"prompt_tokens": 3, "total_tokens": 3}


@pytest.mark.parametrize(
    ("told", "count"), [(b"7", 7), (b"0", 0), (b"", None), (b"-1", None), (b"1e3", None), (b"9" * 20, None)]
)
def test_tokens_that_only_a_header_tells_are_counted_and_told(told: bytes, count: int | None) -> None:
    bedrock = msgspec.structs.replace(view("p"), profile="bedrock", paths={Operation.EMBEDDINGS: "/model"})
    world, client = World(settings(bedrock)), FakeClient()
    made = maker_of(Route(Operation.EMBEDDINGS), b"")(world.edge, client, Principal(key()))
    made.begin(b'{"model":"p/cohere.embed-english-v3","input":"a"}', None, {})
    lines = b"content-type: application/json\r\nX-Amzn-Bedrock-Input-Token-Count: %b\r\n" % told
    answer(world, b'{"embeddings":[[0.5]]}', lines)
    usage = world.record.usage
    assert (None if usage is None else usage.input_text) == count
    shown = None if count is None else {"prompt_tokens": count, "total_tokens": count}
    assert json.loads(client.sent).get("usage") == shown
