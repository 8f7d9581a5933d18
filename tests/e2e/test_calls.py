"""Calls through the front door: bytes, headers, streams, faults. Real processes, real sockets."""

import gzip
import json
import socket
import threading
import time

import pytest

from tests.e2e.gateway import KEY, PROVIDER_KEY, Gateway, post, wait_until
from tests.e2e.provider import CHAT, DONE, Link, Provider, Request, delta, stream_of, usage_event

pytestmark = pytest.mark.slow

BODY = {"model": "openai/m-1", "messages": [{"role": "user", "content": "hi"}]}
STREAM = {**BODY, "stream": True}


def test_a_request_arrives_byte_for_byte_but_for_the_model(gateway: Gateway, provider: Provider) -> None:
    body = (
        b'{ "temperature" : 1.0,\n "z":1,"messages":[{"role":"user","content":"\\u00e9 \\ud83d\\ude00 '
        b'\\"model\\": x"}],\t"model" : "openai/m-1" , "unknown":{"model":"keep","n":1e5} }'
    )
    status, _, _ = gateway.call(body)
    assert status == 200
    assert provider.last.body == body.replace(b'"openai/m-1"', b'"m-1"')


def test_an_answer_arrives_byte_for_byte(gateway: Gateway, provider: Provider) -> None:
    body = b'{"b":1.0,  "a":"\\u00e9",\n"usage":{"prompt_tokens":1,"completion_tokens":1}}'
    provider.reset(lambda link, _request: link.raw(body, headers=b"content-type: application/json\r\n"))
    assert gateway.call(BODY)[2] == body


def test_the_providers_key_goes_out_and_the_clients_does_not(gateway: Gateway, provider: Provider) -> None:
    gateway.call(BODY, cookie="a=b", x_secret="s", openai_beta="x=v1")
    head = provider.last.raw_head.lower()
    assert provider.last.headers[b"authorization"] == f"Bearer {PROVIDER_KEY}".encode()
    assert KEY.encode() not in head
    assert b"cookie" not in head
    assert b"x-secret" not in head
    assert provider.last.headers[b"openai-beta"] == b"x=v1"


def test_calls_with_the_same_head_are_calls_of_their_own(gateway: Gateway, provider: Provider) -> None:
    for turn in range(4):  # the head but for its length is known from the second one on
        body = {**BODY, "messages": [{"role": "user", "content": "x" * 7**turn}]}
        status, headers, _ = gateway.call(body, openai_beta="same")
        assert status == 200
        assert json.loads(provider.last.body)["messages"] == body["messages"]
        assert provider.last.headers[b"openai-beta"] == b"same"
        assert provider.last.headers[b"authorization"] == f"Bearer {PROVIDER_KEY}".encode()
        assert gateway.row(headers["x-narrowgate-call-id"])["request_bytes"] == len(json.dumps(body))
    assert gateway.call(BODY, openai_beta="other")[0] == 200
    assert provider.last.headers[b"openai-beta"] == b"other"


def test_headers_of_the_answer_are_kept_but_for_what_is_the_providers_own(gateway: Gateway, provider: Provider) -> None:
    extra = (
        b"x-request-id: r1\r\nx-ratelimit-remaining-requests: 7\r\nset-cookie: a=b\r\nX-Narrowgate-Model: forged\r\n"
    )
    provider.reset(lambda link, _request: link.json(CHAT, headers=extra))
    _, headers, _ = gateway.call(BODY)
    assert headers["x-request-id"] == "r1"
    assert headers["x-ratelimit-remaining-requests"] == "7"
    assert "set-cookie" not in headers
    assert headers["x-narrowgate-model"] == "m-1"
    assert headers["x-narrowgate-provider"] == "openai"
    assert headers["x-narrowgate-cost-usd"] == "0.00002"
    assert int(headers["x-narrowgate-overhead-us"]) > 0


def test_every_call_has_one_row_with_its_cost(gateway: Gateway) -> None:
    call_id = gateway.call(BODY)[1]["x-narrowgate-call-id"]
    row = gateway.row(call_id)
    assert (row["status"], row["input_text"], row["output_text"], row["cost_usd_e9"]) == (200, 10, 5, 20_000)


