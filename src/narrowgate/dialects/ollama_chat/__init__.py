"""The dialects of Ollama's native API: `/api/chat` and `/api/generate`."""

from narrowgate.dialects.dialect import Asked, Encoder
from narrowgate.dialects.ollama_chat.encoder import StreamEncoder
from narrowgate.dialects.ollama_chat.parse import chat_of, generate_of
from narrowgate.dialects.ollama_chat.paths import path_of
from narrowgate.dialects.ollama_chat.render import body_of, fault_of
from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply


class OllamaChat:
    """How clients of `/api/chat` speak."""

    @property
    def form(self) -> Form:
        """Ollama's chat."""
        return Form.OLLAMA_CHAT

    @property
    def stream_type(self) -> bytes:
        """JSON, a line each."""
        return b"application/x-ndjson"

    def parse(self, asked: Asked) -> Request:
        """Return what is asked; raises Failed with the path of what is wrong."""
        return chat_of(asked)

    def render(self, reply: Reply, request: Request) -> bytes:
        """Return the body of a whole answer."""
        return body_of(reply, request)

    def encoder(self, request: Request, answer_id: str, now_s: int) -> Encoder:  # noqa: ARG002 - answers have no id
        """Return what writes a streamed answer."""
        return StreamEncoder(request.model, now_s)

    def render_fault(self, fault: Fault) -> bytes:
        """Return the body of an error answer."""
        return fault_of(fault)

    def field(self, what: str) -> str:
        """Return Ollama's path for a neutral one."""
        return path_of(what)


class OllamaGenerate(OllamaChat):
    """How clients of `/api/generate` speak: a prompt in, a text out."""

    def parse(self, asked: Asked) -> Request:
        """Return what is asked; raises Failed with the path of what is wrong."""
        return generate_of(asked)

    def render(self, reply: Reply, request: Request) -> bytes:
        """Return the body of a whole answer."""
        return body_of(reply, request, "response")

    def encoder(self, request: Request, answer_id: str, now_s: int) -> Encoder:  # noqa: ARG002 - answers have no id
        """Return what writes a streamed answer."""
        return StreamEncoder(request.model, now_s, "response")


DIALECT = OllamaChat()
GENERATE = OllamaGenerate()
