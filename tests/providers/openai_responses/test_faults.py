import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.fault import FaultKind
from narrowgate.providers.openai_responses.faults import broken, fault
from narrowgate.schemas.openai_responses import Error


def test_the_words_code_and_type_of_openai_are_kept() -> None:
    error = {"message": "no such model", "type": "invalid_request_error", "param": "model", "code": "model_not_found"}
    told = fault(400, {b"x-request-id": b"req_1"}, json.dumps({"error": error}).encode())
    assert (told.kind, told.message, told.param) == (FaultKind.UPSTREAM_REFUSED, "no such model", "model")
    assert (told.code, told.upstream_type) == ("model_not_found", "invalid_request_error")
    assert (told.upstream_status, told.request_id) == (400, "req_1")


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        (b'{"code":"invalid-argument","error":"bad"}', "bad", "invalid-argument"),
        (b'{"detail":"bad"}', "bad", None),
        (b'{"detail":[{"msg":"bad"}]}', "bad", None),
        (b'{"error":{"message":"bad","code":400}}', "bad", "400"),
        (b"bad", "bad", None),
        (b"<html>502</html>", "the provider answered with status 500 and no words", None),
        (b"", "the provider answered with status 500 and no words", None),
        (b"\xff", "\ufffd", None),
        (b"[]", "the provider answered with status 500 and no words", None),
    ],
)
def test_words_are_found_in_any_shape(body: bytes, message: str, code: str | None) -> None:
    told = fault(500, {}, body)
    assert (told.message, told.code) == (message, code)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_the_gateways_and_are_not_quoted(status: int) -> None:
    told = fault(status, {}, b'{"error":{"message":"Incorrect API key provided: sk-1","code":"invalid_api_key"}}')
    assert told.upstream_status == 502
    assert told.message == "the provider refused the gateway's credentials"


@pytest.mark.parametrize(
    ("name", "value", "seconds"),
    [
        (b"retry-after", b"2", 2),
        (b"retry-after", b"1.2", 2),
        (b"retry-after-ms", b"1500", 2),
        (b"retry-after", b"Wed, 21 Oct 2026 07:28:00 GMT", None),
        (b"retry-after", b"-1", None),
        (b"retry-after", b"nan", None),
        (b"retry-after", b"inf", None),
    ],
)
def test_the_wait_is_read_where_it_is_a_number(name: bytes, value: bytes, seconds: int | None) -> None:
    assert fault(429, {name: value}, b"").retry_after_s == seconds


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (Error("slow", None, "rate_limit_exceeded"), 429, "slow"),
        (Error("bad", "invalid_request_error"), 400, "bad"),
        (Error("oh", None, "server_error"), 500, "oh"),
        ("oh", 502, "oh"),
        (None, 502, "the provider failed without saying why"),
        (Error("key sk-1", None, "invalid_api_key"), 502, "the provider refused the gateway's credentials"),
    ],
)
def test_an_error_inside_an_answer_gets_a_status_of_its_code(
    error: Error | str | None, status: int, message: str
) -> None:
    told = broken(error)
    assert (told.upstream_status, told.message) == (status, message)


@given(
    st.integers(400, 599), st.dictionaries(st.sampled_from([b"retry-after", b"x-request-id"]), st.binary()), st.binary()
)
def test_any_answer_is_a_fault(status: int, headers: dict[bytes, bytes], body: bytes) -> None:
    assert fault(status, headers, body).message
