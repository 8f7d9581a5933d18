"""What hostile, broken and slow clients get: a clear refusal, and nothing reaches the provider."""

import json
import socket
import time

import pytest

from tests.e2e.gateway import KEY, Gateway, exchange, post
from tests.e2e.provider import Provider

pytestmark = pytest.mark.slow

CHAT = json.dumps({"model": "openai/m-1", "messages": [{"role": "user", "content": "hi"}]}).encode()
HEAD = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\n".encode()
NEXT = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"

SMUGGLING = {
    "length and chunks": HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + NEXT,
    "chunks and length": HEAD + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n" + NEXT,
    "two lengths": HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello" + NEXT,
    "the same length twice": HEAD + b"content-length: 5\r\ncontent-length: 5\r\n\r\nhello",
    "a list of lengths": HEAD + b"content-length: 5, 5\r\n\r\nhello",
    "a signed length": HEAD + b"content-length: +5\r\n\r\nhello",
    "a negative length": HEAD + b"content-length: -5\r\n\r\nhello",
    "a hexadecimal length": HEAD + b"content-length: 0x5\r\n\r\nhello",
    "a huge length": HEAD + b"content-length: 99999999999999999999999\r\n\r\nhello",
    "an empty length": HEAD + b"content-length:\r\n\r\nhello",
    "another coding": HEAD + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "identity": HEAD + b"transfer-encoding: identity\r\n\r\nhello",
    "chunked among others": HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked before others": HEAD + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked twice": HEAD + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked with a tab": HEAD + b"transfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "space before the colon": HEAD + b"content-length : 5\r\n\r\nhello",
    "a folded line": HEAD + b"x-a: b\r\n content-length: 5\r\n\r\n",
    "a bare carriage return": HEAD + b"x-a: b\rcontent-length: 5\r\n\r\nhello",
    "a zero byte": HEAD + b"x-a: b\x00c\r\n\r\n",
    "a header without a name": HEAD + b": b\r\n\r\n",
    "a header with a space": HEAD + b"x a: b\r\n\r\n",
    "two hosts": b"GET /health/live HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
    "no host": b"GET /health/live HTTP/1.1\r\n\r\n",
    "HTTP/0.9": b"GET /health/live\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another version": b"GET /health/live HTTP/3.7\r\nhost: x\r\n\r\n",
    "a space in the target": b"GET /health/live x HTTP/1.1\r\nhost: x\r\n\r\n",
    "no method": b" /health/live HTTP/1.1\r\nhost: x\r\n\r\n",
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a chunk without a size": HEAD + b"transfer-encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n",
    "a chunk size that overflows": HEAD + b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n",
    "a negative chunk": HEAD + b"transfer-encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a hexadecimal prefix": HEAD + b"transfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk that does not end": HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
}


@pytest.mark.parametrize("shape", SMUGGLING)
def test_an_ambiguous_request_is_refused_and_the_connection_closed(
    split: Gateway, provider: Provider, shape: str
) -> None:
    provider.reset()
    answer = exchange(split.port, SMUGGLING[shape], timeout_s=2)
    assert answer.startswith(b"HTTP/1.1 4"), answer
    assert answer.count(b"HTTP/1.1 ") == 1, "what follows an ambiguous request is no request"
    assert b"connection: close" in answer
    assert not provider.requests


BAD_JSON = {
    "empty": b"",
    "truncated": b'{"model": "openai/m-1", "messages": [',
    "not an object": b"[]",
    "trailing": CHAT + b"x",
    "invalid UTF-8": b'{"model":"openai/m-1","x":"\xff"}',
    "invalid UTF-8 in the model": b'{"model":"\xff\xfe"}',
    "deeply nested": b'{"model":"openai/m-1","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a number as model": b'{"model":12}',
    "a list as model": b'{"model":["a"]}',
    "a word as stream": b'{"model":"openai/m-1","stream":"yes"}',
    "no model": b'{"messages":[]}',
    "a null model": b'{"model":null}',
    "an empty model": b'{"model":""}',
    "single quotes": b"{'model':'x'}",
    "not a number": b'{"model":"openai/m-1","temperature":NaN}',
}


@pytest.mark.parametrize("case", BAD_JSON)
def test_a_malformed_body_is_a_400_that_says_where(split: Gateway, provider: Provider, case: str) -> None:
    provider.reset()
    status, _, body = split.call(BAD_JSON[case])
    assert status == 400
    error = json.loads(body)["error"]
    assert error["type"] == "invalid_request_error"
    assert error["message"]
    assert not provider.requests


def test_an_unknown_model_is_a_404(split: Gateway) -> None:
    status, _, body = split.call({"model": "what/ever", "messages": []})
    assert (status, json.loads(body)["error"]["code"]) == (404, "model_not_found")


