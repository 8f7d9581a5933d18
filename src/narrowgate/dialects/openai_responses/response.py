"""The response object around the items, with all members OpenAI's own SDKs require.

Source: https://platform.openai.com/docs/api-reference/responses/object (read 2026-11).
"""

import msgspec

from narrowgate.dialects.openai_responses.tools import show_choice, show_tools
from narrowgate.model.conversation import Form, FormatKind, OutputFormat, Request, Role, Text
from narrowgate.model.reply import Began, Finish, Finished
from narrowgate.model.usage import Usage
from narrowgate.schemas import openai_responses as wire
from narrowgate.wire.json_body import one_line as in_one_line

_JSON = msgspec.json.Encoder()
_REASONS = {
    Finish.LENGTH: "max_output_tokens",
    Finish.CONTENT_FILTER: "content_filter",
    Finish.REFUSAL: "content_filter",
}
_TIERS = frozenset({"auto", "default", "flex", "scale", "priority", "fast", "ultrafast"})
# Members that are shown as they were asked for, and what stands there otherwise.
_ECHOED = {
    "background": False,
    "max_tool_calls": None,
    "prompt_cache_retention": None,
    "safety_identifier": None,
    "truncation": "disabled",
}


def head_of(request: Request, began: Began, answer_id: str, now_s: int) -> dict[str, object]:
    """Return the members that stay the same while an answer is made; what is long is JSON already."""
    sampling, hints = request.sampling, request.hints
    reasoning = request.reasoning
    head: dict[str, object] = {
        "id": began.id or answer_id,
        "object": "response",
        "created_at": began.created_s or now_s,
        "model": began.model or request.model,
        "instructions": _instructions(request),
        "max_output_tokens": request.max_output_tokens,
        "metadata": one_line(hints.metadata) if hints.metadata is not None else {},
        "parallel_tool_calls": request.is_parallel is not False,
        "previous_response_id": request.previous_response_id,
        "prompt_cache_key": hints.cache_key,
        "reasoning": {
            "effort": reasoning.effort if reasoning else None,
            "summary": reasoning.summary if reasoning else None,
        },
        "service_tier": next((tier for tier in (began.service_tier, hints.service_tier) if tier in _TIERS), "default"),
        "store": hints.is_stored is not False,
        "temperature": 1.0 if sampling.temperature is None else sampling.temperature,
        "text": {"format": _format(request.format), "verbosity": hints.verbosity or "medium"},
        "tool_choice": show_choice(request),
        "tools": msgspec.Raw(_JSON.encode([one_line(tool) for tool in show_tools(request)])),
        "top_logprobs": sampling.top_logprobs or 0,
        "top_p": 1.0 if sampling.top_p is None else sampling.top_p,
        "user": hints.user,
        "frequency_penalty": sampling.frequency_penalty or 0.0,
        "presence_penalty": sampling.presence_penalty or 0.0,
        **_ECHOED,
    }
    if request.form is Form.OPENAI_RESPONSES:
        for extension in request.extensions:
            if extension.name in _ECHOED:
                head[extension.name] = one_line(extension.value)
    return head


def outcome_of(finished: Finished | None, form: Form) -> tuple[str, str | None]:
    """Return (status, why it is incomplete) for how the model stopped."""
    finish = finished.finish if finished is not None else None
    reason = _REASONS.get(finish) if finish is not None else None
    if reason is None and finished is not None and finish is Finish.OTHER and form is Form.OPENAI_RESPONSES:
        reason = finished.finish_word
    return ("completed" if reason is None else "incomplete"), reason


def usage_of(usage: Usage | None) -> dict[str, object]:
    """Return the usage; zeros if there is none, since some clients insist on it."""
    told = usage or Usage()
    return {
        "input_tokens": told.input_total,
        "input_tokens_details": {"cached_tokens": told.cache_read, "cache_write_tokens": told.cache_write_total},
        "output_tokens": told.output_total,
        "output_tokens_details": {"reasoning_tokens": told.reasoning},
        "total_tokens": told.input_total + told.output_total,
    }


def one_line(raw: msgspec.Raw) -> msgspec.Raw:
    """Return JSON without line breaks, which would end the line of an event."""
    return msgspec.Raw(in_one_line(bytes(raw)))


def _instructions(request: Request) -> str | None:
    first = request.messages[0] if request.messages else None
    if first is None or first.role is not Role.SYSTEM or first.is_developer:
        return None
    return "\n\n".join(part.text for part in first.parts if isinstance(part, Text))


def _format(wanted: OutputFormat | None) -> wire.TextFormat:
    if wanted is None or wanted.kind is FormatKind.TEXT:
        return wire.TextFormat("text")
    if wanted.kind is FormatKind.JSON:
        return wire.TextFormat("json_object")
    schema = one_line(wanted.schema or wire.NULL)
    return wire.TextFormat("json_schema", wanted.name, wanted.description, schema, wanted.is_strict)
