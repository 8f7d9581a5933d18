"""The family of Replicate: one prediction a call, asked for with a prompt and waited for.

Its streams come from another address that only the answer names, so answers come whole here: a client that wants a
stream gets the whole answer as one. A prediction that takes longer than Replicate waits is asked for until it is over
(`pipeline/polling.py`).
"""

from collections.abc import Mapping

from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Event, Reply
from narrowgate.providers.family import Decoder, Outgoing, Quirks
from narrowgate.providers.refusal import refused
from narrowgate.providers.replicate.prediction import reply_of
from narrowgate.providers.replicate.request import outgoing
from narrowgate.wire.errors import WireError


class Replicate:
    """Speaks to `/v1/predictions`."""

    @property
    def form(self) -> Form:
        """Replicate's predictions."""
        return Form.REPLICATE

    def to_wire(self, request: Request, model: str, quirks: Quirks) -> Outgoing:  # noqa: ARG002 - it is alone
        """Return `request` for `model`, and what had no place in it."""
        return outgoing(request, model)

    def from_wire(self, body: bytes, quirks: Quirks) -> Reply:  # noqa: ARG002 - as above
        """Return what a prediction says; raises WireError, or Failed for one that did not succeed."""
        return reply_of(body)

    def decoder(self, quirks: Quirks) -> Decoder:  # noqa: ARG002 - as above
        """Return what refuses a stream."""
        return _NoStream()

    def fault(self, status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
        """Return what an error answer says."""
        return refused(status, headers, body)


class _NoStream:
    """Predictions are not streamed where they are made."""

    def feed(self, data: bytes) -> list[Event]:
        """Refuse what is no prediction."""
        if data:
            raise WireError("expected a prediction as JSON, got a stream")
        return []

    def end(self) -> list[Event]:
        """Nothing remains."""
        return []


FAMILY = Replicate()