@pytest.mark.parametrize("model", ["house", "cheap-m-1", "m-1", "openai/m-1"])
def test_a_model_can_be_named_in_several_ways(gateway: Gateway, provider: Provider, model: str) -> None:
    assert gateway.call({**BODY, "model": model})[0] == 200
    assert json.loads(provider.last.body)["model"] == "m-1"


@pytest.mark.parametrize(
    "path",
    [
        "/chat/completions",
        "/v1/chat/completions",
        "/openai/v1/chat/completions",
        "/openai/deployments/house/chat/completions?api-version=1",
    ],
)
def test_the_same_call_on_every_path_it_has(gateway: Gateway, path: str) -> None:
    assert gateway.call(BODY, path)[0] == 200


@pytest.mark.parametrize("header", ["authorization", "x-api-key", "api-key", "x-goog-api-key"])
def test_a_key_is_taken_from_every_usual_header(gateway: Gateway, header: str) -> None:
    value = f"Bearer {KEY}" if header == "authorization" else KEY
    body = json.dumps(BODY).encode()
    assert gateway.request("POST", "/v1/chat/completions", body, {header: value})[0] == 200


def test_a_six_megabyte_body_goes_through(gateway: Gateway, provider: Provider) -> None:
    big = {**BODY, "messages": [{"role": "user", "content": "A" * 6_000_000}]}
    assert gateway.call(big)[0] == 200
    assert len(provider.last.body) > 6_000_000


def test_a_gzip_answer_nobody_asked_for_is_unpacked(gateway: Gateway, provider: Provider) -> None:
    packed = gzip.compress(json.dumps(CHAT).encode())
    head = b"content-type: application/json\r\ncontent-encoding: gzip\r\n"
    provider.reset(lambda link, _request: link.raw(packed, headers=head))
    status, headers, body = gateway.call(BODY)
    assert (status, json.loads(body)) == (200, CHAT)
    assert "content-encoding" not in headers


# -- streams ------------------------------------------------------------------------------------------


def test_a_stream_arrives_event_by_event_as_sent(gateway: Gateway, provider: Provider) -> None:
    pieces = [delta("a"), b": comment\n\n", delta("b"), delta(finish="stop"), DONE]
    provider.reset(stream_of(pieces))
    status, headers, body = gateway.call(STREAM)
    assert (status, body) == (200, b"".join(pieces))
    assert headers["content-type"] == "text/event-stream"


@pytest.mark.parametrize("size", [1, 2, 7, 50])
def test_cuts_do_not_matter(gateway: Gateway, provider: Provider, size: int) -> None:
    whole = delta("é😀") + delta("b") + delta(finish="stop") + DONE
    provider.reset(stream_of([whole[at : at + size] for at in range(0, len(whole), size)]))
    assert gateway.call(STREAM)[2] == whole


def test_usage_is_asked_for_counted_and_hidden(gateway: Gateway, provider: Provider) -> None:
    provider.reset(stream_of([delta("a"), delta(finish="stop"), usage_event(), DONE]))
    _, headers, body = gateway.call(STREAM)
    assert json.loads(provider.last.body)["stream_options"] == {"include_usage": True}
    assert b"usage" not in body
    assert body.endswith(DONE)
    row = gateway.row(headers["x-narrowgate-call-id"])
    assert (row["input_text"], row["output_text"], row["cost_usd_e9"]) == (10, 3, 16_000)


def test_usage_is_shown_to_a_client_that_asked(gateway: Gateway, provider: Provider) -> None:
    provider.reset(stream_of([delta("a"), delta(finish="stop"), usage_event(), DONE]))
    body = gateway.call({**STREAM, "stream_options": {"include_usage": True}})[2]
    assert usage_event() in body


def test_a_missing_done_is_not_forged(gateway: Gateway, provider: Provider) -> None:
    provider.reset(stream_of([delta("a"), delta(finish="stop")]))
    body = gateway.call(STREAM)[2]
    assert b"[DONE]" not in body
    assert b"error" not in body


@pytest.mark.parametrize("is_ended", [True, False])
def test_a_truncated_stream_ends_in_an_error_event(gateway: Gateway, provider: Provider, is_ended: bool) -> None:
    provider.reset(stream_of([delta("a"), delta("b"), b'data: {"half'], is_ended=is_ended))
    received = _raw_stream(gateway)
    assert b"upstream" in received
    assert b'"error"' in received
    assert b"half" not in received
    assert b"[DONE]" not in received
    assert not received.endswith(b"0\r\n\r\n"), "no client may take this for a whole body"


