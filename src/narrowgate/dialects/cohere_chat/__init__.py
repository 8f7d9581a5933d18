"""The dialect of Cohere's chat, version 2."""

from narrowgate.dialects.cohere_chat.encoder import StreamEncoder
from narrowgate.dialects.cohere_chat.parse import request_of
from narrowgate.dialects.cohere_chat.paths import path_of
from narrowgate.dialects.cohere_chat.render import body_of, fault_of
from narrowgate.dialects.dialect import Asked, Encoder
from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply


class CohereChat:
    """How clients of `/v2/chat` speak."""

    @property
    def form(self) -> Form:
        """Cohere's chat."""
        return Form.COHERE_CHAT

    @property
    def stream_type(self) -> bytes:
        """Server-sent events."""
        return b"text/event-stream"

    def parse(self, asked: Asked) -> Request:
        """Return what is asked; raises Failed with the path of what is wrong."""
        return request_of(asked)

    def render(self, reply: Reply, request: Request) -> bytes:  # noqa: ARG002 - Cohere's answers name no model
        """Return the body of a whole answer."""
        return body_of(reply)

    def encoder(self, request: Request, answer_id: str, now_s: int) -> Encoder:  # noqa: ARG002 - nor a time
        """Return what writes a streamed answer."""
        return StreamEncoder(answer_id)

    def render_fault(self, fault: Fault) -> bytes:
        """Return the body of an error answer."""
        return fault_of(fault)

    def field(self, what: str) -> str:
        """Return Cohere's path for a neutral one."""
        return path_of(what)


DIALECT = CohereChat()
