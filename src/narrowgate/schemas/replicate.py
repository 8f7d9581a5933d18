"""Replicate's predictions.

Source: https://replicate.com/docs/reference/http#predictions.create (read 2026-11).
"""

import msgspec

_NULL = msgspec.Raw(b"null")


class Metrics(msgspec.Struct, gc=False):
    """What a prediction took; tokens only of models of language."""

    input_token_count: int | float | None = None
    output_token_count: int | float | None = None


class Prediction(msgspec.Struct):
    """One run of a model. `status` is starting, processing, succeeded, failed, canceled or aborted."""

    id: str
    status: str
    output: msgspec.Raw = _NULL
    error: msgspec.Raw = _NULL
    model: str | None = None
    metrics: Metrics | None = None
