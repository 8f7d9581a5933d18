"""The family of Gemini's generateContent: AI Studio and Vertex AI."""

from collections.abc import Mapping

from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply
from narrowgate.providers.family import Decoder, Family, Outgoing, Quirks
from narrowgate.providers.gemini_generate.answer import reply_of
from narrowgate.providers.gemini_generate.fault import fault_of
from narrowgate.providers.gemini_generate.request import outgoing
from narrowgate.providers.gemini_generate.stream import GeminiDecoder


class GeminiFamily:
    """Speaks generateContent with providers. Model and streaming are in the path, which is not made here."""

    form = Form.GEMINI_GENERATE

    def to_wire(self, request: Request, model: str, quirks: Quirks) -> Outgoing:
        """Return `request` for `model`."""
        return outgoing(request, model, quirks)

    def from_wire(self, body: bytes, quirks: Quirks) -> Reply:  # noqa: ARG002 - as every family
        """Return what a whole answer says."""
        return reply_of(body)

    def decoder(self, quirks: Quirks) -> Decoder:  # noqa: ARG002 - as every family
        """Return what reads a streamed answer."""
        return GeminiDecoder()

    def fault(self, status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
        """Return what an answer of `status` says."""
        return fault_of(status, headers, body)


FAMILY: Family = GeminiFamily()
