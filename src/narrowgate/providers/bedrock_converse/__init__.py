"""AWS Bedrock's Converse API, one form for all the models Bedrock has."""

from collections.abc import Mapping

from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply
from narrowgate.providers.bedrock_converse.answer import from_wire
from narrowgate.providers.bedrock_converse.faults import fault_of
from narrowgate.providers.bedrock_converse.request import to_wire
from narrowgate.providers.bedrock_converse.stream import ConverseDecoder
from narrowgate.providers.family import Decoder, Outgoing, Quirks

__all__ = ["FAMILY"]


class BedrockConverse:
    """The family of `/model/{id}/converse` and `/model/{id}/converse-stream`."""

    form = Form.BEDROCK_CONVERSE

    def to_wire(self, request: Request, model: str, quirks: Quirks) -> Outgoing:
        """Return `request` for `model`, which with streaming is in the path."""
        return to_wire(request, model, quirks)

    def from_wire(self, body: bytes, quirks: Quirks) -> Reply:
        """Return what a whole answer says."""
        del quirks  # answers do not differ
        return from_wire(body)

    def decoder(self, quirks: Quirks) -> Decoder:
        """Return what reads a streamed answer."""
        del quirks  # answers do not differ
        return ConverseDecoder()

    def fault(self, status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
        """Return what an answer of `status` >= 400 says."""
        return fault_of(status, headers, body)


FAMILY = BedrockConverse()
