"""A provider's words arrive, whatever shape they come in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.fault import FaultKind
from narrowgate.providers.openai_chat.fault import error_in, fault_of, streamed_fault
from narrowgate.schemas.openai_chat_answer import Answer, Choice


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "too long", "type": "t", "param": "messages", "code": "c"}},
        {"object": "error", "message": "too long", "type": "t", "param": "messages", "code": "c"},
        [{"error": {"message": "too long", "type": "t", "param": "messages", "code": "c"}}],
    ],
)
def test_words_code_type_and_param_are_kept(body: object) -> None:
    fault = fault_of(400, {b"x-request-id": b"r1"}, json.dumps(body).encode())
    assert fault.kind is FaultKind.UPSTREAM_REFUSED
    assert (fault.message, fault.upstream_type, fault.param, fault.code) == ("too long", "t", "messages", "c")
    assert (fault.upstream_status, fault.request_id) == (400, "r1")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"code":"text","error":"words"}', "words"),
        (b'{"detail":"words"}', "words"),
        (b'{"detail":[{"msg":"words","loc":["body"]}]}', "words"),
        (b'{"error":{"code":1,"metadata":{}}}', "the provider answered with status 500"),
        (b"words", "words"),
        (b"<html>words</html>", "the provider answered with status 500"),
        (b"", "the provider answered with status 500"),
        (b"\xff\xfe", "��"),
        (b'{"error":"wrong sk-abcdefghijklmnopqrst here"}', "wrong … here"),
    ],
)
def test_the_message_is_found_in_any_body(body: bytes, message: str) -> None:
    assert fault_of(500, {}, body).message == message


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_the_gateways_and_not_quoted(status: int) -> None:
    fault = fault_of(status, {}, b'{"error":{"message":"wrong key abc","code":"invalid_api_key"}}')
    assert fault.message == "the provider refused the gateway's credentials"
    assert fault.upstream_status == 502


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({b"retry-after": b"2"}, 2),
        ({b"retry-after": b"1.2"}, 2),
        ({b"retry-after-ms": b"1500"}, 2),
        ({b"retry-after-ms": b"10", b"retry-after": b"1"}, 1),
        ({b"retry-after": b"Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({b"retry-after": b"nan"}, None),
        ({b"retry-after": b"-1"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_in_whole_seconds(headers: dict[bytes, bytes], wait_s: int | None) -> None:
    assert fault_of(429, headers, b"").retry_after_s == wait_s


@given(st.integers(400, 599), st.binary())
def test_any_body_makes_a_fault(status: int, body: bytes) -> None:
    assert fault_of(status, {}, body).message


def test_a_word_stands_for_a_status() -> None:
    assert streamed_fault(b'{"message":"x","type":"rate_limit_error"}').upstream_status == 429
    assert streamed_fault(b'{"message":"x","status_code":401}').upstream_status == 502


def test_an_error_is_found_in_the_answer_or_its_choices() -> None:
    assert error_in(Answer()) is None
    assert error_in(Answer(choices=[Choice()])) is None