def test_an_error_as_first_event_becomes_a_status(gateway: Gateway, provider: Provider) -> None:
    event = b'data: {"error":{"message":"slow down","type":"rate_limit_error","code":"rate_limit_exceeded"}}\n\n'
    provider.reset(stream_of([b": processing\n\n", event]))
    status, _, body = gateway.call(STREAM)
    assert status == 429
    assert json.loads(body)["error"]["message"] == "slow down"


def test_a_silent_stream_gets_comments(gateway: Gateway, provider: Provider) -> None:
    def script(link: Link, _request: Request) -> None:
        link.begin_stream()
        link.chunk(delta("a"))
        time.sleep(1.0)
        link.chunk(delta(finish="stop") + DONE)
        link.end_stream()

    provider.reset(script)
    body = gateway.call(STREAM)[2]
    assert b": ping\n\n" in body
    assert body.replace(b": ping\n\n", b"") == delta("a") + delta(finish="stop") + DONE


def test_an_event_of_megabytes_passes(gateway: Gateway, provider: Provider) -> None:
    big = delta("x" * 3_000_000)
    provider.reset(
        stream_of([big[at : at + 60_000] for at in range(0, len(big), 60_000)] + [delta(finish="stop"), DONE])
    )
    assert gateway.call(STREAM)[2] == big + delta(finish="stop") + DONE


def test_responses_streams_are_whole_at_their_terminal_event(gateway: Gateway, provider: Provider) -> None:
    usage = {"input_tokens": 4, "output_tokens": 2, "total_tokens": 6}
    end = json.dumps({"type": "response.completed", "response": {"usage": usage}}).encode()
    pieces = [b"event: response.created\ndata: {}\n\n", b"event: response.completed\ndata: " + end + b"\n\n"]
    provider.reset(stream_of(pieces))
    _, headers, body = gateway.call({"model": "openai/m-1", "input": "hi", "stream": True}, "/v1/responses")
    assert body == b"".join(pieces)
    assert gateway.row(headers["x-narrowgate-call-id"])["output_text"] == 2


# -- faults -------------------------------------------------------------------------------------------


def test_a_rate_limit_keeps_status_words_and_retry_after(gateway: Gateway, provider: Provider) -> None:
    error = {"error": {"message": "slow", "type": "requests", "param": None, "code": "rate_limit_exceeded"}}
    provider.reset(lambda link, _request: link.json(error, 429, b"retry-after: 7\r\n"))
    status, headers, body = gateway.call(BODY)
    assert (status, headers["retry-after"], json.loads(body)) == (429, "7", error)


def test_refused_credentials_are_not_blamed_on_the_caller(gateway: Gateway, provider: Provider) -> None:
    error = {"error": {"message": f"Incorrect API key provided: {PROVIDER_KEY}", "code": "invalid_api_key"}}
    provider.reset(lambda link, _request: link.json(error, 401))
    status, _, body = gateway.call(BODY)
    assert status == 502
    assert PROVIDER_KEY.encode() not in body


def test_html_and_plain_text_errors_become_json(gateway: Gateway, provider: Provider) -> None:
    provider.reset(lambda link, _request: link.raw(b"<html>oops</html>", 503, b"content-type: text/html\r\n"))
    status, headers, body = gateway.call(BODY)
    assert (status, headers["content-type"]) == (503, "application/json")
    assert json.loads(body)["error"]["message"]


def test_a_redirect_is_not_followed(gateway: Gateway, provider: Provider) -> None:
    provider.reset(lambda link, _request: link.raw(b"", 302, b"location: http://127.0.0.1:1/\r\n"))
    assert gateway.call(BODY)[0] == 502
    assert len(provider.requests) == 1


def test_an_unreachable_provider_is_a_502(gateway: Gateway) -> None:
    status, _, body = gateway.call({**BODY, "model": "nobody/m"})
    assert status == 502
    assert "cannot be used" in json.loads(body)["error"]["message"]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
    ],
)
def test_an_answer_that_is_none_is_a_502(gateway: Gateway, provider: Provider, answer: bytes) -> None:
    def script(link: Link, _request: Request) -> None:
        link.send(answer)
        link.sock.shutdown(socket.SHUT_RDWR)

    provider.reset(script)
    assert gateway.call(BODY)[0] == 502


