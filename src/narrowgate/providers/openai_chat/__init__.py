"""The family of OpenAI's chat completions and all that imitate them."""

from collections.abc import Mapping

from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply
from narrowgate.providers.family import Decoder, Family, Outgoing, Quirks
from narrowgate.providers.openai_chat.answer import read_answer
from narrowgate.providers.openai_chat.fault import fault_of
from narrowgate.providers.openai_chat.request import write_request
from narrowgate.providers.openai_chat.stream import ChatDecoder


class OpenAIChat:
    """Speaks chat completions to a provider."""

    form = Form.OPENAI_CHAT

    def to_wire(self, request: Request, model: str, quirks: Quirks) -> Outgoing:
        """Return `request` for `model`, and what had no place in it."""
        return write_request(request, model, quirks)

    def from_wire(self, body: bytes, quirks: Quirks) -> Reply:
        """Return what a whole answer says."""
        return read_answer(body, quirks)

    def decoder(self, quirks: Quirks) -> Decoder:
        """Return what reads a streamed answer."""
        return ChatDecoder(quirks)

    def fault(self, status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
        """Return what an answer of `status` >= 400 says."""
        return fault_of(status, headers, body)


FAMILY: Family = OpenAIChat()
