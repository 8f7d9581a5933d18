"""AWS Bedrock's InvokeModel, as clients speak it to Claude: Messages in AWS's frames and with AWS's errors."""

from narrowgate.dialects.anthropic_messages import AnthropicMessages
from narrowgate.dialects.bedrock_converse import DIALECT as CONVERSE
from narrowgate.dialects.bedrock_invoke.encoder import InvokeEncoder
from narrowgate.dialects.dialect import Encoder
from narrowgate.model.conversation import Request
from narrowgate.model.fault import Fault


class InvokeMessages(AnthropicMessages):
    """The dialect of `invoke` and `invoke-with-response-stream`; model and streaming are in the path."""

    stream_type = CONVERSE.stream_type

    def encoder(self, request: Request, answer_id: str, now_s: int) -> Encoder:
        """Return what writes a streamed answer."""
        return InvokeEncoder(super().encoder(request, answer_id, now_s))

    def render_fault(self, fault: Fault) -> bytes:
        """Return the body of an error answer."""
        return CONVERSE.render_fault(fault)


DIALECT = InvokeMessages()
