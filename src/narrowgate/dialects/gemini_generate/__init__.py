"""The dialect of Gemini's generateContent, as AI Studio and Vertex AI have it."""

from urllib.parse import parse_qsl

from narrowgate.dialects.dialect import Asked, Dialect, Encoder
from narrowgate.dialects.gemini_generate.encoder import GeminiEncoder
from narrowgate.dialects.gemini_generate.errors import render_fault
from narrowgate.dialects.gemini_generate.parse import parse_request
from narrowgate.dialects.gemini_generate.render import render_reply
from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Reply
from narrowgate.wire.json_array import JsonArrayWriter

_FIELDS = {
    "max_output_tokens": "generationConfig.maxOutputTokens",
    "choices": "generationConfig.candidateCount",
    "tool_choice": "toolConfig.functionCallingConfig",
    "format": "generationConfig.responseMimeType",
    "format.schema": "generationConfig.responseSchema",
    "reasoning": "generationConfig.thinkingConfig",
    "reasoning.effort": "generationConfig.thinkingConfig.thinkingLevel",
    "reasoning.budget_tokens": "generationConfig.thinkingConfig.thinkingBudget",
    "reasoning.is_on": "generationConfig.thinkingConfig.thinkingBudget",
    "reasoning.is_adaptive": "generationConfig.thinkingConfig.thinkingBudget",
    "reasoning.is_shown": "generationConfig.thinkingConfig.includeThoughts",
    "sampling.temperature": "generationConfig.temperature",
    "sampling.top_p": "generationConfig.topP",
    "sampling.top_k": "generationConfig.topK",
    "sampling.presence_penalty": "generationConfig.presencePenalty",
    "sampling.frequency_penalty": "generationConfig.frequencyPenalty",
    "sampling.seed": "generationConfig.seed",
    "sampling.stop": "generationConfig.stopSequences",
    "sampling.has_logprobs": "generationConfig.responseLogprobs",
    "sampling.top_logprobs": "generationConfig.logprobs",
    "hints.service_tier": "serviceTier",
}


class GeminiDialect:
    """Speaks generateContent with clients. `stream_type` tells which of the two framings a stream has."""

    form = Form.GEMINI_GENERATE

    def __init__(self, stream_type: bytes) -> None:
        self.stream_type = stream_type

    def parse(self, asked: Asked) -> Request:
        """Return what is asked."""
        return parse_request(asked)

    def render(self, reply: Reply, request: Request) -> bytes:  # noqa: ARG002 - as every dialect
        """Return the body of a whole answer."""
        return render_reply(reply)

    def encoder(self, request: Request, answer_id: str, now_s: int) -> Encoder:  # noqa: ARG002 - as every dialect
        """Return what writes a streamed answer."""
        return GeminiEncoder(answer_id, None if self.stream_type == _SSE else JsonArrayWriter())

    def render_fault(self, fault: Fault) -> bytes:
        """Return the body of an error answer."""
        return render_fault(fault)

    def field(self, what: str) -> str:
        """Return this dialect's JSON path for a neutral path.

        Where a turn or a function stands in the body is not said: `systemInstruction` is one of the
        messages, and tools come in groups.
        """
        group, dot, rest = what.partition(".")
        if group == "extensions" and dot:
            return rest
        for neutral, own in (("messages[", "contents"), ("tools[", "tools")):
            if what.startswith(neutral):
                return own
        return _FIELDS.get(what, what)


_SSE = b"text/event-stream"
DIALECT: Dialect = GeminiDialect(_SSE)
IN_ARRAY: Dialect = GeminiDialect(b"application/json")


def dialect_for(query: bytes) -> Dialect:
    """Return the dialect for a request with `query`: streams are SSE only for `alt=sse`."""
    given = dict(parse_qsl(query.decode("latin-1")))
    return DIALECT if given.get("alt", given.get("$alt", "")) == "sse" else IN_ARRAY