def test_an_unsupported_operation_says_so(split: Gateway) -> None:
    status, _, body = split.call({"model": "openai/m-1", "query": "x", "documents": []}, "/v1/rerank")
    assert (status, json.loads(body)["error"]["code"]) in {(400, "unsupported_operation"), (200, None)}


def test_ten_pipelined_requests_are_answered_in_order(split: Gateway, provider: Provider) -> None:
    provider.reset(lambda link, request: link.raw(request.body, headers=b"content-type: application/json\r\n"))
    bodies = [CHAT.replace(b'"hi"', f'"number {n}"'.encode()) for n in range(10)]
    answer = exchange(split.port, b"".join(map(post, bodies)), timeout_s=1.5)
    assert answer.count(b"HTTP/1.1 200") == 10
    places = [answer.index(f'"number {n}"'.encode()) for n in range(10)]
    assert places == sorted(places)


def test_pages_and_calls_can_be_pipelined_together(split: Gateway, provider: Provider) -> None:
    provider.reset()
    answer = exchange(split.port, NEXT + post(CHAT) + NEXT + post(b"{") + NEXT, timeout_s=1.5)
    found = [line for line in answer.split(b"\r\n") if b"HTTP/1.1" in line]
    assert [line.rpartition(b"HTTP/1.1")[2][:4] for line in found] == [b" 200", b" 200", b" 200", b" 400", b" 200"]


def test_a_request_in_single_bytes_is_a_request(split: Gateway, provider: Provider) -> None:
    provider.reset()
    assert exchange(split.port, post(CHAT), timeout_s=1, step=1).startswith(b"HTTP/1.1 200")


def test_a_chunked_request_arrives_whole(split: Gateway, provider: Provider) -> None:
    provider.reset()
    chunks = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (10, CHAT[:10], len(CHAT) - 10, CHAT[10:])
    answer = exchange(split.port, HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunks, timeout_s=1)
    assert answer.startswith(b"HTTP/1.1 200")
    assert provider.last.body == CHAT.replace(b"openai/m-1", b"m-1")


def test_a_client_that_asks_first_is_told_to_go_on(split: Gateway, provider: Provider) -> None:
    provider.reset()
    with socket.create_connection(("127.0.0.1", split.port), timeout=5) as sock:
        sock.sendall(post(b"", "expect: 100-continue").replace(b"content-length: 0", b"content-length: %d" % len(CHAT)))
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(CHAT)
        assert sock.recv(100).startswith(b"HTTP/1.1 200")


def test_an_old_client_gets_an_unchunked_answer(split: Gateway, provider: Provider) -> None:
    provider.reset()
    request = post(CHAT).replace(b"HTTP/1.1", b"HTTP/1.0")
    answer = exchange(split.port, request, timeout_s=2)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nhost: x\r\n" + b"".join(b"x-%d: a\r\n" % n for n in range(150)) + b"\r\n", 431),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 431),
        (HEAD + b"content-length: 20000001\r\n\r\n", 413),
        (
            HEAD
            + b"transfer-encoding: chunked\r\n\r\n"
            + b"1000000\r\n"
            + b"a" * 16_777_216
            + b"\r\n"
            + b"1000000\r\n"
            + b"a" * 5_000_000,
            413,
        ),
        (b"DELETE /health/live HTTP/1.1\r\nhost: x\r\n\r\n", 405),
        (b"GET /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", 426),
    ],
    ids=["long header", "many headers", "long target", "long body", "long chunks", "wrong method", "websocket"],
)
def test_what_is_too_much_is_refused(split: Gateway, request_bytes: bytes, status: int) -> None:
    answer = exchange(split.port, request_bytes, timeout_s=3)
    assert answer.startswith(b"HTTP/1.1 %d" % status), answer[:200]


@pytest.mark.parametrize("begun", [b"", b"POST /v1", HEAD, HEAD + b"content-length: 100\r\n\r\n{"])
def test_a_slow_client_is_let_go(split: Gateway, begun: bytes) -> None:
    start = time.monotonic()
    answer = exchange(split.port, begun, timeout_s=4)
    assert time.monotonic() - start < 3
    assert not answer or answer.startswith(b"HTTP/1.1 408")


def test_the_clients_address_is_what_a_trusted_proxy_says(split: Gateway, provider: Provider) -> None:
    provider.reset()
    body = {"model": "openai/m-1", "messages": []}
    headers = split.call(body, x_forwarded_for="1.1.1.1, 203.0.113.9")[1]
    assert split.row(headers["x-narrowgate-call-id"])["client_address"] == "203.0.113.9"


def test_browsers_of_other_origins_get_no_permission(split: Gateway) -> None:
    answer = split.request("OPTIONS", "/v1/chat/completions", None, {"origin": "https://evil.example"})
    assert answer[0] == 204
    assert not [name for name in answer[1] if name.startswith("access-control")]
