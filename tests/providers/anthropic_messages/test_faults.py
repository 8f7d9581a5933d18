import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.providers.anthropic_messages.faults import fault_in, fault_of


def test_the_providers_words_type_and_name_of_the_exchange_are_kept() -> None:
    body = b'{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: too large","code":"c"}}'
    assert fault_of(400, {b"request-id": b"req_1"}, body) == Fault(
        FaultKind.UPSTREAM_REFUSED,
        "max_tokens: too large",
        code="c",
        upstream_status=400,
        upstream_type="invalid_request_error",
        request_id="req_1",
    )
    assert fault_of(400, {}, b'{"error":{"message":"x"},"request_id":"req_2"}').request_id == "req_2"


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_the_gateways_and_no_word_of_them_is_shown(status: int) -> None:
    fault = fault_of(
        status, {}, b'{"error":{"type":"authentication_error","message":"invalid x-api-key sk-ant-secret"}}'
    )
    assert fault.upstream_status == 502
    assert fault.message == "the provider refused the gateway's credentials"
    assert fault.upstream_type is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({b"retry-after": b"7"}, 7),
        ({b"retry-after": b"1.2"}, 2),
        ({b"retry-after": b"9", b"retry-after-ms": b"1500"}, 2),
        ({b"retry-after": b"Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({b"retry-after": b"nan"}, None),
        ({b"retry-after": b"-1"}, None),
        ({b"retry-after": b"\xff"}, None),
        ({}, None),
    ],
)
def test_when_to_try_again_is_kept_when_it_is_a_number(headers: dict[bytes, bytes], seconds: int | None) -> None:
    assert fault_of(429, headers, b"").retry_after_s == seconds


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the provider answered with status 500"),
        (b"<html><b>502</b></html>", "the provider answered with status 500"),
        (b"upstream timed out", "upstream timed out"),
        (b'{"detail":[{"msg":"field required"}]}', "field required"),
        (b'{"error":"no"}', "no"),
        (b'{"message":"gone"}', "gone"),
        (b"[]", "the provider answered with status 500"),
    ],
)
def test_errors_of_any_shape_are_read(body: bytes, words: str) -> None:
    assert fault_of(500, {}, body).message == words


def test_an_error_in_a_stream_has_the_status_of_its_type() -> None:
    fault = fault_in(b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}')
    assert (fault.upstream_status, fault.message, fault.upstream_type) == (529, "Overloaded", "overloaded_error")
    assert fault_in(b'{"error":{"type":"permission_error","message":"key"}}').upstream_status == 502
    assert fault_in(b"{}").message == "the provider broke off with an error"


@pytest.mark.slow
@given(st.binary(max_size=80) | st.builds(msgspec.json.encode, st.recursive(st.text(), st.lists)))
def test_any_body_makes_a_fault(body: bytes) -> None:
    assert fault_of(500, {}, body).message
    assert fault_in(body).message
