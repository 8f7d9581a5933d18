"""Conversations through the whole pipeline: as they came, and translated, streamed and not."""

import json

import pytest

from narrowgate.dialects.registry import Route, route_of
from narrowgate.model.conversation import Form
from narrowgate.model.inexpressible import Inexpressibles
from narrowgate.pipeline.calls import maker_of
from narrowgate.pipeline.principal import Principal
from narrowgate.policy.routing.settings import RouteView, Strategy, TargetView
from narrowgate.providers.profile import FormPath
from tests.pipeline.fakes import FakeClient, World, key, native, settings

MESSAGES = FormPath("/v1/messages", "/v1/messages")
RESPONSES = FormPath("/v1/responses", "/v1/responses")
ASKED = b'{"model":"p/m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"new_field":1.0}'
REPLY = json.dumps(
    {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "hello"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 2},
    }
).encode()
EVENTS: list[tuple[str, dict[str, object]]] = [
    ("message_start", {"message": {**json.loads(REPLY), "content": [], "stop_reason": None}}),
    ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
    ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "hello"}}),
    ("content_block_stop", {"index": 0}),
    ("message_delta", {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 2}}),
    ("message_stop", {}),
]
STREAM = [f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode() for name, data in EVENTS]
SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


def whole(body: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


class Talk:
    """One conversation with a provider of the given forms."""

    def __init__(
        self, path: bytes, body: bytes, forms: dict[Form, FormPath], *, headers: dict[bytes, bytes] | None = None
    ) -> None:
        self.world = World(settings(native(forms)))
        self.client = FakeClient()
        route = route_of(path)
        assert route is not None
        self.call = maker_of(route, b"")(self.world.edge, self.client, Principal(key(budget_usd_e9=10**12)))
        self.call.begin(body, route.model, headers or {})

    @property
    def sent(self) -> tuple[bytes, bytes]:
        _, line, rest = self.world.transport.opened[0]
        return line, rest.partition(b"\r\n\r\n")[2]

    def answer(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.world.transport.answer(piece)

    def close(self) -> None:
        assert self.world.transport.receiver is not None
        self.world.transport.receiver.ended()


def as_named(data: bytes) -> bytes:
    return data.replace(b'"model": "m"', b'"model": "p/m"')


def test_in_its_own_form_request_and_answer_pass_but_for_the_model() -> None:
    talk = Talk(b"/v1/messages", ASKED, {Form.ANTHROPIC_MESSAGES: MESSAGES}, headers={b"anthropic-beta": b"x"})
    assert talk.sent == (b"POST /v1/messages HTTP/1.1\r\n", ASKED.replace(b"p/m", b"m"))
    assert b"anthropic-beta: x\r\n" in talk.world.transport.opened[0][2]
    body = REPLY.replace(b"{", b'{"b" : 1.0, ', 1)
    talk.answer(whole(body))
    assert body != as_named(body)
    assert (talk.client.status, talk.client.sent) == (200, as_named(body))
    usage = talk.world.record.usage
    assert usage is not None
    assert (usage.input_text, usage.output_text) == (3, 2)
    assert talk.world.transport.exchange.said == ["release"]


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_in_its_own_form_a_stream_passes_in_any_cuts(size: int) -> None:
    talk = Talk(b"/v1/messages", ASKED[:-1] + b',"stream":true}', {Form.ANTHROPIC_MESSAGES: MESSAGES})
    data = SSE + b"".join(STREAM)
    talk.answer(*(data[at : at + size] for at in range(0, len(data), size)))
    talk.close()
    assert talk.client.sent == as_named(b"".join(STREAM)) + b"<end>"
    assert b"p/m" in talk.client.sent
    assert talk.world.record.status == 200
    assert talk.world.record.usage is not None


def test_a_request_in_another_form_is_translated_and_its_answer_back() -> None:
    asked = b'{"model":"p/m","input":"hi","max_output_tokens":9}'
    talk = Talk(b"/v1/responses", asked, {Form.ANTHROPIC_MESSAGES: MESSAGES})
    line, body = talk.sent
    assert line == b"POST /v1/messages HTTP/1.1\r\n"
    assert json.loads(body)["messages"][0]["role"] == "user"
    assert (json.loads(body)["model"], json.loads(body)["max_tokens"]) == ("m", 9)
    talk.answer(whole(REPLY))
    answer = json.loads(talk.client.sent)
    assert answer["object"] == "response"
    assert answer["output"][0]["content"][0]["text"] == "hello"
    assert (answer["usage"]["input_tokens"], answer["usage"]["output_tokens"]) == (3, 2)
    assert b"content-type: application/json\r\n" in talk.client.lines


@pytest.mark.parametrize("size", [3, 100_000])
def test_a_stream_is_translated_event_by_event(size: int) -> None:
    asked = b'{"model":"p/m","input":"hi","stream":true}'
    talk = Talk(b"/v1/responses", asked, {Form.ANTHROPIC_MESSAGES: MESSAGES})
    data = SSE + b"".join(STREAM)
    talk.answer(*(data[at : at + size] for at in range(0, len(data), size)))
    talk.close()
    assert b"event: response.output_text.delta\n" in talk.client.sent
    assert b"event: response.completed\n" in talk.client.sent
    assert talk.client.sent.endswith(b"<end>")
    assert b"content-type: text/event-stream" in talk.client.lines


def test_a_stream_that_is_cut_has_an_error_and_no_success_in_the_clients_dialect() -> None:
    for path, asked in (
        (b"/v1/responses", b'{"model":"p/m","input":"hi","stream":true}'),
        (b"/v1/messages", ASKED[:-1] + b',"stream":true}'),
    ):
        talk = Talk(path, asked, {Form.ANTHROPIC_MESSAGES: MESSAGES})
        talk.answer(SSE + b"".join(STREAM[:3]))
        talk.close()
        assert b"error" in talk.client.sent
        assert not talk.client.sent.endswith(b"<end>")
        assert b"response.completed" not in talk.client.sent
        assert b"message_stop" not in talk.client.sent
        assert talk.client.is_cut
        assert talk.world.record.fault == "upstream_broken"


def test_an_error_as_first_event_becomes_a_status() -> None:
    error = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n'
    for path, asked in (
        (b"/v1/responses", b'{"model":"p/m","input":"hi","stream":true}'),
        (b"/v1/messages", ASKED[:-1] + b',"stream":true}'),
    ):
        talk = Talk(path, asked, {Form.ANTHROPIC_MESSAGES: MESSAGES})
        talk.answer(SSE + STREAM[0] + error)
        assert talk.client.status >= 500
        assert b"busy" in talk.client.sent


def test_a_providers_error_comes_in_the_clients_dialect() -> None:
    error = b'{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}'
    talk = Talk(b"/v1/responses", b'{"model":"p/m","input":"hi"}', {Form.ANTHROPIC_MESSAGES: MESSAGES})
    talk.answer(whole(error, b"429 Too Many\r\nretry-after: 7"))
    assert talk.client.status == 429
    assert json.loads(talk.client.sent)["error"]["message"] == "slow down"
    assert b"retry-after: 7\r\n" in talk.client.lines
    own = Talk(b"/v1/messages", ASKED, {Form.ANTHROPIC_MESSAGES: MESSAGES})
    own.answer(whole(error, b"429 Too Many"))
    assert (own.client.status, own.client.sent) == (429, error)


def test_the_gateways_own_faults_come_in_the_clients_dialect() -> None:
    talk = Talk(b"/v1/messages", b'{"model":"nobody/m"}', {Form.ANTHROPIC_MESSAGES: MESSAGES})
    assert talk.client.status == 404
    assert json.loads(talk.client.sent)["type"] == "error"


def test_a_whole_answer_becomes_a_stream_and_a_stream_a_whole_answer() -> None:
    talk = Talk(b"/v1/responses", b'{"model":"p/m","input":"hi","stream":true}', {Form.ANTHROPIC_MESSAGES: MESSAGES})
    talk.answer(whole(REPLY))
    assert b"event: response.completed\n" in talk.client.sent
    other = Talk(b"/v1/responses", b'{"model":"p/m","input":"hi"}', {Form.ANTHROPIC_MESSAGES: MESSAGES})
    other.answer(SSE + b"".join(STREAM))
    other.close()
    assert json.loads(other.client.sent)["output"][0]["content"][0]["text"] == "hello"


def test_what_cannot_be_said_is_refused_by_name_or_dropped_and_told() -> None:
    asked = b'{"model":"p/m","max_tokens":9,"top_k":5,"messages":[{"role":"user","content":"hi"}]}'
    forms = {Form.OPENAI_RESPONSES: RESPONSES}
    refused = Talk(b"/v1/messages", asked, forms)
    assert refused.client.status == 400
    assert "top_k" in json.loads(refused.client.sent)["error"]["message"]
    dropped = Talk(b"/v1/messages", asked, forms, headers={b"x-narrowgate-inexpressible": b"drop"})
    assert b"top_k" not in dropped.sent[1]
    dropped.answer(whole(b'{"id":"r","object":"response","status":"completed","model":"m","output":[]}'))
    assert b"x-narrowgate-dropped: top_k" in dropped.client.lines
    world = World(settings(native(forms), inexpressible=Inexpressibles.DROP))
    route = Route(refused.call._operation, Form.ANTHROPIC_MESSAGES)
    maker_of(route, b"")(world.edge, FakeClient(), Principal(key())).begin(asked, None, {})
    assert world.transport.opened
    strict = World(settings(native(forms), inexpressible=Inexpressibles.DROP))
    client = FakeClient()
    call = maker_of(route, b"")(strict.edge, client, Principal(key(inexpressible="refuse")))
    call.begin(asked, None, {b"x-narrowgate-inexpressible": b"drop"})
    assert client.status == 400


@pytest.mark.parametrize(("drops", "configured"), [(True, Inexpressibles.REFUSE), (False, Inexpressibles.DROP)])
def test_a_route_decides_before_the_configuration_what_cannot_be_said(
    *, drops: bool, configured: Inexpressibles
) -> None:
    asked = b'{"model":"r","max_tokens":9,"top_k":5,"messages":[{"role":"user","content":"hi"}]}'
    view = RouteView(name="r", strategy=Strategy.PRIORITY, targets=(TargetView("p", "m"),), drops=drops)
    config = settings(native({Form.OPENAI_RESPONSES: RESPONSES}), inexpressible=configured, routes={"r": view})
    world = World(config)
    route = route_of(b"/v1/messages")
    assert route is not None
    maker_of(route, b"")(world.edge, FakeClient(), Principal(key())).begin(asked, None, {})
    assert bool(world.transport.opened) == drops


def test_junk_for_an_answer_is_a_fault() -> None:
    talk = Talk(b"/v1/responses", b'{"model":"p/m","input":"hi"}', {Form.ANTHROPIC_MESSAGES: MESSAGES})
    talk.answer(whole(b"[]"))
    assert talk.client.status == 502
    streamed = Talk(
        b"/v1/responses", b'{"model":"p/m","input":"hi","stream":true}', {Form.ANTHROPIC_MESSAGES: MESSAGES}
    )
    streamed.answer(SSE + b"data: []\n\n")
    assert streamed.client.status == 502


def test_a_budget_holds_for_conversations_of_every_form() -> None:
    talk = Talk(b"/v1/messages", ASKED, {Form.ANTHROPIC_MESSAGES: MESSAGES})
    leased = talk.world.counters.leased
    assert leased > 0
    talk.answer(whole(REPLY))
    assert talk.world.counters.leased == 0
    assert 0 < talk.world.counters.total < leased


def test_a_silent_stream_gets_comments_between_events_only() -> None:
    talk = Talk(b"/v1/messages", ASKED[:-1] + b',"stream":true}', {Form.ANTHROPIC_MESSAGES: MESSAGES})
    talk.answer(SSE + STREAM[0] + STREAM[1])
    talk.call.check(talk.world.clock.ns + 16 * 10**9)
    assert talk.client.sent.endswith(b"\n\n: ping\n\n")
    talk.answer(STREAM[2][:10])
    talk.call.check(talk.world.clock.ns + 40 * 10**9)
    talk.answer(STREAM[2][10:])
    assert talk.client.sent.endswith(b"\n\n: ping\n\n" + STREAM[2])


def test_tokens_are_counted_by_the_provider_or_estimated_and_said_so() -> None:
    own = Talk(b"/v1/messages/count_tokens", ASKED, {Form.ANTHROPIC_MESSAGES: MESSAGES})
    assert own.sent == (b"POST /v1/messages/count_tokens HTTP/1.1\r\n", ASKED.replace(b"p/m", b"m"))
    own.answer(whole(b'{"input_tokens":7}'))
    assert own.client.sent == b'{"input_tokens":7}'
    other = Talk(b"/v1/messages/count_tokens", ASKED, {Form.OPENAI_RESPONSES: RESPONSES})
    assert json.loads(other.client.sent)["input_tokens"] > 0
    assert b"x-narrowgate-estimated: 1\r\n" in other.client.lines
    google = Talk(b"/v1beta/models/p%2Fm:countTokens", b'{"contents":[]}', {Form.ANTHROPIC_MESSAGES: MESSAGES})
    assert json.loads(google.client.sent)["totalTokens"] > 0


def test_ollamas_generate_is_translated_even_for_its_own_kind() -> None:
    path = FormPath("/api/chat", "/api/chat")
    asked = b'{"model":"p/m","prompt":"hi","stream":false}'
    talk = Talk(b"/api/generate", asked, {Form.OLLAMA_CHAT: path})
    line, body = talk.sent
    assert line == b"POST /api/chat HTTP/1.1\r\n"
    assert json.loads(body)["messages"] == [{"role": "user", "content": "hi"}]
    answer = b'{"model":"m","message":{"role":"assistant","content":"yo"},"done":true,"done_reason":"stop"}'
    talk.answer(whole(answer))
    assert json.loads(talk.client.sent)["response"] == "yo"


def test_an_array_that_is_cut_is_closed_with_an_error_in_it() -> None:
    path = FormPath("/v1beta/models/{model}:generateContent", "/v1beta/models/{model}:streamGenerateContent?alt=sse")
    asked = b'{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}'
    talk = Talk(b"/v1beta/models/p%2Fm:streamGenerateContent", asked, {Form.GEMINI_GENERATE: path})
    assert talk.sent[0] == b"POST /v1beta/models/m:streamGenerateContent HTTP/1.1\r\n"
    first = b'{"candidates":[{"content":{"role":"model","parts":[{"text":"he"}]},"index":0}]}'
    talk.answer(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[" + first + b",\n")
    talk.close()
    assert talk.client.is_cut
    assert b"data:" not in talk.client.sent
    assert b'"error"' in talk.client.sent
