import json

import pytest

from narrowgate.dialects.openai_responses.errors import code_in_stream, error_of, render_fault
from narrowgate.model.fault import Fault, FaultKind


def test_a_provider_is_quoted_with_its_code_type_and_param() -> None:
    fault = Fault(
        FaultKind.UPSTREAM_REFUSED, "no such model", "model", "model_not_found", None, 400, "invalid_request_error"
    )
    assert json.loads(render_fault(fault)) == {
        "error": {
            "message": "no such model",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }
    }


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Fault(FaultKind.BAD_REQUEST, "x", "model"), "invalid_request_error", "bad_request"),
        (Fault(FaultKind.UNAUTHENTICATED, "x"), "authentication_error", "unauthenticated"),
        (Fault(FaultKind.FORBIDDEN, "x"), "permission_error", "forbidden"),
        (Fault(FaultKind.RATE_LIMITED, "x"), "rate_limit_error", "rate_limited"),
        (Fault(FaultKind.OVER_BUDGET, "x"), "insufficient_quota", "over_budget"),
        (Fault(FaultKind.OVERLOADED, "x"), "overloaded_error", "overloaded"),
        (Fault(FaultKind.INTERNAL, "x"), "server_error", "internal"),
        (Fault(FaultKind.UPSTREAM_REFUSED, "x", upstream_status=529), "server_error", None),
    ],
)
def test_faults_have_types_of_openai(fault: Fault, kind: str, code: str | None) -> None:
    error = error_of(fault)
    assert (error["type"], error["code"]) == (kind, code)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(FaultKind.UPSTREAM_BROKEN, "x"), "server_error"),
        (Fault(FaultKind.UPSTREAM_REFUSED, "x", upstream_status=429), "rate_limit_exceeded"),
        (Fault(FaultKind.UPSTREAM_REFUSED, "x", upstream_status=503), "server_is_overloaded"),
        (Fault(FaultKind.UPSTREAM_REFUSED, "x", code="context_length_exceeded"), "context_length_exceeded"),
    ],
)
def test_a_failed_response_has_a_code_to_decide_by(fault: Fault, code: str) -> None:
    assert code_in_stream(fault) == code