def test_a_reset_before_the_answer_is_a_502(gateway: Gateway, provider: Provider) -> None:
    provider.reset(lambda link, _request: link.reset())
    assert gateway.call(BODY)[0] == 502


def test_a_stale_connection_is_tried_once_more(gateway: Gateway, provider: Provider) -> None:
    gateway.call(BODY)
    seen: list[int] = []

    def script(link: Link, _request: Request) -> None:
        seen.append(1)
        if len(seen) == 1:
            link.sock.shutdown(socket.SHUT_RDWR)
        else:
            link.json(CHAT)

    provider.reset(script)
    assert gateway.call(BODY)[0] == 200
    assert len(seen) == 2


def test_answers_that_close_the_connection_are_whole(gateway: Gateway, provider: Provider) -> None:
    def script(link: Link, _request: Request) -> None:
        link.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{}")
        link.sock.shutdown(socket.SHUT_RDWR)

    provider.reset(script)
    assert gateway.call(BODY)[::2] == (200, b"{}")


def test_silence_before_the_head_is_a_504(gateway: Gateway, provider: Provider) -> None:
    provider.reset(lambda link, _request: link.wait_closed(5))
    began = time.monotonic()
    assert gateway.call({**BODY, "model": "impatient/m-1"})[0] == 504
    assert time.monotonic() - began < 2


def test_silence_before_the_first_token_is_told(gateway: Gateway, provider: Provider) -> None:
    def script(link: Link, _request: Request) -> None:
        link.begin_stream()
        link.wait_closed(5)

    provider.reset(script)
    assert b"upstream_timeout" in _raw_stream(gateway, "impatient/m-1")


def test_silence_in_the_middle_is_an_error_event(gateway: Gateway, provider: Provider) -> None:
    def script(link: Link, _request: Request) -> None:
        link.begin_stream()
        link.chunk(delta("a"))
        link.wait_closed(5)

    provider.reset(script)
    received = _raw_stream(gateway, "impatient/m-1")
    assert b"upstream_timeout" in received


def _raw_stream(gateway: Gateway, model: str = "openai/m-1") -> bytes:
    """Return every byte of a streamed answer, framing included."""
    body = json.dumps({**STREAM, "model": model}).encode()
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as sock:
        sock.sendall(post(body, "connection: close"))
        received = b""
        while piece := sock.recv(65536):
            received += piece
    return received


# -- clients that leave, and slow ones ------------------------------------------------------------------


@pytest.mark.parametrize("is_stream", [True, False])
def test_a_client_that_leaves_stops_the_provider(gateway: Gateway, provider: Provider, is_stream: bool) -> None:
    took: list[float | None] = []
    started, finished = threading.Event(), threading.Event()

    def script(link: Link, _request: Request) -> None:
        if is_stream:
            link.begin_stream()
            link.chunk(delta("a"))
        started.set()
        took.append(link.wait_closed(5))
        finished.set()

    provider.reset(script)
    body = json.dumps(STREAM if is_stream else BODY).encode()
    sock = socket.create_connection(("127.0.0.1", gateway.port))
    sock.sendall(post(body))
    assert started.wait(5)
    if is_stream:
        sock.recv(100)
    sock.close()
    assert finished.wait(5)
    assert took[0] is not None
    assert took[0] < 0.3
    assert wait_until(lambda: gateway.rows("SELECT * FROM usage WHERE fault = 'client_gone'"))


def test_a_slow_client_holds_the_provider_back(gateway: Gateway, provider: Provider) -> None:
    sent = [0]

    def script(link: Link, _request: Request) -> None:
        link.begin_stream()
        block = delta("x" * 60_000)
        link.sock.settimeout(1.0)
        try:
            for _ in range(2_000):  # 120 MB
                link.chunk(block)
                sent[0] += len(block)
        except OSError:
            link.reset()

    provider.reset(script)
    body = json.dumps(STREAM).encode()
    with socket.create_connection(("127.0.0.1", gateway.port)) as sock:
        sock.sendall(post(body))
        sock.recv(1000)
        time.sleep(1.5)
    assert sent[0] < 40_000_000
