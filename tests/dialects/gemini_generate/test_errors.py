"""Faults look as Google's errors do."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.gemini_generate.errors import render_fault
from narrowgate.model.fault import Fault, FaultKind


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (Fault(FaultKind.BAD_REQUEST, "m"), 400, "INVALID_ARGUMENT"),
        (Fault(FaultKind.UNAUTHENTICATED, "m"), 401, "UNAUTHENTICATED"),
        (Fault(FaultKind.RATE_LIMITED, "m"), 429, "RESOURCE_EXHAUSTED"),
        (Fault(FaultKind.UPSTREAM_TIMEOUT, "m"), 504, "DEADLINE_EXCEEDED"),
        (
            Fault(FaultKind.UPSTREAM_REFUSED, "m", upstream_status=529, upstream_type="overloaded_error"),
            529,
            "INTERNAL",
        ),
        (Fault(FaultKind.UPSTREAM_REFUSED, "m", upstream_status=418), 418, "INVALID_ARGUMENT"),
        (
            Fault(FaultKind.UPSTREAM_REFUSED, "m", upstream_status=400, upstream_type="FAILED_PRECONDITION"),
            400,
            "FAILED_PRECONDITION",
        ),
    ],
)
def test_each_has_googles_word(fault: Fault, code: int, status: str) -> None:
    body = render_fault(fault)
    assert body.startswith(b'{"error":')
    error = json.loads(body)["error"]
    assert (error["code"], error["message"], error["status"]) == (code, "m", status)


def test_details_say_where_and_when() -> None:
    details = json.loads(render_fault(Fault(FaultKind.BAD_REQUEST, "m", "a.b", "odd code", 3)))["error"]["details"]
    assert [detail["@type"].rpartition(".")[2] for detail in details] == ["ErrorInfo", "BadRequest", "RetryInfo"]
    assert details[0]["reason"] == "ODD_CODE"
    assert details[1]["fieldViolations"][0]["field"] == "a.b"
    assert details[2]["retryDelay"] == "3s"


@given(st.sampled_from(FaultKind), st.none() | st.text())
def test_every_fault_can_be_shown(kind: FaultKind, code: str | None) -> None:
    assert json.loads(render_fault(Fault(kind, "m", code=code)))["error"]["details"][0]["reason"]
