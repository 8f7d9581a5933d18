"""OpenAI's Responses API and those who imitate it.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11).
"""

from collections.abc import Mapping

from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply
from narrowgate.providers.family import Outgoing, Quirks
from narrowgate.providers.openai_responses.answer import from_wire
from narrowgate.providers.openai_responses.faults import fault
from narrowgate.providers.openai_responses.request import to_wire
from narrowgate.providers.openai_responses.stream import StreamDecoder


class OpenAIResponses:
    """The family. See `providers.family.Family` for what its methods promise.

    Of the quirks it knows `has_developer`, `unknown`, and `thinking_field`:
    if that is set, reasoning of other providers is sent back as reasoning items without a seal.
    """

    @property
    def form(self) -> Form:
        """The JSON it is written in."""
        return Form.OPENAI_RESPONSES

    def to_wire(self, request: Request, model: str, quirks: Quirks) -> Outgoing:
        """Return `request` for `model`."""
        return to_wire(request, model, quirks)

    def from_wire(self, body: bytes, quirks: Quirks) -> Reply:  # noqa: ARG002 - answers have none
        """Return what a whole answer says."""
        return from_wire(body)

    def decoder(self, quirks: Quirks) -> StreamDecoder:  # noqa: ARG002 - as above
        """Return what reads a streamed answer."""
        return StreamDecoder()

    def fault(self, status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
        """Return what an answer of `status` >= 400 says."""
        return fault(status, headers, body)


FAMILY = OpenAIResponses()
