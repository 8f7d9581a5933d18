"""Answers in a provider's own form: read whole, or refused."""

import json

import pytest

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
