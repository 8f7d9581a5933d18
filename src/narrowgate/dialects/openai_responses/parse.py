"""Read what a client asks in OpenAI's Responses API.

Source: https://platform.openai.com/docs/api-reference/responses/create (read 2026-11).
"""

from typing import TypeVar

import msgspec

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.openai_responses.items import read_items
from narrowgate.dialects.openai_responses.reading import at, given
from narrowgate.dialects.openai_responses.tools import read_choice, read_tools
from narrowgate.model.conversation import (
    Extension,
    Form,
    FormatKind,
    Hints,
    Message,
    OutputFormat,
    Reasoning,
    Request,
    Role,
    Sampling,
    Text,
)
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.schemas import openai_responses as wire
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.escapes import mended

_T = TypeVar("_T")
_FALSE = msgspec.Raw(b"false")
_REQUEST = msgspec.json.Decoder(wire.Request)
_REASONING = msgspec.json.Decoder(wire.Reasoning)
_TEXT = msgspec.json.Decoder(wire.TextOptions)
_KIND = msgspec.json.Decoder(wire.ItemKind)
_ADDED = msgspec.json.Decoder(wire.AddedTools)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KNOWN = frozenset(wire.Request.__struct_fields__)
_SEALS = "reasoning.encrypted_content"
_LOGPROBS = "message.output_text.logprobs"
# Members that may be left out without changing what is answered.
_HINTS = frozenset(
    {
        "client_metadata",
        "context_management",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning.context",
        "safety_identifier",
        "stream_options",
        "truncation",
    }
)
_FORMATS = {"text": FormatKind.TEXT, "json_object": FormatKind.JSON, "json_schema": FormatKind.SCHEMA}


def parse(asked: Asked) -> Request:
    """Return what is asked.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong in `param`.
    """
    try:
        return _parse(asked)
    except WireError as error:
        raise Failed(Fault(FaultKind.BAD_REQUEST, str(error), param=error.path)) from None


def _parse(asked: Asked) -> Request:
    body = asked.body
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise WireError(f"the body is not UTF-8 at byte {error.start}; send JSON in UTF-8") from None
    # A text cut in the middle of an emoji is no reason to refuse a whole conversation.
    body = mended(body) or body
    told, members = read(_REQUEST, body), read(_MEMBERS, body)
    model = told.model or asked.model
    if not model:
        raise WireError("model: there is none; name the model to ask", "model")
    tools, extensions = read_tools({"tools": told.tools or [], **_added_tools(told, body)})
    for name, value in members.items():
        if name not in _KNOWN and value != wire.NULL:
            is_hint = name in _HINTS or value == _FALSE
            extensions.append(Extension(name, value, is_hint))
    choice = None
    if told.tool_choice != wire.NULL:
        choice = read_choice(told.tool_choice)
        if choice is None:
            extensions.append(Extension("tool_choice", told.tool_choice))
    include = told.include or []
    others = [name for name in include if name not in {_SEALS, _LOGPROBS}]
    if others:
        extensions.append(Extension("include", msgspec.Raw(msgspec.json.encode(others))))
    text = _nested(_TEXT, told.text, "text", extensions) or wire.TextOptions()
    return Request(
        Form.OPENAI_RESPONSES,
        model,
        _messages(told),
        tools,
        choice,
        told.parallel_tool_calls,
        told.max_output_tokens,
        Sampling(
            told.temperature,
            told.top_p,
            presence_penalty=told.presence_penalty,
            frequency_penalty=told.frequency_penalty,
            has_logprobs=True if _LOGPROBS in include else None,
            top_logprobs=told.top_logprobs,
        ),
        _format(text.format),
        _reasoning(_nested(_REASONING, told.reasoning, "reasoning", extensions), is_sealed=_SEALS in include),
        is_stream=told.stream if told.stream is not None else bool(asked.is_stream),
        has_stream_usage=True,
        previous_response_id=told.previous_response_id or None,
        hints=Hints(
            told.user,
            given(told.metadata),
            told.service_tier,
            told.prompt_cache_key,
            told.store,
            text.verbosity,
        ),
        extensions=tuple(extensions),
    )


def _messages(told: wire.Request) -> tuple[Message, ...]:
    messages: list[Message] = []
    if told.instructions:
        messages.append(Message(Role.SYSTEM, (Text(told.instructions),)))
    if isinstance(told.input, str):
        messages.append(Message(Role.USER, (Text(told.input),)))
    elif told.input is not None:
        messages += read_items(told.input)
    return tuple(messages)


def _added_tools(told: wire.Request, body: bytes) -> dict[str, list[msgspec.Raw]]:
    """Return the tools that items of the input bring with them, by their path; Codex has all its tools there."""
    items = told.input
    if isinstance(items, str) or items is None or b"additional_tools" not in body:
        return {}
    kinds = [(index, at(_KIND, raw, f"input[{index}]").type) for index, raw in enumerate(items)]
    return {
        f"input[{index}].tools": at(_ADDED, items[index], f"input[{index}]").tools
        for index, kind in kinds
        if kind == "additional_tools"
    }


def _nested(decoder: msgspec.json.Decoder[_T], raw: msgspec.Raw, group: str, extensions: list[Extension]) -> _T | None:
    """Read a member that is an object; what of it is not known becomes an extension `group.name`."""
    if raw == wire.NULL:
        return None
    found = at(decoder, raw, group)
    known = wire.Reasoning.__struct_fields__ if group == "reasoning" else wire.TextOptions.__struct_fields__
    for name, value in read(_MEMBERS, raw).items():
        if name not in known and value != wire.NULL:
            extensions.append(Extension(f"{group}.{name}", value, is_hint=f"{group}.{name}" in _HINTS))
    return found


def _format(told: wire.TextFormat | None) -> OutputFormat | None:
    if told is None:
        return None
    kind = _FORMATS.get(told.type)
    if kind is None:
        path = "text.format.type"
        raise WireError(f"{path}: '{told.type[:40]}' is not one of text, json_object, json_schema", path)
    if kind is FormatKind.SCHEMA and told.schema == wire.NULL:
        raise WireError("text.format.schema: there is none; give the JSON schema", "text.format.schema")
    if kind is not FormatKind.SCHEMA:
        return OutputFormat(kind)
    return OutputFormat(kind, told.schema, told.name, told.description, told.strict)


def _reasoning(told: wire.Reasoning | None, *, is_sealed: bool) -> Reasoning | None:
    if told is None:
        return Reasoning(is_sealed=True) if is_sealed else None
    summary = told.summary or told.generate_summary
    if told.effort is None and summary is None and not is_sealed:
        return None
    return Reasoning(
        told.effort,
        is_on=False if told.effort == "none" else None,
        is_shown=True if summary else None,
        summary=summary,
        is_sealed=is_sealed,
    )
