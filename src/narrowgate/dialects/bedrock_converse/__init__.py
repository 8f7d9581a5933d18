"""AWS Bedrock's Converse API, as clients speak it."""

import re

from narrowgate.dialects.bedrock_converse.encoder import ConverseEncoder
from narrowgate.dialects.bedrock_converse.parse import parse
from narrowgate.dialects.bedrock_converse.render import error_type, render, render_fault
from narrowgate.dialects.dialect import Asked, Encoder
from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply

__all__ = ["DIALECT", "error_type"]

# The first prefix that fits counts; what follows it is kept.
_FIELDS = (
    ("sampling.stop", "inferenceConfig.stopSequences"),
    ("sampling.top_p", "inferenceConfig.topP"),
    ("sampling.temperature", "inferenceConfig.temperature"),
    ("sampling.", "additionalModelRequestFields."),
    ("max_output_tokens", "inferenceConfig.maxTokens"),
    ("format", "outputConfig.textFormat"),
    ("reasoning", "additionalModelRequestFields.thinking"),
    ("is_parallel", "additionalModelRequestFields.tool_choice"),
    ("tool_choice", "toolConfig.toolChoice"),
    ("tools", "toolConfig.tools"),
    ("hints.metadata", "requestMetadata"),
    ("hints.service_tier", "serviceTier"),
    ("hints.", ""),
    ("extensions.", ""),
)
_PART = re.compile(r"\.parts\b")


class BedrockConverse:
    """The dialect of `/model/{id}/converse` and `/model/{id}/converse-stream`."""

    form = Form.BEDROCK_CONVERSE
    stream_type = b"application/vnd.amazon.eventstream"

    def parse(self, asked: Asked) -> Request:
        """Return what is asked."""
        return parse(asked)

    def render(self, reply: Reply, request: Request) -> bytes:
        """Return the body of a whole answer."""
        del request  # this form does not name the model
        return render(reply)

    def encoder(self, request: Request, answer_id: str, now_s: int) -> Encoder:
        """Return what writes a streamed answer."""
        del request, answer_id, now_s  # this form tells neither model nor name nor time
        return ConverseEncoder()

    def render_fault(self, fault: Fault) -> bytes:
        """Return the body of an error answer; `error_type` is for its header."""
        return render_fault(fault)

    def field(self, what: str) -> str:
        """Return the JSON path of a neutral one."""
        for prefix, own in _FIELDS:
            if what.startswith(prefix):
                return own + what[len(prefix) :]
        return _PART.sub(".content", what)


DIALECT = BedrockConverse()
