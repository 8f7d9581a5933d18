"""Chat completions of imitators, in words their clients know."""

import json

import msgspec

from narrowgate.dialects.registry import route_of
from narrowgate.pipeline.calls import maker_of
from narrowgate.pipeline.principal import Principal
from narrowgate.providers.family import Quirks
from tests.pipeline.fakes import FakeClient, World, key, settings, view

ASKED = {"model": "openai/m", "messages": [{"role": "user", "content": "hi"}]}
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def call(*, is_mended: bool = True, **more: object) -> tuple[World, FakeClient]:
    provider = msgspec.structs.replace(view(), quirks=Quirks(is_mended=is_mended))
    world, client = World(settings(provider)), FakeClient()
    route = route_of(b"/v1/chat/completions")
    assert route is not None
    made = maker_of(route, b"")(world.edge, client, Principal(key()))
    made.begin(json.dumps({**ASKED, **more}).encode(), None, {})
    return world, client


def whole(world: World) -> bytes:
    message = {"role": "assistant", "content": "Hi"}
    choice = {"index": 0, "message": message, "finish_reason": "eos"}
    body = json.dumps({"id": "c", "choices": [choice], "usage": USAGE}).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
    world.transport.answer(head + body)
    return body


def test_a_whole_answer_ends_in_openais_words() -> None:
    world, client = call()
    body = whole(world)
    assert client.sent == body.replace(b'"eos"', b'"stop"')
    assert world.record.usage is not None
    assert world.record.usage.output_text == 2


def test_an_answer_of_who_needs_no_mending_goes_through_as_it_is() -> None:
    world, client = call(is_mended=False)
    body = whole(world)
    assert client.sent == body


def test_a_stream_ends_in_openais_words_wherever_it_is_cut() -> None:
    def event(**choice: object) -> bytes:
        return b"data: " + json.dumps({"id": "c", "choices": [{"index": 0, **choice}], **extra}).encode() + b"\n\n"

    extra: dict[str, object] = {}
    calls = [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]
    first = event(delta={"tool_calls": calls}, finish_reason=None)
    extra = {"usage": USAGE}
    stream = first + event(delta={}, finish_reason="eos_token") + b"data: [DONE]\n\n"
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    for step in (1, 7, len(stream)):
        world, client = call(stream=True)
        for at in range(0, len(head + stream), step):
            world.transport.answer((head + stream)[at : at + step])
        assert world.transport.receiver is not None
        world.transport.receiver.ended()
        assert client.sent.removesuffix(b"<end>") == stream.replace(b'"eos_token"', b'"tool_calls"')
        assert world.record.usage is not None
        assert world.record.usage.output_text == 2
