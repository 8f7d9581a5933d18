import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.conversation import Text
from narrowgate.model.fault import Failed, FaultKind
from narrowgate.model.reply import Finish
from narrowgate.model.usage import Usage
from narrowgate.providers.replicate.prediction import reply_of, unfinished
from narrowgate.wire.errors import WireError


def told(**members: object) -> bytes:
    return json.dumps({"id": "p1", "model": "meta/llama", "status": "succeeded", **members}).encode()


@pytest.mark.parametrize(
    ("output", "text"), [("Hi", "Hi"), (["H", "i"], "Hi"), (None, ""), ({"a": 1}, '{"a": 1}'), ([1], "[1]")]
)
def test_an_output_is_text(output: object, text: str) -> None:
    reply = reply_of(told(output=output, metrics={"input_token_count": 3, "output_token_count": 2.0}))
    assert reply.choices[0].parts == (Text(text),)
    assert reply.choices[0].finish is Finish.STOP
    assert (reply.id, reply.model) == ("p1", "meta/llama")
    assert reply.usage == Usage(input_text=3, output_text=2)


@pytest.mark.parametrize("metrics", [None, {"predict_time": 1.5}, {"input_token_count": -1, "output_token_count": 2}])
def test_what_it_took_may_be_untold(metrics: object) -> None:
    assert reply_of(told(output="x", metrics=metrics)).usage is None


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        ("starting", FaultKind.UPSTREAM_TIMEOUT, "the prediction was not complete in time (starting)"),
        ("processing", FaultKind.UPSTREAM_TIMEOUT, "the prediction was not complete in time (processing)"),
        ("aborted", FaultKind.UPSTREAM_TIMEOUT, "the prediction was not complete in time (aborted)"),
        ("canceled", FaultKind.UPSTREAM_REFUSED, "the prediction ended as 'canceled'"),
        ("failed", FaultKind.UPSTREAM_REFUSED, "out of memory"),
    ],
)
def test_one_that_did_not_succeed_is_a_fault(status: str, kind: FaultKind, words: str) -> None:
    error = "out of memory" if status == "failed" else None
    with pytest.raises(Failed) as raised:
        reply_of(told(status=status, error=error, output="half"))
    fault = raised.value.fault
    assert (fault.kind, fault.message, fault.request_id) == (kind, words, "p1")


@given(st.binary(max_size=40))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        reply_of(junk)


@pytest.mark.parametrize(
    ("body", "identifier"),
    [
        (told(status="starting"), "p1"),
        (told(status="processing", output=["H"]), "p1"),
        (told(status="succeeded"), None),
        (told(status="failed"), None),
        (told(status="aborted"), None),
        (told(status="starting", id="../p1"), None),
        (b'{"detail":"later"}', None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_what_goes_on_is_known_by_its_id(body: bytes, identifier: str | None) -> None:
    assert unfinished(body) == identifier
