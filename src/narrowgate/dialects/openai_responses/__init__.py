"""OpenAI's Responses API, as its clients speak it.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11).
"""

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.openai_responses.encoder import StreamEncoder
from narrowgate.dialects.openai_responses.errors import render_fault
from narrowgate.dialects.openai_responses.fields import field
from narrowgate.dialects.openai_responses.parse import parse
from narrowgate.dialects.openai_responses.render import render
from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply


class OpenAIResponses:
    """The dialect. See `dialects.dialect.Dialect` for what its methods promise."""

    @property
    def form(self) -> Form:
        """The JSON it is written in."""
        return Form.OPENAI_RESPONSES

    @property
    def stream_type(self) -> bytes:
        """The content type of a streamed answer."""
        return b"text/event-stream; charset=utf-8"

    def parse(self, asked: Asked) -> Request:
        """Return what is asked."""
        return parse(asked)

    def render(self, reply: Reply, request: Request) -> bytes:
        """Return the body of a whole answer to `request`."""
        return render(reply, request)

    def encoder(self, request: Request, answer_id: str, now_s: int) -> StreamEncoder:
        """Return what writes a streamed answer."""
        return StreamEncoder(request, answer_id, now_s)

    def render_fault(self, fault: Fault) -> bytes:
        """Return the body of an error answer."""
        return render_fault(fault)

    def field(self, what: str) -> str:
        """Return this dialect's JSON path for a neutral path."""
        return field(what)


DIALECT = OpenAIResponses()
