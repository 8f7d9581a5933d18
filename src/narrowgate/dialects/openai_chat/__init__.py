"""The dialect of OpenAI's chat completions."""

import re

from narrowgate.dialects.dialect import Asked, Dialect, Encoder
from narrowgate.dialects.openai.errors import render_fault
from narrowgate.dialects.openai_chat.encoder import ChatEncoder
from narrowgate.dialects.openai_chat.parse import parse_request
from narrowgate.dialects.openai_chat.render import render_reply
from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply

_FIELDS = {
    "max_output_tokens": "max_completion_tokens",
    "choices": "n",
    "is_parallel": "parallel_tool_calls",
    "is_stream": "stream",
    "has_stream_usage": "stream_options.include_usage",
    "format": "response_format",
    "format.schema": "response_format.json_schema.schema",
    "reasoning": "reasoning_effort",
    "reasoning.effort": "reasoning_effort",
    "reasoning.budget_tokens": "thinking.budget_tokens",
    "reasoning.is_on": "thinking.type",
    "reasoning.is_adaptive": "thinking.type",
    "reasoning.is_shown": "reasoning.exclude",
    "sampling.has_logprobs": "logprobs",
    "hints.cache_key": "prompt_cache_key",
    "hints.is_stored": "store",
    "tools.custom": "tools",
    "tools.is_strict": "tools.function.strict",
}
_GROUP = re.compile(r"^(?:sampling|hints|extensions)\.")
_PART = re.compile(r"\.parts\[(\d+)\]")


class OpenAIChatDialect:
    """Speaks chat completions with clients."""

    form = Form.OPENAI_CHAT
    stream_type = b"text/event-stream"

    def parse(self, asked: Asked) -> Request:
        """Return what is asked."""
        return parse_request(asked)

    def render(self, reply: Reply, request: Request) -> bytes:
        """Return the body of a whole answer to `request`."""
        return render_reply(reply, request)

    def encoder(self, request: Request, answer_id: str, now_s: int) -> Encoder:
        """Return what writes a streamed answer."""
        return ChatEncoder(request, answer_id, now_s)

    def render_fault(self, fault: Fault) -> bytes:
        """Return the body of an error answer."""
        return render_fault(fault)

    def field(self, what: str) -> str:
        """Return this dialect's JSON path for a neutral path."""
        return _FIELDS.get(what) or _PART.sub(r".content[\1]", _GROUP.sub("", what))


DIALECT: Dialect = OpenAIChatDialect()
