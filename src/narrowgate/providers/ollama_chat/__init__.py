"""The family of Ollama's native chat."""

from collections.abc import Mapping

from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply
from narrowgate.providers.family import Decoder, Outgoing, Quirks
from narrowgate.providers.ollama_chat.answer import reply_of
from narrowgate.providers.ollama_chat.request import outgoing
from narrowgate.providers.ollama_chat.stream import StreamDecoder
from narrowgate.providers.refusal import refused


class OllamaChat:
    """Speaks to `/api/chat`."""

    @property
    def form(self) -> Form:
        """Ollama's chat."""
        return Form.OLLAMA_CHAT

    def to_wire(self, request: Request, model: str, quirks: Quirks) -> Outgoing:
        """Return `request` for `model`, and what had no place in it."""
        return outgoing(request, model, quirks)

    def from_wire(self, body: bytes, quirks: Quirks) -> Reply:  # noqa: ARG002 - Ollama alone is of this family
        """Return what a whole answer says; raises WireError, or Failed for an error in spite of its status."""
        return reply_of(body)

    def decoder(self, quirks: Quirks) -> Decoder:  # noqa: ARG002 - as above
        """Return what reads a streamed answer."""
        return StreamDecoder()

    def fault(self, status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
        """Return what an error answer says."""
        return refused(status, headers, body)


FAMILY = OllamaChat()
