"""Read predictions.

Source: https://replicate.com/docs/topics/predictions/lifecycle (read 2026-11).
"""

import re

import msgspec

from narrowgate.model.conversation import Form, Text
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage
from narrowgate.schemas.reading import read
from narrowgate.schemas.replicate import Metrics, Prediction
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound

_PREDICTION = msgspec.json.Decoder(Prediction)
_TEXT = msgspec.json.Decoder(str)
_TEXTS = msgspec.json.Decoder(list[str])
_MOST_TOKENS = 1_000_000_000
_MOST_WORDS = 2_000
_WITHOUT_END = frozenset({"starting", "processing"})
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # it becomes part of a path


def unfinished(body: bytes) -> str | None:
    """Return the id of a prediction that goes on, None of one that is over and of what is none."""
    try:
        told = read(_PREDICTION, body)
    except WireError:
        return None
    return told.id if told.status in _WITHOUT_END and _ID.fullmatch(told.id) else None


def succeeded(body: bytes) -> Prediction:
    """Return a prediction that is complete.

    Raises:
        WireError: the body is no prediction.
        Failed: it is not complete: it takes too long, or it failed.
    """
    told = read(_PREDICTION, sound(body))
    if told.status == "succeeded":
        return told
    if told.status in _WITHOUT_END or told.status == "aborted":
        message = f"the prediction was not complete in time ({told.status[:20]})"
        fault = Fault(FaultKind.UPSTREAM_TIMEOUT, message, code="prediction_timeout", request_id=told.id)
    else:
        words = _words(told.error) or f"the prediction ended as '{told.status[:20]}'"
        kind = FaultKind.UPSTREAM_REFUSED
        fault = Fault(kind, words, code="prediction_failed", upstream_status=502, request_id=told.id)
    raise Failed(fault)


def reply_of(body: bytes) -> Reply:
    """Return what a prediction of a model of language says.

    Raises:
        WireError, Failed: as `succeeded`.
    """
    told = succeeded(body)
    choice = Choice((Text("".join(texts_of(told.output))),), Finish.STOP)
    return Reply(Form.REPLICATE, told.id, told.model or "", (choice,), _usage(told.metrics))


def texts_of(output: msgspec.Raw) -> list[str]:
    """Return an output's texts: one, or a list of them; of any other the JSON."""
    raw = bytes(output)
    if raw == b"null":
        return []
    if raw.startswith(b'"'):
        return [read(_TEXT, output)]
    try:
        return read(_TEXTS, output)
    except WireError:
        return [raw.decode()]


def _usage(metrics: Metrics | None) -> Usage | None:
    if metrics is None or metrics.input_token_count is None or metrics.output_token_count is None:
        return None
    given, made = int(metrics.input_token_count), int(metrics.output_token_count)
    if not (0 <= given <= _MOST_TOKENS and 0 <= made <= _MOST_TOKENS):
        return None
    return Usage(input_text=given, output_text=made)


def _words(error: msgspec.Raw) -> str:
    raw = bytes(error)
    if raw == b"null":
        return ""
    return (read(_TEXT, error) if raw.startswith(b'"') else raw.decode())[:_MOST_WORDS]
