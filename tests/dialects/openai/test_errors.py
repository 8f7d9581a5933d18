import json

import pytest

from narrowgate.dialects.openai.errors import render_event, render_fault, render_responses_event
from narrowgate.model.fault import Fault, FaultKind


@pytest.mark.parametrize("kind", FaultKind)
def test_every_kind_has_openais_shape(kind: FaultKind) -> None:
    error = json.loads(render_fault(Fault(kind, "what happened", param="model")))["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert (error["message"], error["param"], error["code"]) == ("what happened", "model", kind.value)


def test_a_code_of_its_own_wins() -> None:
    body = json.loads(render_fault(Fault(FaultKind.RATE_LIMITED, "slow", code="rate_limit_exceeded")))
    assert body["error"]["code"] == "rate_limit_exceeded"


def test_events_are_whole_events() -> None:
    fault = Fault(FaultKind.UPSTREAM_BROKEN, 'with "quotes" and\nlines')
    event = render_event(fault)
    assert event.startswith(b"data: {")
    assert event.count(b"\n") == 2
    named = render_responses_event(fault, 7)
    assert named.startswith(b"event: error\ndata: {")
    assert json.loads(named.split(b"data: ")[1])["sequence_number"] == 7


@pytest.mark.parametrize(
    ("status", "word", "shown"),
    [
        (400, None, "invalid_request_error"),
        (404, "NOT_FOUND", "invalid_request_error"),
        (429, "tokens", "tokens"),
        (429, None, "rate_limit_error"),
        (502, "invalid_request_error", "invalid_request_error"),
        (502, None, "upstream_error"),
        (529, "overloaded_error", "overloaded_error"),
    ],
)
def test_what_a_provider_reported_has_a_type_by_its_status(status: int, word: str | None, shown: str) -> None:
    fault = Fault(FaultKind.UPSTREAM_REFUSED, "no", upstream_status=status, upstream_type=word)
    assert json.loads(render_fault(fault))["error"]["type"] == shown
