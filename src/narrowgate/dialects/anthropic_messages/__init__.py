"""Anthropic's Messages API, as clients speak it."""

import re

from narrowgate.dialects.anthropic_messages.encoder import MessagesEncoder
from narrowgate.dialects.anthropic_messages.parse import parse
from narrowgate.dialects.anthropic_messages.render import render, render_count, render_fault
from narrowgate.dialects.dialect import Asked, Encoder
from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply

__all__ = ["DIALECT", "render_count"]

# The first prefix that fits counts; what follows it is kept.
_FIELDS = (
    ("sampling.stop", "stop_sequences"),
    ("sampling.", ""),
    ("max_output_tokens", "max_tokens"),
    ("format", "output_config.format"),
    ("reasoning.effort", "output_config.effort"),
    ("reasoning", "thinking"),
    ("is_parallel", "tool_choice.disable_parallel_tool_use"),
    ("hints.user", "metadata.user_id"),
    ("hints.", ""),
    ("extensions.", ""),
)
_PART = re.compile(r"\.parts\b")


class AnthropicMessages:
    """The dialect of `POST /v1/messages` and of `/v1/messages/count_tokens`."""

    form = Form.ANTHROPIC_MESSAGES
    stream_type = b"text/event-stream; charset=utf-8"

    def parse(self, asked: Asked) -> Request:
        """Return what is asked; a request for a count of tokens is read alike."""
        return parse(asked)

    def render(self, reply: Reply, request: Request) -> bytes:
        """Return the body of a whole answer."""
        return render(reply, request.model)

    def encoder(self, request: Request, answer_id: str, now_s: int) -> Encoder:
        """Return what writes a streamed answer."""
        del now_s  # this form tells no time
        return MessagesEncoder(request.model, answer_id)

    def render_fault(self, fault: Fault) -> bytes:
        """Return the body of an error answer."""
        return render_fault(fault)

    def field(self, what: str) -> str:
        """Return the JSON path of a neutral one."""
        for prefix, own in _FIELDS:
            if what.startswith(prefix):
                return own + what[len(prefix) :]
        return _PART.sub(".content", what)


DIALECT = AnthropicMessages()
