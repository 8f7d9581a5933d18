"""Anthropic, and whoever else is asked in the form of its Messages API."""

from collections.abc import Mapping

from msgspec.structs import replace

from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply
from narrowgate.providers.anthropic_messages.answer import from_wire
from narrowgate.providers.anthropic_messages.faults import fault_of
from narrowgate.providers.anthropic_messages.hosts import for_vertex, for_vertex_count
from narrowgate.providers.anthropic_messages.request import count_tokens_body, to_wire
from narrowgate.providers.anthropic_messages.stream import MessagesDecoder
from narrowgate.providers.family import Decoder, Outgoing, Quirks

__all__ = ["FAMILY", "count_tokens_body", "for_vertex", "for_vertex_count"]


class AnthropicMessages:
    """The family of the Messages API."""

    form = Form.ANTHROPIC_MESSAGES

    def to_wire(self, request: Request, model: str, quirks: Quirks) -> Outgoing:
        """Return `request` for `model`."""
        out = to_wire(request, model, quirks)
        return replace(out, body=for_vertex(out.body)) if quirks.is_model_in_path else out

    def from_wire(self, body: bytes, quirks: Quirks) -> Reply:
        """Return what a whole answer says."""
        del quirks  # answers do not differ
        return from_wire(body)

    def decoder(self, quirks: Quirks) -> Decoder:
        """Return what reads a streamed answer."""
        del quirks  # answers do not differ
        return MessagesDecoder()

    def fault(self, status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
        """Return what an answer of `status` >= 400 says."""
        return fault_of(status, headers, body)


FAMILY = AnthropicMessages()
