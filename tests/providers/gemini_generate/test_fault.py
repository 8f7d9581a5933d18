"""What Google complains of is told in its words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.fault import FaultKind
from narrowgate.providers.family import Quirks
from narrowgate.providers.gemini_generate import FAMILY
from narrowgate.providers.gemini_generate.fault import fault_of, reported
from narrowgate.schemas.gemini_generate import ErrorObject

ERROR = {
    "code": 429,
    "message": "Quota exceeded.",
    "status": "RESOURCE_EXHAUSTED",
    "details": [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": "q"}]},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "48.2s"},
    ],
}


@pytest.mark.parametrize("body", [{"error": ERROR}, [{"error": ERROR}]])
def test_words_code_and_wait_are_kept(body: object) -> None:
    found = fault_of(429, {}, json.dumps(body).encode())
    assert found.kind is FaultKind.UPSTREAM_REFUSED
    assert (found.message, found.code, found.upstream_type) == ("Quota exceeded.",) + ("RESOURCE_EXHAUSTED",) * 2
    assert (found.upstream_status, found.retry_after_s) == (429, 49)


def test_a_header_says_better_when_to_try_again() -> None:
    found = fault_of(429, {b"retry-after": b"7", b"x-request-id": b"r"}, json.dumps({"error": ERROR}).encode())
    assert (found.retry_after_s, found.request_id) == (7, "r")


def test_the_reason_is_the_code_where_there_is_one() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    found = fault_of(400, {}, json.dumps({"error": {**ERROR, "details": details}}).encode())
    assert found.code == "API_KEY_INVALID"


@pytest.mark.parametrize("status", [401, 403])
def test_the_gateways_own_credentials_are_not_talked_about(status: int) -> None:
    found = FAMILY.fault(status, {}, b'{"error":{"message":"key AIza123 is wrong"}}')
    assert found.upstream_status == 502
    assert "AIza" not in found.message


def test_an_error_without_words_has_some() -> None:
    assert reported(ErrorObject()).message
    assert reported(ErrorObject(code=404)).upstream_status == 404


@given(st.integers(400, 599), st.binary() | st.sampled_from([b"[]", b'{"error":"x"}', b'{"error":{"details":3}}']))
def test_any_body_makes_a_fault(status: int, body: bytes) -> None:
    assert fault_of(status, {}, body).message
    assert FAMILY.decoder(Quirks()) is not None
